// Rows of the record lists as they are answered.

import type { Zone } from '#core/zones.ts'
import type { CsvColumn } from './csv.ts'
import { toCount, toIso } from './values.ts'

export type StoredRecord = Readonly<Record<string, string | number | null>>

const TIMES: ReadonlySet<string> = new Set(['refused_at', 'replayed_at', 'hour', 'changed_at'])
const COUNTS: ReadonlySet<string> = new Set([
  'log_offset',
  'bytes_total',
  'old_calls',
  'new_calls',
  'old_unpriced',
  'new_unpriced',
])

export const readRecord = (row: StoredRecord, zone: Zone): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (value === null) return [column, null]
      if (TIMES.has(column)) return [column, toIso(String(value), zone)]
      return [column, COUNTS.has(column) ? toCount(value) : value]
    }),
  )

export const recordColumns = (columns: readonly string[]): CsvColumn[] =>
  columns.map(name => ({ name, numeric: COUNTS.has(name) || name.endsWith('_usd') }))
