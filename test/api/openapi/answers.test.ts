// Real answers beside the document: what a running server says has the status, the type, the headers and exactly the fields that
// the document promises.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { LedgerError } from '#core/errors.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { bearer, keysOf, newKey } from '../../platform/api-keys/kit.ts'
import { startEngine } from '../../support/engine.ts'
import { storeEvents, testBook, usageEvent } from '../fixture.ts'
import { createFullServer, NOW } from './server.ts'
import { complaints, operationOf, operations } from './validator.ts'

const engine = await startEngine({ after })
const server = createFullServer({ after }, { warehouse: engine.warehouse('reader') })

const HOUR = 3_600_000

const EVENTS = [
  usageEvent({
    event_id: 'priced',
    occurred_at: NOW - HOUR,
    feature: 'chat',
    user_id: 'u1',
    tokens: { input: 1000, cache_read: 500, output: 100 },
    tags: { experiment: 'b' },
    units: { web_search: '2' },
    prompt_parts: { system: 1200 },
    raw_usage: '{"prompt_tokens":1500,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":500}}',
    output_started: true,
    latency_ms: 812,
  }),
  usageEvent({ event_id: 'cheap', occurred_at: NOW - 2 * HOUR, batch: true, tokens: { input: 1000 } }),
  usageEvent({
    event_id: 'unpriced',
    occurred_at: NOW - HOUR,
    response_model: 'what',
    tokens: { input: 10 },
  }),
  usageEvent({
    event_id: 'inconsistent',
    occurred_at: NOW - HOUR,
    tokens: { input: 10 },
    total_tokens_reported: 11,
  }),
  usageEvent({ event_id: 'failed', occurred_at: NOW - HOUR, status: 'error', error_type: 'timeout' }),
  usageEvent({
    event_id: 'yesterday',
    occurred_at: NOW - 24 * HOUR,
    feature: 'chat',
    tokens: { input: 2000 },
  }),
]

const letter = (id: string, offset: number | null) => ({
  dead_letter_id: id,
  refused_at: '2026-11-24 10:01:00.000',
  stage: 'consumer',
  reason: 'too_old',
  field: 'occurred_at',
  got: '1',
  expected: 'later',
  message: 'too old',
  event_id: '',
  log_id: 'log',
  log_topic: 'topic',
  log_partition: offset === null ? null : 0,
  log_offset: offset,
  bytes: 'x',
  bytes_total: 1,
  replayed_at: offset === null ? null : '2026-11-24 10:02:00.000',
})

const change = (version: number, reason: string, calls: number) => ({
  hour: '2026-11-24 08:00:00',
  version,
  reason,
  new_calls: calls,
  new_unpriced: version === 1 ? null : 0,
  new_cost_usd: '1.5',
  changed_at: `2026-11-24 10:0${version}:00`,
})

interface Request {
  readonly path: string
  readonly query?: string
  readonly id?: string
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks, and holds the answer against the document. */
async function ask({ path, query = '', id = '', body, headers = {} }: Request, of = server) {
  const method = body === undefined ? 'GET' : 'POST'
  const url = `${path.replace('{id}', encodeURIComponent(id))}${query}`
  const answer = await of.inject({
    method,
    url,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { payload: body }),
  })
  const { statusCode: status, payload: text } = answer
  const said = `${method} ${url}: ${status} ${text.slice(0, 2_000)}`
  const { responses } = operationOf(method, path)
  const response = responses[String(status)]
  assert.ok(response, `a status that is not in the document: ${said}`)
  for (const name of Object.keys(answer.headers).filter(name => !IN_EVERY_ANSWER.has(name))) {
    const documented = Object.keys(response.headers ?? {}).map(header => header.toLowerCase())
    assert.ok(documented.includes(name), `a header that is not in the document: ${name}, ${said}`)
  }
  if (status === 304) return { status, text, json: {}, headers: answer.headers }
  const type = String(answer.headers['content-type']).split(';', 1)[0] ?? ''
  const media = response.content?.[type]
  assert.ok(media, `a type that is not in the document: ${type}, ${said}`)
  const json = type.endsWith('json') ? JSON.parse(text) : text
  assert.equal(complaints(media.schema, json), '', said)
  return { status, text, json, headers: answer.headers }
}

/** Headers of HTTP itself. */
const IN_EVERY_ANSWER: ReadonlySet<string> = new Set([
  'cache-control',
  'connection',
  'content-disposition',
  'content-length',
  'content-type',
  'date',
])

const CALL = {
  provider: 'openai',
  request_model: 'small',
  usage: { prompt_tokens: 1200, completion_tokens: 90, prompt_tokens_details: { cached_tokens: 800 } },
}

const json = (value: unknown): string => JSON.stringify(value)

