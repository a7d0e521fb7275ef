// The warehouse's schema as the engine has it: the views that interfaces promise, who may read what, and the columns that
// code takes for granted.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { readMigrations } from '#adapters/clickhouse/migrations.ts'
import { TOKEN_COLUMNS } from '#core/columns.ts'
import { LedgerError } from '#core/errors.ts'
import { toSqlTime } from '#core/hours.ts'
import { eventVersion } from '#core/identity.ts'
import { MEASURES, ROLLUP_TABLES } from '../../services/aggregator/rollup-tables.ts'
import { startEngine } from '../support/engine.ts'

const TOKENS = [
  'uncached_input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_text_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'input_image_tokens',
  'output_image_tokens',
  'input_video_tokens',
  'cache_read_audio_tokens',
  'cache_read_image_tokens',
  'input_tokens',
  'output_tokens',
]
const COSTS = [
  'cost_usd',
  'uncached_input_cost_usd',
  'cache_read_cost_usd',
  'cache_write_cost_usd',
  'output_cost_usd',
  'units_cost_usd',
  'list_cost_usd',
  'contracted_cost_usd',
  'reported_cost_usd',
]
const SUMS = [
  'calls',
  'requests',
  ...TOKENS,
  ...COSTS,
  'cost_usd_sq',
  'cost_usd_max',
  'unpriced_calls',
  'estimated_calls',
  'latency_ms_sum',
]
const BY_FEATURE =
  'feature team task_type user_segment provider model service_tier environment release status'.split(' ')

/** What people's SQL holds on to: add freely, rename never. */
const PROMISED: Readonly<Record<string, readonly string[]>> = {
  v_events: [
    ...'event_id occurred_at received_at source provider model request_model response_model'.split(' '),
    ...'response_id request_id attempt operation service_tier speed inference_geo region host'.split(' '),
    ...'deployment deployment_type capacity is_byok batch streaming status finish_reason'.split(' '),
    ...'error_type max_output_tokens latency_ms time_to_first_token_ms'.split(' '),
    ...'tenant_id user_id user_segment team feature workflow_id session_id task_type prompt_id'.split(' '),
    ...'prompt_version release environment service api_key_id trace_id span_id routing_rule'.split(' '),
    ...'baseline_model tags units reported_cost_source cost_status cost_reason'.split(' '),
    ...'price_rule_id price_book_version usage_source raw_usage prompt_parts'.split(' '),
    ...TOKENS,
    ...COSTS,
  ],
  v_costs_hourly: ['hour', ...BY_FEATURE, ...SUMS],
  v_costs_daily: ['day', ...BY_FEATURE, ...SUMS],
  v_tenant_costs_hourly: ['hour', 'tenant_id', 'feature', 'model', ...SUMS],
  v_user_costs_hourly: ['hour', 'user_id', 'tenant_id', 'feature', 'model', ...SUMS],
  v_coverage: [],
  v_changes: [
    ...'hour reason old_calls new_calls old_unpriced new_unpriced old_cost_usd new_cost_usd'.split(' '),
    ...'change_usd changed_at'.split(' '),
  ],
  v_prices: [
    ...'provider model price_rule_id valid_from valid_to variant conditions above_input_tokens component'.split(
      ' ',
    ),
    ...'unit rate_usd usd_each rate multipliers source checked price_book_version'.split(' '),
  ],
  v_focus: [
    ...'BilledCost EffectiveCost ListCost ContractedCost ChargePeriodStart ChargePeriodEnd'.split(' '),
    ...'PricingQuantity SkuId x_CostStatus x_Calls x_UnpricedCalls'.split(' '),
  ],
  v_dead_letters: [],
}

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')

interface Column {
  table: string
  name: string
  type: string
}

const columns = await writer.query<Column>(
  "SELECT table, name, type FROM system.columns WHERE database = 'spendledger' ORDER BY table, position",
)
const columnsOf = (table: string): Column[] => columns.filter(column => column.table === table)
const tables = [...new Set(columns.map(({ table }) => table))]
const views = tables.filter(table => table.startsWith('v_'))

const refused = (error: unknown): boolean =>
  error instanceof LedgerError && error.code === 'warehouse_denied' && !error.retryable

