// Rows as CSV (RFC 4180) for spreadsheets. A feature may be named `=HYPERLINK(...)` by whoever sends events, and a spreadsheet
// runs what begins like a formula; so such texts get an apostrophe. Numbers keep their sign.

import type { FastifyReply } from 'fastify'
import { tag } from './etag.ts'

export interface CsvColumn {
  readonly name: string
  /** Money, counts and percentages. */
  readonly numeric: boolean
}

export const CSV_TYPE = 'text/csv; charset=utf-8'

/** https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

const NEEDS_QUOTES = /[",\r\n]/

/** null is an empty cell; maps and lists are JSON text. */
export function toCsv(
  columns: readonly CsvColumn[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const header = columns.map(({ name }) => quoted(defused(name)))
  const lines = rows.map(row => columns.map(({ name, numeric }) => cell(row[name], numeric)).join(','))
  return `${[header.join(','), ...lines].join('\r\n')}\r\n`
}

function cell(value: unknown, numeric: boolean): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return quoted(numeric ? text : defused(text))
}

const defused = (text: string): string => (FORMULA.test(text) ? `'${text}` : text)

const quoted = (text: string): string => (NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** Says that the limit cut the answer, where the list goes on, and `meta` as JSON: a file has no place for them. */
export const TRUNCATED_HEADER = 'spendledger-truncated'
export const NEXT_CURSOR_HEADER = 'spendledger-next-cursor'
export const META_HEADER = 'spendledger-meta'

export interface CsvFile {
  /** Ours, without its ending. */
  readonly name: string
  readonly columns: readonly CsvColumn[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly truncated?: boolean
  readonly nextCursor?: string | null
  readonly meta: object
}

export function sendCsv(reply: FastifyReply, file: CsvFile): FastifyReply {
  const text = toCsv(file.columns, file.rows)
  if (file.truncated) reply.header(TRUNCATED_HEADER, 'true')
  if (file.nextCursor) reply.header(NEXT_CURSOR_HEADER, file.nextCursor)
  return tag(reply, text)
    .header(META_HEADER, JSON.stringify(file.meta))
    .type(CSV_TYPE)
    .header('content-disposition', `attachment; filename="${file.name}.csv"`)
    .send(text)
}
