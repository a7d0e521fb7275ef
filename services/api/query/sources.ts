// The views that answer questions about spend, cheapest first. All three give the same totals; they differ in which
// dimensions they keep and which metrics they can tell.

import { FEATURE_DIMENSIONS, USER_DIMENSIONS } from '#core/columns.ts'
import { QUARTER_MS, type Window } from '#core/periods.ts'
import { COLUMN_DIMENSIONS, type Dimension } from './dimensions.ts'
import { aggregatesOf, type Metric, type SourceKey } from './metrics.ts'

export interface Source {
  readonly key: SourceKey
  /** As an answer says it. */
  readonly name: string
  readonly view: 'v_costs_15m' | 'v_user_costs_15m' | 'v_events'
  readonly time: { readonly column: string; readonly type: "DateTime('UTC')" | "DateTime64(3, 'UTC')" }
  readonly keeps: ReadonlySet<string>
}

const QUARTERS: Source['time'] = { column: 't.quarter', type: "DateTime('UTC')" }

const BY_FEATURE: Source = {
  key: 'feature',
  name: 'rollup by feature',
  view: 'v_costs_15m',
  time: QUARTERS,
  keeps: new Set(FEATURE_DIMENSIONS),
}

const BY_USER: Source = {
  key: 'user',
  name: 'rollup by user',
  view: 'v_user_costs_15m',
  time: QUARTERS,
  keeps: new Set(USER_DIMENSIONS),
}

export const EVENTS: Source = {
  key: 'events',
  name: 'events',
  view: 'v_events',
  time: { column: 't.occurred_at', type: "DateTime64(3, 'UTC')" },
  keeps: new Set(COLUMN_DIMENSIONS),
}

export const SOURCES: readonly Source[] = [BY_FEATURE, BY_USER, EVENTS]

/**
 * The cheapest view that keeps all of these dimensions and can tell all of these metrics; a window that cuts a quarter-hour
 * can only be told from events.
 */
export function sourceFor(
  dimensions: readonly Dimension[],
  metrics: readonly Metric[],
  windows: readonly Window[],
): Source {
  const aligned = windows.every(({ from, to }) => from % QUARTER_MS === 0 && to % QUARTER_MS === 0)
  const aggregates = aggregatesOf(metrics)
  const answers = ({ key, keeps }: Source) =>
    dimensions.every(({ name }) => keeps.has(name)) && aggregates.every(({ of }) => of[key] !== undefined)
  return (aligned ? SOURCES.find(answers) : undefined) ?? EVENTS
}
