// An explanation as one table: the factors, and below them who carries the change.

import type { CsvColumn } from '../answer/csv.ts'
import type { Explanation } from './answer.ts'

/** `part` is "factor" or the dimension of a list; `value` the factor, or the value. */
export const EXPLAIN_COLUMNS: readonly CsvColumn[] = [
  { name: 'part', numeric: false },
  { name: 'value', numeric: false },
  { name: 'others', numeric: true },
  { name: 'cost_usd', numeric: true },
  { name: 'baseline_cost_usd', numeric: true },
  { name: 'change_usd', numeric: true },
  { name: 'percent', numeric: true },
]

export const explainRows = ({ data, carried_by }: Explanation): Record<string, unknown>[] => [
  ...data.map(({ factor, change_usd, percent }) => ({ part: 'factor', value: factor, change_usd, percent })),
  ...Object.entries(carried_by).flatMap(([dimension, list]) =>
    (list ?? []).map(({ share, ...row }) => ({
      part: dimension,
      ...row,
      percent: share === null ? null : Math.round(share * 10_000) / 100,
    })),
  ),
]
