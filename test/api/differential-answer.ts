// What a question about calls is answered, in plain loops over all of them, for the differential test. Like all of its naive
// side it imports nothing of what it judges.

import { type Granularity, type NaiveZone, QUARTER, type Span } from './differential-clock.ts'
import { type Bucket, type Call, type Cost, halfEven, picosOf } from './differential-naive.ts'

export interface Question {
  readonly zone: NaiveZone
  readonly window: Span
  readonly granularity: Granularity | undefined
  readonly groupBy: readonly string[]
  /** One of the values of each must match. */
  readonly filters: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly metrics: readonly string[]
  readonly compare: boolean
}

/** bigint is picodollars, null is "there is none". */
export type Value = bigint | number | null

export interface NaiveRow {
  readonly values: Readonly<Record<string, Value>>
  /** Empty unless it was compared. */
  readonly previous: Readonly<Record<string, Value>>
}

export function dimension(call: Call, name: string): string | number | boolean {
  if (name.startsWith('tag.')) return call.tags[name.slice(4)] ?? ''
  if (name === 'cost_status') return call.cost.status
  if (name === 'usage_source') return call.usage_source
  return call.fields[name] ?? ''
}

const matches = (call: Call, { filters }: Question): boolean =>
  filters.every(({ name, values }) => values.includes(String(dimension(call, name))))

const within = (ms: number, { from, to }: Span): boolean => ms >= from && ms < to

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const sumUsd = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)

const ordered = <T extends bigint | number>(values: readonly T[]): T[] =>
  [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))

/** Of the values in order, the one behind that share of them. */
const quantile = <T extends bigint | number>(values: readonly T[], level: number): T | null =>
  ordered(values)[Math.floor(level * values.length)] ?? null

const INPUT = ['input', 'cache_read', 'cache_write_5m'] as const
const OUTPUT = ['output', 'reasoning'] as const
const tokensOf = ({ tokens }: Call, buckets: readonly Bucket[]): number =>
  buckets.reduce((total, bucket) => total + tokens[bucket], 0)

type Calls = readonly Call[]
const tokenSum =
  (...buckets: Bucket[]) =>
  (calls: Calls) =>
    sum(calls.map(call => tokensOf(call, buckets)))
const priced = (calls: Calls) => calls.flatMap(({ cost }) => (cost.usd === null ? [] : [cost.usd]))
const usd = (calls: Calls) => sumUsd(priced(calls))
const countOf = (holds: (call: Call) => boolean) => (calls: Calls) => calls.filter(holds).length
const component = (name: keyof Cost['components']) => (calls: Calls) =>
  sumUsd(calls.map(({ cost }) => cost.components[name]))
const users = (calls: Calls) =>
  new Set(calls.map(({ fields }) => fields['user_id']).filter(user => user !== '')).size
const failed = ({ fields }: Call) => fields['status'] === 'error' || fields['status'] === 'aborted'
/** What the provider bills by itself has no list price here, and there are no contracts. */
const ownPrice = ({ cost }: Call) => cost.status !== 'provider_reported'
const latencies = (calls: Calls) => calls.map(call => call.latency_ms).filter(ms => ms > 0)
const ratio = (of: number, by: number) => (by === 0 ? null : of / by)
const share = (of: bigint, by: number) => (by === 0 ? null : halfEven(of, BigInt(by)))

/** What adds up: the metrics of rows to those of their total. */
export const SUMS: Readonly<Record<string, (calls: Calls) => bigint | number>> = {
  calls: calls => calls.length,
  requests: countOf(({ fields }) => Number(fields['attempt']) <= 1),
  input_tokens: tokenSum(...INPUT),
  output_tokens: tokenSum(...OUTPUT),
  uncached_input_tokens: tokenSum('input'),
  cache_read_tokens: tokenSum('cache_read'),
  cache_write_5m_tokens: tokenSum('cache_write_5m'),
  output_text_tokens: tokenSum('output'),
  reasoning_tokens: tokenSum('reasoning'),
  cost_usd: usd,
  uncached_input_cost_usd: component('uncached_input'),
  cache_read_cost_usd: component('cache_read'),
  cache_write_cost_usd: component('cache_write'),
  output_cost_usd: component('output'),
  units_cost_usd: component('units'),
  list_cost_usd: calls => usd(calls.filter(ownPrice)),
  contracted_cost_usd: calls => usd(calls.filter(ownPrice)),
  reported_cost_usd: calls => sumUsd(calls.map(({ reported }) => (reported === '' ? 0n : picosOf(reported)))),
  unpriced_calls: countOf(({ cost }) => cost.usd === null),
  inconsistent_calls: countOf(({ cost }) => cost.status === 'inconsistent_usage'),
  estimated_calls: countOf(({ cost }) => cost.status === 'estimated'),
  failed_calls: countOf(failed),
  failed_cost_usd: calls => usd(calls.filter(failed)),
}

