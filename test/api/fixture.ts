// What the tests of the API share: a small price book, events that go into the warehouse the way the consumer and the
// aggregator put them there, and the API's routes in front of it.

import assert from 'node:assert/strict'
import { toSpans, touchedHours } from '#core/hours.ts'
import { normaliseEvent } from '#core/normalise/index.ts'
import { priceEvent } from '#core/price.ts'
import { compileBook, type PriceBook } from '#core/price-book.ts'
import { noTokens, type Tokens } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { createHttpServer } from '#platform/http.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'
import { createAggregatorContext } from '../../services/aggregator/app.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { type ApiContext, registerApi } from '../../services/api/app.ts'
import type { PricedEvent } from '../../services/consumer/delivery.ts'
import { USAGE_COLUMNS } from '../../services/consumer/usage-row.ts'
import { encodeRows } from '../consumer/encode-rows.ts'
import type { Cleanup, TestEngine } from '../support/engine.ts'
import { silentLog, testRegistry } from '../support/silent.ts'

/** $1 in, $2 out, $0.1 cached, for a million tokens; batch is half. `large` is ten times as dear. */
export function testBook(version = '1'): PriceBook {
  const model = (id: string, times: number) => ({
    id: `openai/${id}`,
    provider: 'openai',
    model: id,
    effective: { from: '2000-01-01T00:00:00Z', to: null },
    variants: [
      {
        id: 'standard',
        rates: { input: `${times}/Mtok`, output: `${2 * times}/Mtok`, cache_read: `0.${times}/Mtok` },
      },
    ],
    multipliers: [{ id: 'batch', when: { batch: true }, tokens: '1/2' }],
  })
  const compiled = compileBook({
    $schema: 'price-book/v1',
    book: { id: 'test', version, currency: 'USD' },
    models: ['small', 'large'].map(id => ({ provider: 'openai', id, match: { exact: [id] } })),
    rules: [model('small', 1), model('large', 9)],
    bucket_fallback: {},
  })
  assert.ok(compiled.kind === 'ok', compiled.kind === 'ok' ? '' : compiled.complaints.join())
  return compiled.book
}

/** A call of the small model that brings its tokens. */
export function usageEvent(
  event: Partial<Omit<UsageEvent, 'tokens'>> & {
    event_id: string
    occurred_at: number
    tokens?: Partial<Tokens>
  },
): UsageEvent {
  return {
    ...defaultEvent(),
    received_at: event.occurred_at,
    provider: 'openai',
    request_model: 'small',
    response_model: 'small',
    usage_source: 'provider',
    ...event,
    tokens: { ...noTokens(), ...event.tokens },
  }
}

let offset = 0

/** A book as the API is given it. */
export const booksOf = (book: PriceBook): ApiContext['books'] => ({
  current: () => ({ book, shippedHash: book.hash, overlayHash: '' }),
})

export function priced(event: UsageEvent, book: PriceBook): PricedEvent {
  const normalised = normaliseEvent(event)
  assert.ok(normalised.kind === 'ok', JSON.stringify(normalised))
  const record = {
    key: event.event_id,
    value: new Uint8Array(),
    offset: offset++,
    timestamp: event.received_at,
  }
  return {
    ...normalised.value,
    tokensGiven: true,
    place: { logId: 'test', topic: 'test', partition: 0, record },
    cost: priceEvent(normalised.value, book),
    version: 1n,
    receivedAt: event.received_at,
  }
}

/** Stores events and brings the rollups up to date. */
export async function storeEvents(
  engine: TestEngine,
  events: readonly UsageEvent[],
  book: PriceBook,
): Promise<PricedEvent[]> {
  const rows = events.map(event => priced(event, book))
  await engine.warehouse('writer').insert('usage_events', USAGE_COLUMNS, encodeRows(rows))
  const context = createAggregatorContext({
    warehouse: engine.warehouse('aggregator'),
    log: silentLog(),
    registry: testRegistry(),
    clock: { now: () => Date.now() },
    topic: 'test',
    retentionDays: 400,
  })
  for (const span of toSpans(events.flatMap(event => touchedHours(event.occurred_at)))) {
    await recomputeSpan(context, span)
  }
  return rows
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly body: Record<string, unknown>
}

export interface TestApi {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body: unknown, contentType?: string): Promise<Answer>
}

/** The API's routes over an engine, with a clock that stands still. */
export function createTestApi(
  context: Cleanup,
  options: Pick<ApiContext, 'warehouse'> & Partial<ApiContext> & { readonly now: number },
): TestApi {
  const server = createHttpServer({ host: '127.0.0.1', log: silentLog(), metrics: testRegistry() })
  registerApi(server, {
    clock: { now: () => options.now },
    books: booksOf(testBook()),
    defaultZone: 'UTC',
    log: silentLog(),
    ...options,
  })
  context.after(() => server.close())

  async function inject(request: {
    method: 'GET' | 'POST'
    url: string
    payload?: string
    headers?: Record<string, string>
  }): Promise<Answer> {
    const { statusCode, headers, payload } = await server.inject(request)
    const json = String(headers['content-type']).includes('json')
    return { status: statusCode, headers, text: payload, body: json ? JSON.parse(payload) : {} }
  }
  return {
    get: (url, headers = {}) => inject({ method: 'GET', url, headers }),
    post: (url, body, contentType = 'application/json') =>
      inject({
        method: 'POST',
        url,
        payload: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': contentType },
      }),
  }
}
