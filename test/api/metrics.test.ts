// Every metric from every view, in rows, totals and comparisons, against plain loops over the same events.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { formatPicos } from '#core/money.ts'
import { inputTotal, outputTotal } from '#core/tokens.ts'
import { METRIC_NAMES, METRICS } from '../../services/api/query/metrics.ts'
import type { PricedEvent } from '../../services/consumer/delivery.ts'
import { startEngine } from '../support/engine.ts'
import { createTestApi, storeEvents, testBook, usageEvent } from './fixture.ts'

const HOUR = 3_600_000
const DAY = Date.parse('2026-11-20T00:00:00Z')

type Row = Record<string, unknown>

const picos = (cost: bigint | null | undefined): bigint => cost ?? 0n

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0)

const sumCost = (events: readonly PricedEvent[], of: (event: PricedEvent) => bigint | null): bigint =>
  events.reduce((total, event) => total + picos(of(event)), 0n)

/** n / d in picodollars to the nearest, ties to even, in a way of its own: by trying both neighbours. */
function divided(n: bigint, d: number): string | null {
  if (d === 0) return null
  const below = n / BigInt(d)
  const rest = 2n * (n - below * BigInt(d))
  const up = rest > BigInt(d) || (rest === BigInt(d) && below % 2n === 1n)
  return formatPicos(up ? below + 1n : below)
}

const at = <T>(sorted: readonly T[], level: number): T | null =>
  sorted[Math.floor(level * sorted.length)] ?? null

function naive(events: readonly PricedEvent[]): Row {
  const tokens = (of: (event: PricedEvent) => number) => sum(events, of)
  const calls = events.length
  const costs = events.flatMap(({ cost }) => (cost.costUsd === null ? [] : [cost.costUsd]))
  const cost = sumCost(events, priced => priced.cost.costUsd)
  const users = new Set(events.map(({ event }) => event.user_id).filter(user => user !== '')).size
  const sessions = new Set(events.map(({ event }) => event.session_id).filter(id => id !== '')).size
  const failed = events.filter(({ event }) => event.status === 'error' || event.status === 'aborted')
  const input = tokens(({ event }) => inputTotal(event.tokens))
  const output = tokens(({ event }) => outputTotal(event.tokens))
  const bucket = (name: keyof PricedEvent['event']['tokens']) => tokens(({ event }) => event.tokens[name])
  const cached = bucket('cache_read') + bucket('cache_read_audio') + bucket('cache_read_image')
  const latencies = events
    .map(({ event }) => event.latency_ms)
    .filter(ms => ms > 0)
    .sort((a, b) => a - b)
  costs.sort((a, b) => (a < b ? -1 : 1))
  const quantile = (level: number) => {
    const found = at(costs, level)
    return found === null ? null : formatPicos(found)
  }
  const component = (name: keyof PricedEvent['cost']['components']) =>
    formatPicos(sumCost(events, priced => priced.cost.components[name]))
  return {
    calls,
    requests: events.filter(({ event }) => event.attempt <= 1).length,
    input_tokens: input,
    output_tokens: output,
    uncached_input_tokens: bucket('input'),
    cache_read_tokens: bucket('cache_read'),
    cache_write_5m_tokens: bucket('cache_write_5m'),
    cache_write_1h_tokens: bucket('cache_write_1h'),
    output_text_tokens: bucket('output'),
    reasoning_tokens: bucket('reasoning'),
    input_audio_tokens: bucket('input_audio'),
    output_audio_tokens: bucket('output_audio'),
    input_image_tokens: bucket('input_image'),
    output_image_tokens: bucket('output_image'),
    input_video_tokens: bucket('input_video'),
    cache_read_audio_tokens: bucket('cache_read_audio'),
    cache_read_image_tokens: bucket('cache_read_image'),
    cost_usd: formatPicos(cost),
    uncached_input_cost_usd: component('uncachedInput'),
    cache_read_cost_usd: component('cacheRead'),
    cache_write_cost_usd: component('cacheWrite'),
    output_cost_usd: component('output'),
    units_cost_usd: component('units'),
    list_cost_usd: formatPicos(sumCost(events, priced => priced.cost.listCostUsd)),
    contracted_cost_usd: formatPicos(sumCost(events, priced => priced.cost.contractedCostUsd)),
    reported_cost_usd: formatPicos(sumCost(events, priced => priced.cost.reportedCostUsd)),
    cost_usd_max: formatPicos(costs.at(-1) ?? 0n),
    unpriced_calls: calls - costs.length,
    inconsistent_calls: events.filter(priced => priced.cost.status === 'inconsistent_usage').length,
    estimated_calls: events.filter(priced => priced.cost.status === 'estimated').length,
    failed_calls: failed.length,
    failed_cost_usd: formatPicos(sumCost(failed, priced => priced.cost.costUsd)),
    cost_per_call: divided(cost, costs.length),
    input_tokens_per_call: calls === 0 ? null : input / calls,
    output_tokens_per_call: calls === 0 ? null : output / calls,
    cache_hit_rate: input === 0 ? null : cached / input,
    output_per_input: input === 0 ? null : output / input,
    latency_ms_avg: calls === 0 ? null : sum(events, ({ event }) => event.latency_ms) / calls,
    active_users: users,
    cost_per_active_user: divided(cost, users),
    sessions,
    cost_per_session: divided(
      sumCost(
        events.filter(({ event }) => event.session_id !== ''),
        priced => priced.cost.costUsd,
      ),
      sessions,
    ),
    cost_usd_p50: quantile(0.5),
    cost_usd_p95: quantile(0.95),
    latency_ms_p50: at(latencies, 0.5),
    latency_ms_p95: at(latencies, 0.95),
  }
}