export const METRICS: Readonly<Record<string, (calls: Calls) => Value>> = {
  ...SUMS,
  cost_usd_max: calls => ordered(priced(calls)).at(-1) ?? 0n,
  cost_per_call: calls => share(usd(calls), priced(calls).length),
  cache_hit_rate: calls => ratio(tokenSum('cache_read')(calls), tokenSum(...INPUT)(calls)),
  output_per_input: calls => ratio(tokenSum(...OUTPUT)(calls), tokenSum(...INPUT)(calls)),
  latency_ms_avg: calls => ratio(sum(calls.map(call => call.latency_ms)), calls.length),
  active_users: users,
  cost_per_active_user: calls => share(usd(calls), users(calls)),
  cost_usd_p50: calls => quantile(priced(calls), 0.5),
  cost_usd_p95: calls => quantile(priced(calls), 0.95),
  latency_ms_p50: calls => quantile(latencies(calls), 0.5),
  latency_ms_p95: calls => quantile(latencies(calls), 0.95),
}

export interface NaiveAnswer {
  /** By the row's key: `[start of the bucket, the groups' values ...]` as JSON. */
  readonly rows: ReadonlyMap<string, NaiveRow>
  readonly total: NaiveRow
  readonly coverage: Readonly<Record<string, number>>
}

export function answer(question: Question, calls: Calls): NaiveAnswer {
  const { zone, window, granularity, groupBy, metrics, compare } = question
  const matching = calls.filter(call => matches(call, question))
  const before = compare ? zone.before(window) : undefined
  const current = matching.filter(({ occurred_at: at }) => within(at, window))
  const previous = before ? matching.filter(({ occurred_at: at }) => within(at, before)) : []

  /** The n-th bucket of the window before stands beside the n-th of this one. */
  const counterpart = new Map<number, number | undefined>()
  if (granularity && before) {
    const starts = zone.buckets(granularity, window)
    for (const [n, start] of zone.buckets(granularity, before).entries()) counterpart.set(start, starts[n])
  }
  const groups = new Map<string, { current: Call[]; previous: Call[] }>()
  function put(call: Call, side: 'current' | 'previous', bucket: number | undefined): void {
    const time = bucket === undefined ? [] : [zone.iso(bucket)]
    const key = JSON.stringify([...time, ...groupBy.map(name => dimension(call, name))])
    const group = groups.get(key) ?? { current: [], previous: [] }
    group[side].push(call)
    groups.set(key, group)
  }
  for (const call of current)
    put(call, 'current', granularity && zone.bucketOf(granularity, call.occurred_at))
  for (const call of previous) {
    const own = granularity && zone.bucketOf(granularity, call.occurred_at)
    const bucket = own === undefined ? undefined : counterpart.get(own)
    if (!granularity || bucket !== undefined) put(call, 'previous', bucket)
  }
  if (!granularity && groupBy.length === 0 && groups.size === 0)
    groups.set('[]', { current: [], previous: [] })

  const measured = (of: Calls) => Object.fromEntries(metrics.map(name => [name, METRICS[name]?.(of) ?? null]))
  const row = (group: { current: Calls; previous: Calls }): NaiveRow => ({
    values: measured(group.current),
    previous: compare ? measured(group.previous) : {},
  })
  return {
    rows: new Map([...groups].map(([key, group]) => [key, row(group)])),
    total: row({ current, previous }),
    coverage: {
      calls: current.length,
      priced: countOf(({ cost }) => cost.usd !== null && cost.status !== 'estimated')(current),
      unpriced: countOf(({ cost }) => cost.usd === null)(current),
      estimated: countOf(({ cost }) => cost.status === 'estimated')(current),
      inconsistent: countOf(({ cost }) => cost.status === 'inconsistent_usage')(current),
      without_feature: countOf(({ fields }) => fields['feature'] === '')(current),
    },
  }
}

/** The same calls a quarter-hour later: what a ledger would hold that sorts events into the wrong one. */
export const shifted = (calls: Calls): Call[] =>
  calls.map(call => ({ ...call, occurred_at: call.occurred_at + QUARTER }))
