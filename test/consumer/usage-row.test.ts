// The row's list of columns is held to the table as the engine describes it, and values arrive as they were.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { TOKEN_COLUMN } from '#core/columns.ts'
import { PICOS_PER_USD } from '#core/money.ts'
import { normaliseEvent } from '#core/normalise/index.ts'
import { type CostReason, type CostStatus, priceEvent } from '#core/price.ts'
import { TOKEN_BUCKETS } from '#core/tokens.ts'
import { EVENT_FIELDS, type UsageEvent } from '#core/usage-event.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import type { PricedEvent } from '../../services/consumer/delivery.ts'
import { USAGE_COLUMNS } from '../../services/consumer/usage-row.ts'
import { startEngine } from '../support/engine.ts'
import { encodeRows } from './encode-rows.ts'
import { usageEvent } from './events.ts'

/** Columns that the table fills by itself. */
const FILLED_BY_TABLE = ['is_deleted', 'inserted_at']

/** Columns whose type can name neither the column nor its place. */
const DESCRIBED_BELOW = [
  'occurred_at',
  'received_at',
  'is_byok',
  'batch',
  'streaming',
  'output_started',
  'tags',
  'units',
  'prompt_parts',
  'price_multipliers',
]

const engine = await startEngine({ after })
const BOOK = await loadPriceBook()

describe('a row of usage_events', () => {
  it('has exactly the columns of the table, in some order', async () => {
    const columns = await engine
      .warehouse('writer')
      .query<{ name: string }>(
        "SELECT name FROM system.columns WHERE database = 'spendledger' AND table = 'usage_events'",
      )
    const wanted = columns.map(({ name }) => name).filter(name => !FILLED_BY_TABLE.includes(name))
    assert.deepEqual([...USAGE_COLUMNS].sort(), wanted.sort())
  })

  it('has each value in its own column', async () => {
    const row = selfDescribing()
    await engine.warehouse('writer').insert('usage_events', USAGE_COLUMNS, encodeRows([row]))
    const [stored = {}] = await engine
      .warehouse('reader')
      .query<Record<string, unknown>>("SELECT * FROM v_events WHERE event_id = 'event_id'")
    const checked = USAGE_COLUMNS.filter(name => name in stored && !DESCRIBED_BELOW.includes(name))
    assert.ok(checked.length > 70)
    for (const name of checked) {
      const value = stored[name]
      assert.ok(value === name || Number(value) === placeOf(name), `${name} is ${value}`)
    }
    assert.deepEqual([stored['batch'], stored['is_byok'], stored['streaming']], [true, false, false])
    assert.deepEqual(stored['price_multipliers'], ['price_multipliers'])
  })

  it('arrives with every value as it was', async () => {
    const writer = engine.warehouse('writer')
    const row = priced({
      event_id: 'ünïcode-☃-😀',
      occurred_at: Date.UTC(2026, 10, 20, 10, 0, 0, 123),
      provider: 'openai',
      request_model: 'gpt-5.4',
      raw_usage:
        '{"prompt_tokens":1200,"completion_tokens":90,"prompt_tokens_details":{"cached_tokens":800}}',
      tags: { experiment: 'b', empty: '' },
      units: { web_search: '2' },
      prompt_parts: { system: 700, history: 500 },
      output_started: false,
      attempt: 4_294_967_295,
      latency_ms: 4_294_967_295,
      total_tokens_reported: null,
      is_byok: true,
    })
    await writer.insert(
      'usage_events',
      USAGE_COLUMNS,
      encodeRows([row, { ...row, version: row.version - 1n }]),
    )
    const [seen] = await engine
      .warehouse('reader')
      .query<Record<string, unknown>>(`SELECT * FROM v_events WHERE event_id = {id:String}`, {
        params: { id: row.event.event_id },
      })
    const { inserted_at: _, ...stored } = seen ?? {}
    assert.deepEqual(
      {
        occurred_at: stored['occurred_at'],
        tags: stored['tags'],
        units: stored['units'],
        prompt_parts: stored['prompt_parts'],
        output_started: stored['output_started'],
        attempt: stored['attempt'],
        latency_ms: stored['latency_ms'],
        total_tokens_reported: stored['total_tokens_reported'],
        is_byok: stored['is_byok'],
        uncached_input_tokens: stored['uncached_input_tokens'],
        cache_read_tokens: stored['cache_read_tokens'],
        output_text_tokens: stored['output_text_tokens'],
        cost_usd: stored['cost_usd'],
        price_book_version: stored['price_book_version'],
        log_offset: stored['log_offset'],
      },
      {
        occurred_at: '2026-11-20 10:00:00.123',
        tags: { experiment: 'b', empty: '' },
        units: { web_search: '2' },
        prompt_parts: { system: '700', history: '500' },
        output_started: false,
        attempt: 4_294_967_295,
        latency_ms: '4294967295',
        total_tokens_reported: null,
        is_byok: true,
        uncached_input_tokens: 400,
        cache_read_tokens: 800,
        output_text_tokens: 90,
        // 400 x 2.50 + 800 x 0.25 + 90 x 15.00 USD/Mtok + 2 searches at 10 USD/K
        cost_usd: '0.02255',
        price_book_version: row.cost.bookVersion,
        log_offset: '77',
      },
    )
  })
})

