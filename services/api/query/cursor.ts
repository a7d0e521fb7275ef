// Where a page of a list ended, handed out as an opaque text and taken back. It is a position and not an offset: rows that
// arrive meanwhile move nothing, so no row is shown twice or left out. It belongs to one question: with another filter, order or
// window it would silently leave rows out.

import { createHash } from 'node:crypto'
import { fromSqlTime, toSqlTime } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'
import { badQuery, type Query, single, values } from './parameters.ts'
import { EARLIEST, LATEST } from './window.ts'

/** What the rows sort by (as SQL text), the id that settles ties, and the window that `7d` meant on the first page. */
export interface Position {
  readonly window: Window
  readonly value: string
  readonly id: string
}

/** Lists sort by a time of the window, by an amount of USD (-1 stands for none), or by the id alone. */
export type PositionKind = 'time' | 'amount' | 'id'

const MAX_LENGTH = 2_048

/** What pages of one question may differ in, and what a list says itself. */
const NOT_BINDING: ReadonlySet<string> = new Set(['cursor', 'limit', 'format', 'order', 'tz'])

/**
 * A question as one text: every parameter as it was given.
 *
 * @param list which list, in which order and zone, whether these were given or not
 */
export const questionOf = (list: readonly string[], query: Query): string =>
  JSON.stringify([
    list,
    Object.keys(query)
      .filter(name => !NOT_BINDING.has(name))
      .toSorted()
      .map(name => [name, values(query, name).toSorted()]),
  ])

export function encodeCursor(question: string, { window, value, id }: Position): string {
  const parts = [window.from, window.to, value, id]
  return Buffer.from(JSON.stringify([...parts, checkOf(question, parts)])).toString('base64url')
}

/** @throws LedgerError `bad_query` for what is not a cursor of this question */
export function readCursor(query: Query, question: string, kind: PositionKind): Position | undefined {
  const text = single(query, 'cursor')
  if (text === undefined) return undefined
  const decoded = text.length > MAX_LENGTH ? undefined : decode(text)
  if (!Array.isArray(decoded) || decoded.length !== 5) throw badQuery('cursor', text, EXPECTED)
  const [from, to, value, id, check] = decoded as unknown[]
  if (check !== checkOf(question, [from, to, value, id])) throw badQuery('cursor', text, EXPECTED)
  if (!isTime(from) || !isTime(to) || typeof value !== 'string' || typeof id !== 'string') {
    throw badQuery('cursor', text, EXPECTED)
  }
  const position = { window: { from, to }, value, id }
  if (!IS_VALUE[kind](position)) throw badQuery('cursor', text, EXPECTED)
  return position
}

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= EARLIEST && value <= LATEST

/** As the warehouse writes them: anything else would be an error of its, not of who asks. */
const IS_VALUE: Readonly<Record<PositionKind, (position: Position) => boolean>> = {
  time: ({ value, window }) => {
    if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(value)) return false
    const ms = fromSqlTime(value)
    return ms >= window.from && ms < window.to && toSqlTime(ms) === value
  },
  amount: ({ value }) => /^-?\d{1,6}(?:\.\d{1,12})?$/.test(value),
  id: ({ value }) => value === '',
}

const EXPECTED = 'the next_cursor of an answer to the same question: the same filters, order, from, to and tz'

/** No secret: it tells mistakes, and a cursor that is made by hand reaches nothing that a question does not. */
const checkOf = (question: string, parts: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify([question, ...parts]))
    .digest('base64url')
    .slice(0, 16)

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
