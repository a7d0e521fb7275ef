// What of an event matters to a total: the attributes that rollups keep, and what each measure is for one call. It is said here
// a second time, apart from the recompute: a mistake there must not be made here as well.

import { FEATURE_DIMENSIONS, TOKEN_COLUMNS, USER_DIMENSIONS } from '#core/columns.ts'

export const ROLLUPS = {
  'rollup by feature': { view: 'v_costs_15m', dimensions: FEATURE_DIMENSIONS },
  'rollup by user': { view: 'v_user_costs_15m', dimensions: USER_DIMENSIONS },
} as const

export type Rollup = keyof typeof ROLLUPS

export const ATTRIBUTES: readonly string[] = [...new Set([...USER_DIMENSIONS, ...FEATURE_DIMENSIONS])]

/** Columns that have no value where nothing is known. */
export const NULLABLE: readonly string[] = [
  'cost_usd',
  'list_cost_usd',
  'contracted_cost_usd',
  'reported_cost_usd',
]

const COST_COLUMNS: readonly string[] = [
  ...NULLABLE,
  'uncached_input_cost_usd',
  'cache_read_cost_usd',
  'cache_write_cost_usd',
  'output_cost_usd',
  'units_cost_usd',
]

/** Columns of usage_events of which totals are made, beside its time and id. */
export const KEPT: readonly string[] = [
  ...ATTRIBUTES,
  ...COST_COLUMNS,
  'cost_status',
  ...TOKEN_COLUMNS,
  'attempt',
  'latency_ms',
]

export interface Measure {
  readonly column: string
  /** Of one event, alias `e`. */
  readonly ofEvent: string
  /** Counts and money add up exactly. */
  readonly kind: 'count' | 'money' | 'float' | 'max'
}

const count = (column: string, ofEvent: string): Measure => ({
  column,
  ofEvent: `toUInt64(${ofEvent})`,
  kind: 'count',
})

const money = (column: string, kind: 'money' | 'max', of = column): Measure => ({
  column,
  ofEvent: `toDecimal128(coalesce(e.${of}, 0), 12)`,
  kind,
})

export const MEASURES: readonly Measure[] = [
  count('calls', '1'),
  count('requests', 'e.attempt < 2'),
  ...COST_COLUMNS.map(column => money(column, 'money')),
  money('cost_usd_max', 'max', 'cost_usd'),
  { column: 'cost_usd_sq', ofEvent: 'pow(toFloat64(coalesce(e.cost_usd, 0)), 2)', kind: 'float' },
  count('unpriced_calls', 'e.cost_usd IS NULL'),
  count('inconsistent_calls', "e.cost_status = 'inconsistent_usage'"),
  count('estimated_calls', "e.cost_status = 'estimated'"),
  ...TOKEN_COLUMNS.map(column => count(column, `e.${column}`)),
  count('latency_ms_sum', 'e.latency_ms'),
]
