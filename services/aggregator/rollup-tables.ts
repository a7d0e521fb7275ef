// What a rollup is: its table, the dimensions it keeps, and how each measure is computed from deduplicated events.
// The tables' columns (schemas/warehouse/003-rollups.sql) are held to these lists by a test.

import { FEATURE_DIMENSIONS, TOKEN_COLUMNS, USER_DIMENSIONS } from '#core/columns.ts'

export interface RollupTable {
  readonly name: string
  readonly dimensions: readonly string[]
}

export const ROLLUP_TABLES: readonly RollupTable[] = [
  { name: 'usage_by_feature', dimensions: FEATURE_DIMENSIONS },
  { name: 'usage_by_user', dimensions: USER_DIMENSIONS },
]

const COST_COLUMNS = [
  'uncached_input_cost_usd',
  'cache_read_cost_usd',
  'cache_write_cost_usd',
  'output_cost_usd',
  'units_cost_usd',
  'cost_usd',
  'list_cost_usd',
  'contracted_cost_usd',
  'reported_cost_usd',
]

/** Column and its expression over the events of one group (alias `e`). A sum in which nothing is priced is 0. */
export const MEASURES: readonly (readonly [column: string, expression: string])[] = [
  ['calls', 'count()'],
  ['requests', 'countIf(e.attempt <= 1)'],
  ...TOKEN_COLUMNS.map(column => [column, `sum(toUInt64(e.${column}))`] as const),
  ...COST_COLUMNS.map(column => [column, `ifNull(sum(e.${column}), 0)`] as const),
  ['cost_usd_sq', 'ifNull(sum(toFloat64(e.cost_usd) * toFloat64(e.cost_usd)), 0)'],
  ['cost_usd_max', 'ifNull(max(e.cost_usd), 0)'],
  ['unpriced_calls', 'countIf(isNull(e.cost_usd))'],
  ['inconsistent_calls', "countIf(e.cost_status = 'inconsistent_usage')"],
  ['estimated_calls', "countIf(e.cost_status = 'estimated')"],
  ['latency_ms_sum', 'sum(e.latency_ms)'],
]
