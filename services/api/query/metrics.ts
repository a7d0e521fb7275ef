// What can be asked about calls: a closed list, as data. A metric is written for one row of a view and aggregated by its kind,
// so every grouping, total and comparison computes it alike; where a view cannot tell it, it has no expression for that view.

import { TOKEN_COLUMNS } from '#core/columns.ts'

/** The views that answer questions about spend: the rollups by feature and by user, and single events. */
export type SourceKey = 'feature' | 'user' | 'events'

/** How a value is answered: count and number are JSON numbers, usd is decimal text. */
export type Unit = 'count' | 'number' | 'usd'

interface Named {
  readonly name: string
  readonly unit: Unit
}

/** Aggregated over rows. */
export interface Aggregate extends Named {
  readonly kind: 'sum' | 'max' | 'distinct' | 'quantile'
  /** What one row (alias `t`) adds, by view; NULL is left out. */
  readonly of: Readonly<Partial<Record<SourceKey, string>>>
  /** Of a quantile: a share of the rows from 0 to 1. */
  readonly level?: number
}

/** One sum by another, exact; null where the divisor is 0. */
export interface Ratio extends Named {
  readonly kind: 'ratio'
  readonly of: Aggregate
  readonly by: Aggregate
}

export type Metric = Aggregate | Ratio
export type MetricKind = Metric['kind']

/** Both rollups have the columns of the events' sums. */
const everywhere = (rollups: string, events: string) => ({ feature: rollups, user: rollups, events })

const count = (name: string, of: Aggregate['of']): Aggregate => ({ name, kind: 'sum', unit: 'count', of })

const usd = (name: string, of: Aggregate['of']): Aggregate => ({ name, kind: 'sum', unit: 'usd', of })

const quantile = (name: string, unit: Unit, events: string, level: number): Aggregate => ({
  name,
  kind: 'quantile',
  unit,
  of: { events },
  level,
})

const ratio = (name: string, unit: Unit, of: Aggregate, by: Aggregate): Ratio => ({
  name,
  kind: 'ratio',
  unit,
  of,
  by,
})

const column = (name: string) => everywhere(`t.${name}`, `t.${name}`)

/** A sum of prices has no part of what has none. */
const orZero = (name: string) => everywhere(`t.${name}`, `ifNull(t.${name}, toDecimal64(0, 12))`)

const FAILED = "t.status IN ('error', 'aborted')"

const failed = (rollup: string, events: string) => ({
  feature: `if(${FAILED}, ${rollup}, 0)`,
  events: `if(${FAILED}, ${events}, 0)`,
})

export const CACHE_READS = 't.cache_read_tokens + t.cache_read_audio_tokens + t.cache_read_image_tokens'
const USER = "nullIf(t.user_id, '')"

const calls = count('calls', everywhere('t.calls', '1'))
const inputTokens = count('input_tokens', column('input_tokens'))
const outputTokens = count('output_tokens', column('output_tokens'))
export const costUsd = usd('cost_usd', orZero('cost_usd'))
const unpricedCalls = count('unpriced_calls', everywhere('t.unpriced_calls', 'isNull(t.cost_usd)'))
const inconsistent = everywhere('t.inconsistent_calls', "t.cost_status = 'inconsistent_usage'")
const estimated = everywhere('t.estimated_calls', "t.cost_status = 'estimated'")
const activeUsers: Aggregate = {
  name: 'active_users',
  kind: 'distinct',
  unit: 'count',
  of: { user: USER, events: USER },
}
const sessions: Aggregate = {
  name: 'sessions',
  kind: 'distinct',
  unit: 'count',
  of: { events: "nullIf(t.session_id, '')" },
}

// What only ratios are made of.
export const costedCalls = count(
  'costed_calls',
  everywhere('t.calls - t.unpriced_calls', 'isNotNull(t.cost_usd)'),
)
export const cacheReads = count('cache_reads', everywhere(CACHE_READS, CACHE_READS))
const sessionCost = usd('session_cost_usd', {
  events: `if(t.session_id = '', toDecimal64(0, 12), ${orZero('cost_usd').events})`,
})
const latencySum = count('latency_ms_sum', everywhere('t.latency_ms_sum', 't.latency_ms'))

