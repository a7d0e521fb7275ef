// Every measure of every view of costs: four calls in which no two columns hold the same figure, so that a column that shows
// another's sum is found. The sums are made here, not by the warehouse.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TOKEN_COLUMNS } from '#core/columns.ts'
import { eventVersion } from '#core/identity.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { contextOver } from '../aggregator/kit.ts'
import { startEngine } from '../support/engine.ts'

const HOUR = Date.UTC(2026, 4, 5, 10)

const COSTS = [
  'cost_usd',
  'list_cost_usd',
  'contracted_cost_usd',
  'reported_cost_usd',
  'uncached_input_cost_usd',
  'cache_read_cost_usd',
  'cache_write_cost_usd',
  'output_cost_usd',
  'units_cost_usd',
]

const COLUMNS = [...TOKEN_COLUMNS, ...COSTS, 'latency_ms']

/** Of one column and call: no sum of one column is that of another. */
const figure = (column: string, call: number): number => 1_000 * (COLUMNS.indexOf(column) + 1) + 7 ** call

const CALLS = [
  { feature: 'chat', attempt: 1, cost_status: 'priced' },
  { feature: 'chat', attempt: 2, cost_status: 'estimated' },
  { feature: 'chat', attempt: 3, cost_status: 'inconsistent_usage' },
  { feature: 'search', attempt: 1, cost_status: 'priced' },
  { feature: 'search', attempt: 1, cost_status: 'unpriced' },
]

const isPriced = (call: (typeof CALLS)[number]): boolean =>
  call.cost_status === 'priced' || call.cost_status === 'estimated'

const NULLABLE = ['cost_usd', 'list_cost_usd', 'contracted_cost_usd', 'reported_cost_usd']

const cellOf = (column: string, i: number): number | null => {
  const call = CALLS[i]
  return call && !isPriced(call) && NULLABLE.includes(column) ? null : figure(column, i)
}

const INPUT = TOKEN_COLUMNS.filter(name => /input|cache/.test(name))
const OUTPUT = TOKEN_COLUMNS.filter(name => /output|reasoning/.test(name))

const sum = (values: readonly (number | null)[]): number => values.reduce<number>((a, b) => a + (b ?? 0), 0)

/** What a view must show of these calls, by column. */
function expected(calls: readonly number[]): Record<string, number> {
  const of = (column: string) => sum(calls.map(i => cellOf(column, i)))
  const count = (holds: (call: (typeof CALLS)[number]) => boolean) =>
    calls.filter(i => holds(CALLS[i] as (typeof CALLS)[number])).length
  return {
    calls: calls.length,
    requests: count(({ attempt }) => attempt === 1),
    ...Object.fromEntries([...TOKEN_COLUMNS, ...COSTS].map(column => [column, of(column)])),
    input_tokens: sum(INPUT.map(of)),
    output_tokens: sum(OUTPUT.map(of)),
    cost_usd_sq: sum(calls.map(i => (cellOf('cost_usd', i) ?? 0) ** 2)),
    cost_usd_max: Math.max(...calls.map(i => cellOf('cost_usd', i) ?? 0)),
    unpriced_calls: count(call => !isPriced(call)),
    inconsistent_calls: count(({ cost_status }) => cost_status === 'inconsistent_usage'),
    estimated_calls: count(({ cost_status }) => cost_status === 'estimated'),
    latency_ms_sum: of('latency_ms'),
  }
}

const VIEWS = [
  'v_costs_15m',
  'v_costs_hourly',
  'v_costs_daily',
  'v_user_costs_15m',
  'v_user_costs_hourly',
  'v_tenant_costs_hourly',
]

const engine = await startEngine({ after })

describe('views of costs', () => {
  before(async () => {
    const rows = CALLS.map((call, i) => ({
      ...call,
      event_id: `call-${i}`,
      occurred_at: new Date(HOUR + i * 1_000).toISOString(),
      version: String(eventVersion({ usageSource: 'provider', bookSequence: 1, receivedAt: HOUR })),
      model: 'm',
      ...Object.fromEntries(COLUMNS.map(column => [column, cellOf(column, i)])),
    }))
    await engine.warehouse('writer').insertObjects('usage_events', rows)
    await recomputeSpan(contextOver(engine.warehouse('aggregator')), { from: HOUR, to: HOUR + 3_600_000 })
  })

  it('no two columns have the same sum, or one could stand for another', () => {
    const sums = Object.entries(expected([0, 1, 2, 3, 4])).filter(([, value]) => value > 10)
    assert.equal(new Set(sums.map(([, value]) => value)).size, sums.length)
  })

  for (const view of VIEWS) {
    it(`${view} shows each measure under its own name`, async () => {
      const measures = Object.keys(expected([]))
      const columns = measures.map(name => `toFloat64(sum(v.${name})) AS of_${name}`)
      const rows = await engine.warehouse('reader').query<Record<string, number>>(
        `SELECT v.feature AS feature, ${columns.join(', ').replace('sum(v.cost_usd_max)', 'max(v.cost_usd_max)')}
          FROM ${view} AS v GROUP BY feature ORDER BY feature`,
      )
      const seen = rows.map(row => Object.fromEntries(measures.map(name => [name, row[`of_${name}`]])))
      assert.deepEqual(seen, [expected([0, 1, 2]), expected([3, 4])])
    })
  }
})