describe('the views', () => {
  it('have every column that is promised', () => {
    for (const [view, promised] of Object.entries(PROMISED)) {
      assert.ok(views.includes(view), `${view} is missing`)
      const names = columnsOf(view).map(({ name }) => name)
      const missing = promised.filter(name => !names.includes(name))
      assert.deepEqual(missing, [], `${view} lacks columns`)
    }
  })

  it('show money as Decimal, never as a float, and times as UTC', () => {
    for (const { table, name, type } of views.flatMap(columnsOf)) {
      if (name.endsWith('_usd') || name === 'cost_usd_max') {
        assert.match(type, /^(Nullable\()?Decimal\(\d+, 12\)/, `${table}.${name} is ${type}`)
      }
      if (type.includes('DateTime')) assert.match(type, /'UTC'\)/, `${table}.${name} is ${type}`)
    }
  })

  it('show the cost of one event as NULL where it is unpriced', () => {
    const cost = columnsOf('v_events').find(({ name }) => name === 'cost_usd')
    assert.equal(cost?.type, 'Nullable(Decimal(18, 12))')
  })

  it('hide the bytes of dead letters', () => {
    assert.ok(!columnsOf('v_dead_letters').some(({ name }) => name === 'bytes'))
  })

  for (const view of views) {
    it(`${view} can be read by reader`, async () => {
      await reader.query(`SELECT * FROM ${view} LIMIT 1`)
    })
  }
})

describe('tables', () => {
  it('are there at all', () => {
    assert.ok(tables.includes('usage_events') && views.length >= Object.keys(PROMISED).length)
  })

  for (const table of tables.filter(name => !name.startsWith('v_'))) {
    it(`${table} cannot be read by reader`, async () => {
      await assert.rejects(reader.query(`SELECT count() FROM ${table}`), refused)
    })
  }

  for (const { name, dimensions } of ROLLUP_TABLES) {
    it(`${name} has the columns that a recompute writes, and no other`, () => {
      const written = [...dimensions, ...MEASURES.map(([column]) => column)]
      assert.deepEqual(
        columnsOf(name)
          .map(column => column.name)
          .sort(),
        ['quarter', ...written, 'input_tokens', 'output_tokens', 'version', 'is_deleted'].sort(),
      )
    })
  }

  it('of rollups have a key of exactly their dimensions: a column beside it would be merged away', async () => {
    const keys = await writer.query<{ name: string; sorting_key: string }>(
      "SELECT name, sorting_key FROM system.tables WHERE database = 'spendledger' AND name LIKE 'usage_by_%'",
    )
    for (const { name, dimensions } of ROLLUP_TABLES) {
      const key = keys.find(table => table.name === name)?.sorting_key.split(', ')
      assert.deepEqual(key?.sort(), ['quarter', ...dimensions].sort())
    }
  })

  it('have a column for each token bucket, wide enough for any sum in rollups', () => {
    for (const column of TOKEN_COLUMNS) {
      assert.equal(columnsOf('usage_events').find(({ name }) => name === column)?.type, 'UInt32')
      for (const { name: table } of ROLLUP_TABLES) {
        assert.equal(columnsOf(table).find(({ name }) => name === column)?.type, 'UInt64')
      }
    }
  })
})

describe('copies of an event inside of one batch', () => {
  const at = Date.UTC(2026, 2, 3, 10, 20)
  const copy = (received: number, tokens: number) => ({
    event_id: 'twice-in-a-batch',
    occurred_at: toSqlTime(at),
    version: String(eventVersion({ usageSource: 'provider', bookSequence: 1, receivedAt: at + received })),
    uncached_input_tokens: tokens,
  })

  it('are one event, the best of them, before any merge', async () => {
    const settings = { optimize_on_insert: 0 }
    await writer.insertObjects('usage_events', [copy(2_000, 2), copy(1_000, 1), copy(3_000, 3)], { settings })
    const rows = await reader.query(
      "SELECT uncached_input_tokens AS tokens FROM v_events WHERE event_id = 'twice-in-a-batch'",
    )
    assert.deepEqual(rows, [{ tokens: 1 }])
  })
})

describe('questions about a part of a day', () => {
  it('read that part, whoever writes their conditions and however', async () => {
    const day = Date.UTC(2026, 2, 4)
    await writer.command(
      `INSERT INTO usage_events (event_id, occurred_at)
SELECT toString(number), fromUnixTimestamp64Milli({day:Int64} + number * 400, 'UTC') FROM numbers(200000)`,
      { params: { day } },
    )
    const plan = await writer.query<{ explain: string }>(
      `EXPLAIN indexes = 1 SELECT count() FROM usage_events FINAL
WHERE occurred_at >= '2026-03-04 10:00:00' AND occurred_at < '2026-03-04 11:00:00'`,
    )
    const granules = plan.flatMap(({ explain }) => /Granules: (\d+)\/(\d+)/.exec(explain)?.slice(1) ?? [])
    assert.ok(Number(granules.at(-2)) <= 4, plan.map(({ explain }) => explain).join('\n'))
  })
})

describe('migrations', () => {
  it('are numbered from 1 without gap or double', async () => {
    const migrations = await readMigrations()
    assert.deepEqual(
      migrations.map(({ number }) => number),
      migrations.map((_, i) => i + 1),
    )
  })

  it('are statements that can be repeated, each one alone', async () => {
    for (const { name, statements } of await readMigrations()) {
      assert.ok(statements.length > 0, name)
      for (const statement of statements) await writer.command(statement)
    }
  })
})