const placeOf = (column: string): number => USAGE_COLUMNS.indexOf(column) + 1

/** Every text is the name of its column, every number the column's place in the list; amounts are that many USD. */
function selfDescribing(): PricedEvent {
  const usd = (column: string) => BigInt(placeOf(column)) * PICOS_PER_USD
  const fields = Object.entries(EVENT_FIELDS).map(([field, kind]) => {
    if (kind === 'count' || kind === 'optional_count') return [field, placeOf(field)]
    return [field, kind === 'flag' ? field === 'batch' : field]
  })
  const event = {
    ...Object.fromEntries(fields),
    occurred_at: Date.UTC(2026, 10, 21),
    output_started: null,
    tokens: Object.fromEntries(TOKEN_BUCKETS.map(bucket => [bucket, placeOf(TOKEN_COLUMN[bucket])])),
    tags: {},
    units: {},
    prompt_parts: {},
  }
  const record = { key: '', value: new Uint8Array(), offset: placeOf('log_offset'), timestamp: 0 }
  return {
    event: event as UsageEvent,
    place: { logId: 'log_id', topic: 'log_topic', partition: placeOf('log_partition'), record },
    cost: {
      status: 'cost_status' as CostStatus,
      reason: 'cost_reason' as CostReason,
      model: 'model',
      costUsd: usd('cost_usd'),
      listCostUsd: usd('list_cost_usd'),
      contractedCostUsd: usd('contracted_cost_usd'),
      reportedCostUsd: usd('reported_cost_usd'),
      components: {
        uncachedInput: usd('uncached_input_cost_usd'),
        cacheRead: usd('cache_read_cost_usd'),
        cacheWrite: usd('cache_write_cost_usd'),
        output: usd('output_cost_usd'),
        units: usd('units_cost_usd'),
      },
      ruleId: 'price_rule_id',
      variant: 'price_variant',
      tier: 'price_tier',
      multipliers: ['price_multipliers'],
      bookVersion: 'price_book_version',
      lines: () => [],
    },
    version: 1n,
    tokensGiven: false,
    receivedAt: 0,
  }
}

function priced(fields: Parameters<typeof usageEvent>[0]): PricedEvent {
  const normalised = normaliseEvent(usageEvent(fields))
  assert.equal(normalised.kind, 'ok')
  const value = normalised.kind === 'ok' ? normalised.value : assert.fail()
  return {
    event: value.event,
    place: {
      logId: 'log',
      topic: 't',
      partition: 3,
      record: { key: 'k', value: new Uint8Array(), offset: 77, timestamp: 0 },
    },
    cost: priceEvent(value, BOOK),
    version: (3n << 62n) | 5n,
    tokensGiven: true,
    receivedAt: Date.UTC(2026, 10, 20, 10, 0, 1),
  }
}