function randomEvents() {
  const of = <T>(...values: T[]) => fc.constantFrom(...values)
  const few = fc.integer({ min: 0, max: 999 })
  const event = fc.record({
    at: fc.integer({ min: -24 * HOUR, max: 24 * HOUR - 1 }),
    feature: of('', 'chat', 'search', 'free'),
    user_id: of('', 'u1', 'u2', 'u3', 'u4'),
    tenant_id: of('acme', 'zeta'),
    session_id: of('', 's1', 's2', 's3'),
    status: of('ok' as const, 'ok' as const, 'error' as const, 'aborted' as const),
    attempt: of(0, 1, 2),
    latency_ms: of(0, 120, 340, 340, 9_000),
    response_model: of('small', 'large', 'unheard-of'),
    usage_source: of('provider' as const, 'estimated' as const),
    tokens: fc.record({ input: few, cache_read: few, output: few, cache_read_image: of(0, 0, 7) }),
  })
  return fc.sample(event, { seed: 7, numRuns: 400 }).map(({ at: offset, ...rest }, i) => {
    const named = rest.feature === 'free' ? { ...rest, user_id: '', response_model: 'unheard-of' } : rest
    return usageEvent({
      ...named,
      event_id: `m${i}`,
      occurred_at: DAY + offset,
      request_model: named.response_model,
    })
  })
}

const engine = await startEngine({ after })
const api = createTestApi({ after }, { warehouse: engine.warehouse('reader'), now: DAY + 48 * HOUR })

const today = ({ event }: PricedEvent): boolean => event.occurred_at >= DAY
const WINDOW = 'from=2026-11-20&to=2026-11-21'

const QUANTILES = METRIC_NAMES.filter(name => /_p\d\d$/.test(name))
const PER_USER = ['active_users', 'cost_per_active_user']
const PER_SESSION = ['sessions', 'cost_per_session']
const PER_STATUS = ['failed_calls', 'failed_cost_usd']
const EVERYWHERE = METRIC_NAMES.filter(
  name => ![...QUANTILES, ...PER_USER, ...PER_SESSION, ...PER_STATUS].includes(name),
)

/** At most 20 in one question. */
const halves = (names: readonly string[]): string[][] =>
  [names.slice(0, 20), names.slice(20)].map(half => [...half])

const pick = (row: Row, names: readonly string[]): Row =>
  Object.fromEntries(names.map(name => [name, row[name]]))

