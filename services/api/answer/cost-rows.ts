// Rows of costs as they are answered: `time`, the group's dimensions by name, the metrics, and beside them what they were in
// the previous window.

import { formatInstant } from '#core/zones.ts'
import type { Metric } from '../query/metrics.ts'
import type { CostQuery } from '../query/model.ts'
import type { CsvColumn } from './csv.ts'
import { numberBy, usdBy } from './ratio.ts'
import { toCount } from './values.ts'

/** As the warehouse answers a compiled question: 64-bit integers and decimals as text. */
export type RawRow = Readonly<Record<string, string | number | boolean | null>>

type Value = string | number | boolean | null
type Metrics = Readonly<Record<string, Value>>

/** By name: values, and in a comparison `previous` and `change`. */
export type CostRow = Readonly<Record<string, Value | object>>

/** `percent` is null where there was no cost before. */
interface Change {
  readonly cost_usd: string
  readonly percent: number | null
}

export function readCostRow(query: CostQuery, row: RawRow): CostRow {
  return {
    ...(query.buckets ? { time: formatInstant(Number(row['time']) * 1_000, query.zone) } : {}),
    ...Object.fromEntries(query.groupBy.map(({ name }, i) => [name, row[`g${i}`] ?? ''])),
    ...readMetrics(query, row),
  }
}

/** The metrics that a question asks for, and their comparison. */
export const readMetrics = (query: CostQuery, row: RawRow): CostRow => ({
  ...metricsOf(query, row, ''),
  ...(query.previous ? comparisonOf(query, row) : {}),
})

const metricsOf = ({ metrics }: CostQuery, row: RawRow, prefix: string): Metrics =>
  Object.fromEntries(metrics.map(metric => [metric.name, answered(metric, row, prefix)]))

function answered(metric: Metric, row: RawRow, prefix: string): Value {
  if (metric.kind === 'ratio') {
    const of = String(row[prefix + metric.of.name] ?? 0)
    const by = String(row[prefix + metric.by.name] ?? 0)
    return metric.unit === 'usd' ? usdBy(of, BigInt(by)) : numberBy(Number(of), Number(by))
  }
  // Only a quantile of nothing is nothing; sums of it are 0.
  const value = row[prefix + metric.name] ?? (metric.kind === 'quantile' ? null : '0')
  if (value === null) return null
  return metric.unit === 'usd' ? String(value) : toCount(String(value))
}

function comparisonOf(query: CostQuery, row: RawRow): { previous: Metrics; change?: Change } {
  const previous = metricsOf(query, row, 'previous_')
  if (!hasCost(query)) return { previous }
  const change = String(row['change'] ?? '0')
  return { previous, change: { cost_usd: change, percent: percentOf(change, String(previous['cost_usd'])) } }
}

const hasCost = ({ metrics }: CostQuery): boolean => metrics.some(({ name }) => name === 'cost_usd')

/** With two decimals; only money is exact. */
const percentOf = (change: string, of: string): number | null =>
  Number(of) === 0 ? null : Math.round((Number(change) / Number(of)) * 10_000) / 100

/** The columns of the same rows as CSV, and their cells. */
export function costColumns(query: CostQuery): CsvColumn[] {
  const { buckets, groupBy, metrics, previous } = query
  const text = [...(buckets ? ['time'] : []), ...groupBy.map(({ name }) => name)]
  const compared = previous
    ? [
        ...metrics.map(({ name }) => `previous_${name}`),
        ...(hasCost(query) ? ['change_cost_usd', 'change_percent'] : []),
      ]
    : []
  return [
    ...text.map(name => ({ name, numeric: false })),
    ...[...metrics.map(({ name }) => name), ...compared].map(name => ({ name, numeric: true })),
  ]
}

/** `previous.calls` becomes `previous_calls`. */
export const flatten = (row: CostRow): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).map(([inner, part]) => [`${name}_${inner}`, part])
        : [[name, value]],
    ),
  )