/** Everything that `metrics` may name. */
export const METRICS: readonly Metric[] = [
  calls,
  count('requests', everywhere('t.requests', 't.attempt <= 1')),
  inputTokens,
  outputTokens,
  ...TOKEN_COLUMNS.map(name => count(name, column(name))),
  costUsd,
  ...['uncached_input', 'cache_read', 'cache_write', 'output', 'units'].map(component =>
    usd(`${component}_cost_usd`, column(`${component}_cost_usd`)),
  ),
  ...['list_cost_usd', 'contracted_cost_usd', 'reported_cost_usd'].map(name => usd(name, orZero(name))),
  { ...usd('cost_usd_max', { ...orZero('cost_usd_max'), events: orZero('cost_usd').events }), kind: 'max' },
  unpricedCalls,
  count('inconsistent_calls', inconsistent),
  count('estimated_calls', estimated),
  count('failed_calls', failed('t.calls', '1')),
  usd('failed_cost_usd', failed('t.cost_usd', orZero('cost_usd').events)),
  ratio('cost_per_call', 'usd', costUsd, costedCalls),
  ratio('input_tokens_per_call', 'number', inputTokens, calls),
  ratio('output_tokens_per_call', 'number', outputTokens, calls),
  ratio('cache_hit_rate', 'number', cacheReads, inputTokens),
  ratio('output_per_input', 'number', outputTokens, inputTokens),
  ratio('latency_ms_avg', 'number', latencySum, calls),
  activeUsers,
  ratio('cost_per_active_user', 'usd', costUsd, activeUsers),
  sessions,
  ratio('cost_per_session', 'usd', sessionCost, sessions),
  quantile('cost_usd_p50', 'usd', 't.cost_usd', 0.5),
  quantile('cost_usd_p95', 'usd', 't.cost_usd', 0.95),
  quantile('latency_ms_p50', 'number', 'nullIf(t.latency_ms, 0)', 0.5),
  quantile('latency_ms_p95', 'number', 'nullIf(t.latency_ms, 0)', 0.95),
]

export const METRIC_NAMES: readonly string[] = METRICS.map(({ name }) => name)

/** What an answer has when it is not told otherwise, and what it has in any case. */
export const DEFAULT_METRICS: readonly Metric[] = [calls, inputTokens, outputTokens, costUsd, unpricedCalls]
export const ALWAYS_METRICS: readonly Metric[] = [calls, costUsd, unpricedCalls]

export const COVERAGE_NAMES = [
  'calls',
  'priced',
  'unpriced',
  'estimated',
  'inconsistent',
  'without_feature',
] as const

/** How far a total can be trusted: priced + unpriced + estimated = calls, and `inconsistent` is a part of `unpriced`. */
export const COVERAGE_METRICS: readonly Metric[] = [
  calls,
  count(
    'priced',
    everywhere(
      't.calls - t.unpriced_calls - t.estimated_calls',
      "isNotNull(t.cost_usd) AND t.cost_status != 'estimated'",
    ),
  ),
  count('unpriced', unpricedCalls.of),
  count('estimated', estimated),
  count('inconsistent', inconsistent),
  count('without_feature', everywhere("if(t.feature = '', t.calls, 0)", "t.feature = ''")),
]

const BY_NAME: ReadonlyMap<string, Metric> = new Map(METRICS.map(metric => [metric.name, metric]))

export const metricOf = (name: string): Metric | undefined => BY_NAME.get(name)

/** The aggregates that metrics are made of, each once. */
export const aggregatesOf = (metrics: readonly Metric[]): Aggregate[] => [
  ...new Map(
    metrics
      .flatMap(metric => (metric.kind === 'ratio' ? [metric.of, metric.by] : [metric]))
      .map(aggregate => [aggregate.name, aggregate]),
  ).values(),
]
