// The ledger's side of the differential test: puts a world's copies into the real engine with the code of consumer, repricing
// and aggregator, as they would come over the days, and tells the naive side what repricing should have added.

import assert from 'node:assert/strict'
import { fromSqlTime, toSpans } from '#core/hours.ts'
import { compileBook, type PriceBook } from '#core/price-book.ts'
import { noTokens } from '#core/tokens.ts'
import { STATUSES, type UsageEvent } from '#core/usage-event.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { reprice } from '../../services/consumer/reprice/reprice.ts'
import { contextOver } from '../aggregator/kit.ts'
import { usageEvent } from '../consumer/events.ts'
import { numbered, store } from '../consumer/reprice/kit.ts'
import type { TestEngine } from '../support/engine.ts'
import { silentLog } from '../support/silent.ts'
import { DAY } from './differential-clock.ts'
import { type Copy, costOf, type Rates, winners } from './differential-naive.ts'
import { type Arrival, BOOKS, CHANGES } from './differential-world.ts'

/** USD for a million tokens, of tenths of a picodollar for one. */
const perMillion = (tenths: number): string => `${(tenths / 1e7).toFixed(7)}/Mtok`

function bookOf(rates: Rates, version: string): PriceBook {
  const models = Object.keys(rates)
  const compiled = compileBook({
    $schema: 'price-book/v1',
    book: { id: 'test', version, currency: 'USD' },
    models: models.map(id => ({ provider: 'openai', id, match: { exact: [id] } })),
    rules: models.map(model => ({
      id: model,
      provider: 'openai',
      model,
      effective: { from: '2000-01-01T00:00:00Z', to: null },
      variants: [
        {
          id: 'standard',
          rates: Object.fromEntries(
            Object.entries(rates[model] ?? {}).map(([bucket, tenths]) => [bucket, perMillion(tenths)]),
          ),
        },
      ],
      multipliers: [{ id: 'batch', when: { batch: true }, tokens: '1/2' }],
    })),
    bucket_fallback: {},
  })
  assert.ok(compiled.kind === 'ok', 'complaints' in compiled ? compiled.complaints.join() : '')
  return compiled.book
}

function eventOf(copy: Copy): UsageEvent {
  const { fields, tokens, contradicts, reported, book: _, ...rest } = copy
  const { model, status, ...others } = fields
  const total = Object.values(tokens).reduce((sum, count) => sum + count, 0)
  return usageEvent({
    ...rest,
    ...others,
    status: STATUSES.find(known => known === status) ?? 'ok',
    request_model: String(model),
    response_model: String(model),
    tokens: { ...noTokens(), ...tokens },
    total_tokens_reported: contradicts ? total + 1 : null,
    reported_cost: reported,
  })
}

/** Rolls up every hour that a batch has named since its last recompute. */
async function rollUp(engine: TestEngine): Promise<void> {
  const aggregator = engine.warehouse('aggregator')
  const rows = await aggregator.query<{ hour: string }>(
    `SELECT DISTINCT hour FROM ingest_batches ARRAY JOIN hours AS hour
LEFT JOIN (SELECT hour, max(version) AS version FROM rollup_runs GROUP BY hour) AS run ON run.hour = hour
WHERE toUnixTimestamp64Micro(inserted_at) > run.version`,
  )
  const context = contextOver(aggregator)
  for (const span of toSpans(rows.map(({ hour }) => fromSqlTime(hour)))) await recomputeSpan(context, span)
}

/** Where prices are changed; the days around the last clock change keep their old ones. */
const REPRICED = { from: (CHANGES[0] ?? 0) - 3 * DAY, to: (CHANGES[1] ?? 0) + 3 * DAY }

/** Stores and rolls up all arrivals in their order. @returns every copy that is in the ledger then */
export async function fill(engine: TestEngine, arrivals: readonly Arrival[]): Promise<Copy[]> {
  const writer = engine.warehouse('writer')
  const copies: Copy[] = []
  const old = await numbered(writer, bookOf(BOOKS[0], '1'))

  async function arrive(stage: number, books: readonly (typeof old)[]): Promise<void> {
    const fresh = arrivals.filter(arrival => arrival.stage === stage).map(({ copy }) => copy)
    // Every fourth that was there before comes once more.
    const all = [...fresh, ...copies.filter((_, n) => n % 4 === stage)]
    copies.push(...fresh)
    for (const [number, book] of books.entries()) {
      const own = all.filter(copy => copy.book === number)
      if (own.length > 0) await store(writer, book, own.map(eventOf))
    }
  }

  await arrive(0, [old])
  await rollUp(engine)
  const books = [old, await numbered(writer, bookOf(BOOKS[1], '2'))]
  await arrive(1, books)
  const [, pricing] = books
  assert.ok(pricing)
  const context = { warehouse: writer, pricing, log: silentLog() }
  const { total } = await reprice(context, 'differential', REPRICED, { by: 'cli' })
  const repriced = repricedCopies(copies)
  assert.equal(total.events, repriced.length, 'repricing changes what has another price now')
  copies.push(...repriced)
  await arrive(2, books)
  await rollUp(engine)
  return copies
}

/** What counts of these days is there once more with its new price, where that is another. */
function repricedCopies(copies: readonly Copy[]): Copy[] {
  return winners(copies)
    .filter(({ occurred_at: at }) => at >= REPRICED.from && at < REPRICED.to)
    .flatMap(copy => {
      const again = { ...copy, book: 1 }
      const [before, after] = [copy, again].map(one => costOf(one, BOOKS))
      return before?.usd === after?.usd ? [] : [again]
    })
}
