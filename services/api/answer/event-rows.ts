// Events as they are answered: the columns of v_events by their names.

import type { Zone } from '#core/zones.ts'
import type { CsvColumn } from './csv.ts'
import { toCount, toIso } from './values.ts'

/** A row of v_events as the warehouse answers it: 64-bit integers and decimals as text. */
export type StoredEvent = Readonly<Record<string, unknown>>

const TIMES: ReadonlySet<string> = new Set(['occurred_at', 'received_at', 'inserted_at'])

/** 64-bit integers. The 32-bit ones are numbers already. */
const COUNTS: ReadonlySet<string> = new Set([
  'max_output_tokens',
  'latency_ms',
  'time_to_first_token_ms',
  'total_tokens_reported',
  'input_tokens',
  'output_tokens',
  'log_offset',
])

/** Columns that are numbers, money among them: a spreadsheet should see them as such. */
const isNumeric = (column: string): boolean =>
  COUNTS.has(column) || /(?:_tokens|_usd)$/.test(column) || column === 'attempt'

export function readEventRow(row: StoredEvent, zone: Zone): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, shownValue(column, value, zone)]),
  )
}

function shownValue(column: string, value: unknown, zone: Zone): unknown {
  if (value === null) return null
  if (TIMES.has(column)) return toIso(String(value), zone)
  if (COUNTS.has(column)) return toCount(String(value))
  if (column === 'prompt_parts') {
    return Object.fromEntries(
      Object.entries(value as object).map(([part, count]) => [part, toCount(String(count))]),
    )
  }
  return value
}

export const eventColumns = (columns: readonly string[]): CsvColumn[] =>
  columns.map(name => ({ name, numeric: isNumeric(name) }))
