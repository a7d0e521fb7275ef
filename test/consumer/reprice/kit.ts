// What the tests of repricing share: small books with numbers, a consumer's way of storing events, and a ledger's totals.

import assert from 'node:assert/strict'
import { HOUR_MS, hoursOf, startOfDay, toSpans, toSqlTime, touchedHours } from '#core/hours.ts'
import { eventVersion } from '#core/identity.ts'
import { NORMALISER_VERSION, normaliseEvent } from '#core/normalise/index.ts'
import { priceEvent } from '#core/price.ts'
import { compileBook, type PriceBook } from '#core/price-book.ts'
import { noTokens } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import type { PriceBooks, Pricing } from '#platform/price-books.ts'
import { systemClock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { recomputeSpan } from '../../../services/aggregator/recompute.ts'
import { verify } from '../../../services/aggregator/verify/verify.ts'
import { registerBook } from '../../../services/consumer/book-version.ts'
import type { NumberedBook } from '../../../services/consumer/context.ts'
import type { RepriceReport } from '../../../services/consumer/reprice/report.ts'
import { reprice } from '../../../services/consumer/reprice/reprice.ts'
import type { RunOptions } from '../../../services/consumer/reprice/scope.ts'
import { createRowWriter } from '../../../services/consumer/row-binary.ts'
import { USAGE_COLUMNS, writeRow } from '../../../services/consumer/usage-row.ts'
import { contextOver } from '../../aggregator/kit.ts'
import type { TestEngine } from '../../support/engine.ts'
import { silentLog } from '../../support/silent.ts'
import { usageEvent } from '../events.ts'

/** USD per million input tokens, by model; `later` is the price from an instant on. */
export type Rates = Readonly<Record<string, number>>

export function bookOf(rates: Rates, later?: { readonly from: number; readonly rates: Rates }): PriceBook {
  const rule = (model: string, rate: number, from: string, to: string | null) => ({
    id: `${model}@${from}`,
    provider: 'openai',
    model,
    effective: { from, to },
    variants: [{ id: 'standard', rates: { input: `${rate}/Mtok`, output: `${rate * 2}/Mtok` } }],
  })
  const start = '2020-01-01T00:00:00Z'
  const change = later && `${new Date(later.from).toISOString().slice(0, 19)}Z`
  const rules = Object.entries(rates).flatMap(([model, rate]) => {
    const next = later?.rates[model]
    if (next === undefined || change === undefined) return [rule(model, rate, start, null)]
    return [rule(model, rate, start, change), rule(model, next, change, null)]
  })
  const compiled = compileBook({
    $schema: 'price-book/v1',
    book: { id: 'test', version: '1', currency: 'USD' },
    models: Object.keys(rates).map(id => ({ provider: 'openai', id, match: { exact: [id] } })),
    rules,
    bucket_fallback: {},
  })
  assert.ok(compiled.kind === 'ok', 'complaints' in compiled ? compiled.complaints.join('; ') : '')
  return compiled.book
}

export const numbered = async (writer: Warehouse, book: PriceBook): Promise<NumberedBook> => ({
  book,
  sequence: await registerBook(
    writer,
    { bookHash: book.hash, overlayHash: '', normaliserVersion: NORMALISER_VERSION },
    book,
  ),
})

export type Fields = Partial<Omit<UsageEvent, 'tokens'>> & {
  readonly event_id: string
  readonly occurred_at: number
  /** tokens */
  readonly input?: number
}

export const event = ({ input = 1_000, ...fields }: Fields): UsageEvent =>
  usageEvent({
    provider: 'openai',
    request_model: 'a',
    response_model: 'a',
    feature: 'chat',
    tenant_id: 'acme',
    usage_source: 'provider',
    received_at: fields.occurred_at + 1_000,
    tokens: { ...noTokens(), input },
    ...fields,
  })

/** Stores events as a consumer with this book does, batch row included. */
export async function store(
  writer: Warehouse,
  { book, sequence }: NumberedBook,
  events: readonly UsageEvent[],
): Promise<void> {
  const rows = createRowWriter()
  for (const [offset, sent] of events.entries()) {
    const normalised = normaliseEvent(sent)
    assert.ok(normalised.kind === 'ok')
    const { value } = normalised
    const record = { key: sent.event_id, value: new Uint8Array(), offset, timestamp: sent.received_at }
    const version = eventVersion({
      usageSource: value.event.usage_source,
      bookSequence: sequence,
      receivedAt: sent.received_at,
    })
    writeRow(rows, {
      place: { logId: 'test', topic: 'test', partition: 0, record },
      event: value.event,
      tokensGiven: sent.tokens.input > 0,
      cost: priceEvent(value, book),
      receivedAt: sent.received_at,
      version,
    })
  }
  await writer.insert('usage_events', USAGE_COLUMNS, rows.bytes())
  const hours = [...new Set(events.flatMap(({ occurred_at }) => touchedHours(occurred_at)))]
  const row = {
    kind: 'log',
    hours: hours.map(hour => hour / 1000),
    read: events.length,
    stored: events.length,
  }
  await writer.insertObjects('ingest_batches', [row])
}

let runs = 0

export const repriceDay = (
  writer: Warehouse,
  pricing: NumberedBook,
  day: number,
  options: Partial<RunOptions> = {},
): Promise<RepriceReport> =>
  reprice(
    { warehouse: writer, pricing, log: silentLog() },
    `test-${++runs}`,
    { from: day, to: day + 24 * HOUR_MS },
    { by: 'cli', ...options },
  )

/** Recomputes the hours of a day that a batch row names, as the aggregator would, and proves that everything agrees. */
export async function settle(engine: TestEngine, day: number): Promise<void> {
  const aggregator = engine.warehouse('aggregator')
  const rows = await aggregator.query<{ hour: string }>(
    `SELECT DISTINCT hour FROM ingest_batches ARRAY JOIN hours AS hour
LEFT JOIN (SELECT hour, max(version) AS version FROM rollup_runs GROUP BY hour) AS run ON run.hour = hour
WHERE toUnixTimestamp64Micro(inserted_at) > run.version
  AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}`,
    { params: { from: day / 1000, to: day / 1000 + 86_400 } },
  )
  const context = contextOver(aggregator)
  const hours = rows.map(({ hour }) => Date.parse(`${hour.replace(' ', 'T')}Z`))
  for (const span of toSpans(hours)) await recomputeSpan(context, span)
  const report = await verify({ warehouse: aggregator, from: day, to: day + 24 * HOUR_MS, patienceMs: 0 })
  assert.deepEqual(
    report.findings.filter(({ check }) => check === 'totals'),
    [],
  )
}

/** `id feature cost status` of what a reader sees in a day. */
export async function seen(engine: TestEngine, day: number): Promise<string[]> {
  const rows = await engine.warehouse('reader').query<{ event: string }>(
    `SELECT concat(event_id, ' ', feature, ' ', ifNull(toString(cost_usd), '-'), ' ', cost_status) AS event
FROM v_events WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
ORDER BY event`,
    { params: { from: toSqlTime(day), to: toSqlTime(day + 24 * HOUR_MS) } },
  )
  return rows.map(row => row.event)
}

/** A day of its own for each test, long closed. */
let days = 0
export const nextDay = (): number => startOfDay(systemClock.now()) - (20 + ++days) * 24 * HOUR_MS

export const rowsIn = async (writer: Warehouse, day: number): Promise<number> => {
  const [row] = await writer.query<{ n: string }>(
    'SELECT count() AS n FROM usage_events WHERE toStartOfDay(occurred_at) = {day:DateTime}',
    { params: { day: day / 1000 } },
  )
  return Number(row?.n)
}

export const hoursOfDay = (day: number): number[] => hoursOf({ from: day, to: day + 24 * HOUR_MS })

/** A warehouse whose process dies after so many writes: nothing more is sent. */
export function dyingAfter(inner: Warehouse, writes: number): Warehouse {
  let left = writes
  const alive = async () => {
    if (--left < 0) throw new Error('killed')
    return inner
  }
  return {
    ...inner,
    insert: async (table, columns, rows, options) => (await alive()).insert(table, columns, rows, options),
    insertObjects: async (table, rows, options) => (await alive()).insertObjects(table, rows, options),
  }
}

/** Prices that a test changes, as the file of own prices would. */
export function changingBooks(first: PriceBook): PriceBooks & { change(book: PriceBook): void } {
  const pricingOf = (book: PriceBook): Pricing => ({ book, shippedHash: book.hash, overlayHash: '' })
  const listeners: ((pricing: Pricing) => void)[] = []
  let pricing = pricingOf(first)
  return {
    current: () => pricing,
    onChange: listener => void listeners.push(listener),
    close: () => undefined,
    change(book) {
      pricing = pricingOf(book)
      for (const listener of listeners) listener(pricing)
    },
  }
}
