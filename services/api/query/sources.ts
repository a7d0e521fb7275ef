// The views that answer questions about spend, cheapest first. All three give the same totals; they differ in which
// dimensions they keep. Measures are written for one row and summed by whoever asks.

import { FEATURE_DIMENSIONS, USER_DIMENSIONS } from '#core/columns.ts'
import { QUARTER_MS, type Window } from '#core/periods.ts'
import { COLUMN_DIMENSIONS, type Dimension } from './dimensions.ts'

/** What a row of costs holds. */
export const COST_MEASURES = ['calls', 'input_tokens', 'output_tokens', 'cost_usd', 'unpriced_calls'] as const

/** How far a total can be trusted. `unpriced` has no cost; `inconsistent` is a part of it. */
export const COVERAGE_MEASURES = [
  'calls',
  'priced',
  'unpriced',
  'estimated',
  'inconsistent',
  'without_feature',
] as const

export type Measure = (typeof COST_MEASURES)[number] | (typeof COVERAGE_MEASURES)[number]

export interface Source {
  readonly view: 'v_costs_15m' | 'v_user_costs_15m' | 'v_events'
  readonly time: { readonly column: string; readonly type: "DateTime('UTC')" | "DateTime64(3, 'UTC')" }
  readonly keeps: ReadonlySet<string>
  /** What one row (alias `t`) adds. */
  readonly measures: Readonly<Record<Measure, string>>
}

const QUARTERS: Pick<Source, 'time' | 'measures'> = {
  time: { column: 't.quarter', type: "DateTime('UTC')" },
  measures: {
    calls: 't.calls',
    input_tokens: 't.input_tokens',
    output_tokens: 't.output_tokens',
    cost_usd: 't.cost_usd',
    unpriced_calls: 't.unpriced_calls',
    priced: 't.calls - t.unpriced_calls - t.estimated_calls',
    unpriced: 't.unpriced_calls',
    estimated: 't.estimated_calls',
    inconsistent: 't.inconsistent_calls',
    without_feature: "if(t.feature = '', t.calls, 0)",
  },
}

const BY_FEATURE: Source = { view: 'v_costs_15m', keeps: new Set(FEATURE_DIMENSIONS), ...QUARTERS }

const BY_USER: Source = { view: 'v_user_costs_15m', keeps: new Set(USER_DIMENSIONS), ...QUARTERS }

export const EVENTS: Source = {
  view: 'v_events',
  time: { column: 't.occurred_at', type: "DateTime64(3, 'UTC')" },
  keeps: new Set(COLUMN_DIMENSIONS),
  measures: {
    calls: '1',
    input_tokens: 't.input_tokens',
    output_tokens: 't.output_tokens',
    cost_usd: 'ifNull(t.cost_usd, toDecimal64(0, 12))',
    unpriced_calls: 'isNull(t.cost_usd)',
    priced: "isNotNull(t.cost_usd) AND t.cost_status != 'estimated'",
    unpriced: 'isNull(t.cost_usd)',
    estimated: "t.cost_status = 'estimated'",
    inconsistent: "t.cost_status = 'inconsistent_usage'",
    without_feature: "t.feature = ''",
  },
}

/** The cheapest view that keeps all of these dimensions; a window that cuts a quarter-hour can only be told from events. */
export function sourceFor(dimensions: readonly Dimension[], windows: readonly Window[]): Source {
  const aligned = windows.every(({ from, to }) => from % QUARTER_MS === 0 && to % QUARTER_MS === 0)
  const keepsAll = ({ keeps }: Source) => dimensions.every(({ name }) => keeps.has(name))
  return (aligned ? [BY_FEATURE, BY_USER].find(keepsAll) : undefined) ?? EVENTS
}