describe('answers are as the document says', () => {
  before(async () => {
    await storeEvents(engine, EVENTS, testBook())
    const writer = engine.warehouse('writer')
    await writer.insertObjects('watermarks', [{ name: 'complete_until', value: '2026-11-24 10:06:58.500' }])
    await writer.insertObjects('dead_letters', [letter('log/topic/0/1', 1), letter('sha/abc', null)])
    await engine
      .warehouse('aggregator')
      .insertObjects('rollup_changes', [change(1, 'first', 1), change(2, 'late', 2)])
  })

  /** Every value of a parameter that has a list, so that every metric and dimension is answered once. */
  const everyOf = (path: string, name: string): readonly string[] => {
    const parameter = operationOf('GET', path).parameters.find(one => one.name === name)
    const { items } = parameter?.schema ?? {}
    const values = items?.enum ?? (items as { anyOf?: { enum?: string[] }[] } | undefined)?.anyOf?.[0]?.enum
    assert.ok(values && values.length > 10, `${path} ${name}`)
    return values
  }

  const tens = (values: readonly string[]): string[] =>
    Array.from({ length: Math.ceil(values.length / 10) }, (_, i) =>
      values.slice(i * 10, i * 10 + 10).join(','),
    )

  for (const path of ['/v1/costs', '/v1/costs/timeseries', '/v1/coverage']) {
    it(`GET ${path}`, async () => {
      const { json: plain } = await ask({ path })
      assert.equal(plain.data.length, path.endsWith('timeseries') ? 2 : 1)
      await ask({
        path,
        query: '?group_by=feature,tag.experiment&from=today&compare=previous&tz=Asia/Kathmandu',
      })
      await ask({ path, query: '?from=2020-01-01&to=2020-01-02' })
      assert.ok((await ask({ path, query: '?feature=chatt' })).json.meta.unknown_values)
      await ask({ path, query: '?group_by=model&limit=1&format=csv' })
      await ask({ path, query: '?group_by=nothing' })
      for (const some of tens(everyOf(path, 'group_by'))) await ask({ path, query: `?group_by=${some}` })
    })
  }

  it('every metric, also of nothing', async () => {
    for (const some of tens(everyOf('/v1/costs', 'metrics'))) {
      for (const window of ['from=today&compare=previous', 'from=2020-01-01&to=2020-01-02']) {
        await ask({ path: '/v1/costs', query: `?metrics=${some}&${window}` })
        await ask({ path: '/v1/costs', query: `?metrics=${some}&group_by=feature&${window}` })
      }
    }
  })

  it('coverage over time', async () => {
    await ask({ path: '/v1/coverage', query: '?granularity=hour&group_by=cost_reason' })
  })

  it('explanations, against every kind of baseline, and of nothing', async () => {
    const path = '/v1/explain'
    const { json: day } = await ask({ path, query: '?from=today' })
    assert.notEqual(day.change_usd, '0')
    assert.ok(day.carried_by.feature.length > 0)
    for (const baseline of ['week', '4w', '2026-11-01/2026-11-08']) {
      await ask({ path, query: `?baseline=${baseline}&feature=chat&tz=Asia/Kathmandu` })
    }
    await ask({ path, query: '?from=2020-01-01&to=2020-01-02' })
    await ask({ path, query: '?from=2026-01-01' })
    await ask({ path, query: '?from=today&format=csv' })
    await ask({ path, query: '?baseline=never' })
  })

  it('lists of calls', async () => {
    const path = '/v1/events'
    const { json: first } = await ask({ path, query: '?limit=2&order=top' })
    assert.equal(first.data.length, 2)
    await ask({ path, query: `?limit=2&order=top&cursor=${first.next_cursor}` })
    await ask({ path, query: '?limit=2&format=csv' })
    await ask({ path, query: '?user=u1' })
  })

  it('one call of each kind', async () => {
    for (const { event_id: id } of EVENTS) {
      const { status } = await ask({ path: '/v1/events/{id}', id, query: '?tz=America/New_York' })
      assert.equal(status, 200)
    }
    assert.equal((await ask({ path: '/v1/events/{id}', id: 'none' })).status, 404)
  })

  it('refused events and changes', async () => {
    for (const path of ['/v1/dead-letters', '/v1/changes']) {
      const { json: page } = await ask({ path, query: '?limit=1' })
      assert.equal(page.data.length, 1)
      await ask({ path, query: `?limit=1&cursor=${page.next_cursor}` })
      await ask({ path, query: '?limit=1&format=csv' })
      await ask({ path, query: '?reason=none' })
    }
    assert.equal((await ask({ path: '/v1/dead-letters/{id}', id: 'sha' })).status, 200)
    assert.equal((await ask({ path: '/v1/dead-letters/{id}', id: 'none' })).status, 404)
  })

  it('prices: of one model, of an unknown one, of all', async () => {
    const path = '/v1/prices'
    assert.equal((await ask({ path, query: '?model=small' })).json.data.length, 1)
    assert.deepEqual((await ask({ path, query: '?model=smal' })).json.meta.did_you_mean, ['small'])
    await ask({ path, query: '?provider=nobody' })
    assert.equal(typeof (await ask({ path, query: '?limit=1' })).json.next_cursor, 'string')
    await ask({ path, query: '?limit=1&format=csv' })
    await ask({ path, query: '?at=never' })
  })

  it('quotes and receipts', async () => {
    for (const path of ['/v1/quote', '/v1/events']) {
      const sent = async (body: string | Buffer, headers = {}) => (await ask({ path, body, headers })).status
      assert.ok((await sent(json(CALL))) < 300)
      assert.ok((await sent(json([CALL, { ...CALL, provider: '' }, { ...CALL, unheard: 1 }]))) < 300)
      assert.equal(await sent(json([{}])), 422)
      assert.equal(await sent('{'), 400)
      assert.equal(await sent('[]'), 400)
      assert.equal(await sent('x', { 'content-encoding': 'gzip' }), 400)
      assert.equal(await sent(json(CALL), { 'content-type': 'text/plain' }), 415)
      assert.equal(await sent(json(Array(1_001).fill(0))), 413)
      assert.equal(await sent(gzipSync(' '.repeat(2 ** 20 + 1)), { 'content-encoding': 'gzip' }), 413)
    }
    await ask({
      path: '/v1/quote',
      body: json({ ...CALL, usage: null, tokens: { input: 1 }, max_output_tokens: 5 }),
    })
  })

  it('the examples of requests are taken as they are', async () => {
    for (const { path, requestBody } of operations) {
      for (const [type, { example, examples = {} }] of Object.entries(requestBody?.content ?? {})) {
        const bodies =
          example === undefined ? Object.values(examples).map(({ value }) => json(value)) : [String(example)]
        for (const body of bodies) {
          const { json: answer } = await ask({ path, body, headers: { 'content-type': type } })
          assert.deepEqual([answer.rejected, answer.code], [[], undefined], `${path} ${type}`)
        }
      }
    }
  })

  it('what orchestrators and Prometheus ask', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) assert.equal((await ask({ path })).status, 200)
  })

  it('nothing twice: an answer that is at hand is 304 for every question', async () => {
    const questions = operations.filter(({ responses }) => responses['304'])
    assert.ok(questions.length > 5)
    for (const { path } of questions) {
      const id = path.includes('dead-letters') ? 'sha/abc' : 'priced'
      const { headers } = await ask({ path, id })
      const again = await ask({ path, id, headers: { 'if-none-match': String(headers['etag']) } })
      assert.equal(again.status, 304, path)
    }
  })

  it('a warehouse that is away, refuses or gives up is told for every question', async t => {
    for (const code of [
      'warehouse_unavailable',
      'warehouse_denied',
      'warehouse_refused',
      'query_too_large',
    ] as const) {
      const query = async () => {
        throw new LedgerError(code)
      }
      const broken = createFullServer(t, { warehouse: { query } as unknown as Warehouse })
      for (const { path } of operations.filter(({ responses }) => responses['304'])) {
        const { status, json: problem } = await ask({ path, id: 'x' }, broken)
        if (path === '/v1/prices') assert.equal(status, 200)
        else assert.equal(problem.code, code, path)
      }
    }
  })

  it('who has no key, or sends more than it may, is told so', async t => {
    const { record, key } = newKey({ scopes: ['admin'], limits: { events_per_minute: 1 } })
    const guarded = createFullServer(t, { keys: keysOf(t, [{ record, key }], { now: () => NOW }) })
    for (const { method, path, security } of operations) {
      const post = method === 'POST' ? { body: json(CALL) } : {}
      const { status } = await ask({ path, id: 'x', ...post }, guarded)
      assert.equal(status, security.length > 0 ? 401 : 200, path)
    }
    const send = { path: '/v1/events', body: json([CALL, CALL]), headers: bearer(key) }
    assert.equal((await ask(send, guarded)).status, 202)
    assert.equal((await ask(send, guarded)).status, 429)
  })

  it('foreign hosts are refused everywhere', async () => {
    for (const { method, path } of operations.filter(one => one.method === 'GET')) {
      const { status } = await ask({ path, id: 'x', headers: { host: 'evil.example' } })
      assert.equal(status, 403, `${method} ${path}`)
    }
  })

  it('would be told apart from others: a field too many and one too few fail', async () => {
    const { json: answer } = await ask({ path: '/v1/costs' })
    const schema =
      operationOf('GET', '/v1/costs').responses['200']?.content?.['application/json']?.schema ?? {}
    const { currency: _, ...less } = answer
    assert.notEqual(complaints(schema, less), '')
    assert.notEqual(complaints(schema, { ...answer, more: 1 }), '')
    assert.notEqual(complaints(schema, { ...answer, total: { ...answer.total, calls: '1.5' } }), '')
  })
})