describe('metrics over the real engine', () => {
  let events: PricedEvent[] = []

  before(async () => {
    events = await storeEvents(engine, randomEvents(), testBook())
  })

  async function answer(path: string): Promise<{ data: Row[]; total: Row; meta: Row }> {
    const { status, body, text } = await api.get(path)
    assert.equal(status, 200, text)
    return body as unknown as { data: Row[]; total: Row; meta: Row }
  }

  /** Rows by the group, total and, compared, what was before. */
  async function check(
    names: readonly string[],
    dimension: 'feature' | 'user_id' | 'session_id',
    source: string,
  ) {
    for (const part of halves(names).filter(half => half.length > 0)) {
      const { data, total, meta } = await answer(
        `/v1/costs?${WINDOW}&group_by=${dimension}&compare=previous&metrics=${part.join()}`,
      )
      assert.equal(meta['source'], source)
      assert.deepEqual(pick(total, part), pick(naive(events.filter(today)), part))
      const before = naive(events.filter(event => !today(event)))
      assert.deepEqual(pick(total['previous'] as Row, part), pick(before, part))
      const groups = new Set(events.map(({ event }) => event[dimension]))
      assert.equal(data.length, groups.size)
      for (const group of groups) {
        const row = data.find(candidate => candidate[dimension] === group) ?? {}
        const own = events.filter(({ event }) => event[dimension] === group)
        assert.deepEqual(pick(row, part), pick(naive(own.filter(today)), part), group)
        const earlier = naive(own.filter(event => !today(event)))
        assert.deepEqual(pick(row['previous'] as Row, part), pick(earlier, part), group)
      }
    }
  }

  it('the naive side knows every metric', () => {
    assert.deepEqual(Object.keys(naive([])).toSorted(), METRIC_NAMES.toSorted())
  })

  it('are exact from the rollup by feature', () =>
    check([...EVERYWHERE, ...PER_STATUS], 'feature', 'rollup by feature'))

  it('are exact from the rollup by user', () =>
    check([...EVERYWHERE, ...PER_USER], 'user_id', 'rollup by user'))

  it('are exact from events', async () => {
    await check(METRIC_NAMES.slice(0, 20), 'session_id', 'events')
    await check(METRIC_NAMES.slice(20), 'session_id', 'events')
  })

  it('that one rollup cannot tell are answered by the one that can', async () => {
    await check(PER_USER, 'feature', 'rollup by user')
    await check([...PER_USER, ...PER_STATUS], 'feature', 'events')
  })

  it('of distinct things and quantiles are of all rows in the total, not of the groups', async () => {
    const names = [...PER_USER, ...QUANTILES]
    const { data, total } = await answer(
      `/v1/costs/timeseries?${WINDOW}&granularity=hour&group_by=feature&metrics=${names.join()}`,
    )
    assert.deepEqual(pick(total, names), pick(naive(events.filter(today)), names))
    assert.ok(sum(data, row => Number(row['active_users'])) > Number(total['active_users']))
  })

  it('of nothing are 0 where they are sums, and null where something would be divided', async () => {
    for (const part of [METRIC_NAMES.slice(0, 20), METRIC_NAMES.slice(20, 40), METRIC_NAMES.slice(40)]) {
      const { data } = await answer(`/v1/costs?from=2020-01-01&to=2020-01-02&metrics=${part.join()}`)
      assert.deepEqual(pick(data[0] ?? {}, part), pick(naive([]), part))
    }
  })

  it('can be ordered by, what is null last', async () => {
    const value = (row: Row, name: string): number | null => (row[name] === null ? null : Number(row[name]))
    for (const { name } of METRICS) {
      for (const [direction, sign] of [
        ['asc', 1],
        ['desc', -1],
      ] as const) {
        const { data } = await answer(
          `/v1/costs?${WINDOW}&group_by=feature&metrics=${name}&order=${name}:${direction}`,
        )
        const values = data.map(row => value(row, name))
        const sorted = values.toSorted((a, b) =>
          a === null || b === null ? Number(a === null) - Number(b === null) : sign * (a - b),
        )
        assert.deepEqual(values, sorted, `${name} ${direction}`)
      }
    }
    const { data } = await answer(
      `/v1/costs?${WINDOW}&group_by=feature&metrics=cost_per_call&order=cost_per_call`,
    )
    assert.equal(data.at(-1)?.['cost_per_call'], null)
  })

  it('are columns of a file', async () => {
    const { text, headers } = await api.get(
      `/v1/costs?${WINDOW}&group_by=feature&feature=free&metrics=cost_per_call,active_users&format=csv&compare=previous`,
    )
    const [head, row] = text.split('\r\n')
    assert.equal(
      head,
      'feature,calls,cost_usd,unpriced_calls,cost_per_call,active_users,previous_calls,previous_cost_usd,' +
        'previous_unpriced_calls,previous_cost_per_call,previous_active_users,change_cost_usd,change_percent',
    )
    assert.match(String(row), /^free,\d+,0,\d+,,0,\d+,0,\d+,,0,0,$/)
    const meta = JSON.parse(String(headers['spendledger-meta'])) as Row
    assert.equal(meta['source'], 'rollup by user')
    assert.ok((meta['coverage'] as Row)['unpriced'])
  })
})
