// Rows of costs as they are answered: `time`, the group's dimensions by name, the measures, and beside them what they were in
// the previous window.

import { formatInstant } from '#core/zones.ts'
import type { CostQuery } from '../query/model.ts'
import type { Measure } from '../query/sources.ts'
import type { CsvColumn } from './csv.ts'
import { toCount } from './values.ts'

/** As the warehouse answers a compiled question: 64-bit integers and decimals as text. */
export type RawRow = Readonly<Record<string, string | number | boolean>>

type Value = string | number | boolean
type Measures = Partial<Record<Measure, Value>>

export interface Compared {
  readonly previous?: Measures
  /** `percent` is null where there was no cost before. */
  readonly change?: { readonly cost_usd: string; readonly percent: number | null }
}

export type CostRow = Readonly<Record<string, Value | object>>

export function readCostRow(query: CostQuery, row: RawRow): CostRow {
  return {
    ...(query.buckets ? { time: formatInstant(Number(row['time']) * 1_000, query.zone) } : {}),
    ...Object.fromEntries(query.groupBy.map(({ name }, i) => [name, row[`g${i}`] ?? ''])),
    ...readMeasures(query, row),
  }
}

/** The measures that a question asks for, and their comparison. */
export const readMeasures = (query: CostQuery, row: RawRow): Measures & Compared => ({
  ...measuresOf(query, row, ''),
  ...(query.previous ? comparisonOf(query, row) : {}),
})

const measuresOf = ({ measures }: CostQuery, row: RawRow, prefix: string): Measures =>
  Object.fromEntries(
    measures.map(measure => {
      const value = String(row[prefix + measure] ?? '0')
      return [measure, measure === 'cost_usd' ? value : toCount(value)]
    }),
  )

function comparisonOf(query: CostQuery, row: RawRow): Compared {
  const previous = measuresOf(query, row, 'previous_')
  if (!query.measures.includes('cost_usd')) return { previous }
  const change = String(row['change'] ?? '0')
  return { previous, change: { cost_usd: change, percent: percentOf(change, String(previous.cost_usd)) } }
}

/** With two decimals; only money is exact. */
const percentOf = (change: string, of: string): number | null =>
  Number(of) === 0 ? null : Math.round((Number(change) / Number(of)) * 10_000) / 100

/** The columns of the same rows as CSV, and their cells. */
export function costColumns({ buckets, groupBy, measures, previous }: CostQuery): CsvColumn[] {
  const text = [...(buckets ? ['time'] : []), ...groupBy.map(({ name }) => name)]
  const compared = previous
    ? [
        ...measures.map(measure => `previous_${measure}`),
        ...(measures.includes('cost_usd') ? ['change_cost_usd', 'change_percent'] : []),
      ]
    : []
  return [
    ...text.map(name => ({ name, numeric: false })),
    ...[...measures, ...compared].map(name => ({ name, numeric: true })),
  ]
}

/** `previous.calls` becomes `previous_calls`. */
export const flatten = (row: CostRow): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) =>
      typeof value === 'object'
        ? Object.entries(value).map(([inner, part]) => [`${name}_${inner}`, part])
        : [[name, value]],
    ),
  )
