// What a key does to the events that come with it: who may send, what is pinned, how much gets in, and where the key itself must
// never turn up.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { createLogger } from '#platform/log.ts'
import { bearer, keysOf, newKey } from '../platform/api-keys/kit.ts'
import { collectLines } from '../platform/http-fixture.ts'
import { createHarness, MINIMAL, NOW, named } from './harness.ts'
import type { PostOptions } from './server.ts'

test('events come in with an ingest key, and not with one that only reads', async t => {
  const [ingest, read] = [newKey(), newKey({ scopes: ['read'] })]
  const { post, records } = await createHarness(t, { keys: clock => keysOf(t, [ingest, read], clock) })
  assert.equal((await post(named('a'))).status, 401)
  const refused = await post(named('a'), { headers: bearer(read.key) })
  assert.equal(refused.status, 403)
  assert.match(refused.body.detail ?? '', /scope ingest is needed/)
  assert.deepEqual(await records(), [])
  assert.equal((await post(named('a'), { headers: bearer(ingest.key) })).status, 202)
  assert.equal((await records()).length, 1)
})

test('pinned fields say what the key says; an event that says otherwise is taken with a warning', async t => {
  const { record, key } = newKey({ pinned: { environment: 'prod', source: 'billing' } })
  const { post, events } = await createHarness(t, { keys: clock => keysOf(t, [{ record, key }], clock) })
  const answer = await post(
    [
      named('a', { environment: 'dev' }),
      named('b'),
      named('c', { environment: 'prod', team: 'core' }),
      { ...MINIMAL, response_id: 'x', occurred_at: NOW, source: 'elsewhere' },
    ],
    { headers: bearer(key), query: '?strict=1' },
  )
  assert.equal(answer.status, 202, answer.text)
  assert.deepEqual(answer.body.warnings, [
    { index: 0, message: 'environment was "dev" and is now "prod", which the API key pins' },
    { index: 3, message: 'source was "elsewhere" and is now "billing", which the API key pins' },
  ])
  assert.deepEqual(
    (await events())
      .map(({ event_id, environment, source, team }) => [event_id, environment, source, team])
      .sort(),
    [
      ['a', 'prod', 'billing', ''],
      ['b', 'prod', 'billing', ''],
      ['c', 'prod', 'billing', 'core'],
      ['r:openai:x', 'prod', 'billing', ''],
    ],
  )
})

test('a refused event keeps its pins, so that sending it again with another key does not move its spend', async t => {
  const pinning = newKey({ pinned: { environment: 'prod' } })
  const plain = newKey()
  const { post, postLines, letters, events } = await createHarness(t, {
    keys: clock => keysOf(t, [pinning, plain], clock),
  })
  const old = { occurred_at: NOW - 500 * 86_400_000, environment: 'dev' }
  await post([named('a', old), named('b')], { headers: bearer(pinning.key) })
  await postLines([JSON.stringify(named('c', old)), 'no json'], { headers: bearer(pinning.key) })
  const kept = await letters()
  assert.deepEqual(
    kept.map(({ text }) => (text === 'no json' ? text : JSON.parse(text).environment)).sort(),
    ['no json', 'prod', 'prod'],
  )
  await events()
  const again = kept
    .filter(({ text }) => text.startsWith('{'))
    .map(({ text }) => text.replace(/"occurred_at":\d+/, `"occurred_at":${NOW}`))
  assert.equal((await postLines(again, { headers: bearer(plain.key) })).body.accepted, 2)
  for (const { environment } of await events()) assert.equal(environment, 'prod')
})

test('over its limit of events a key gets 429 with the time to wait, and nothing of the request is taken', async t => {
  const { record, key } = newKey({ limits: { events_per_minute: 6 } })
  const { post, records, letters, advance, count } = await createHarness(t, {
    keys: clock => keysOf(t, [{ record, key }], clock),
  })
  const headers = bearer(key)
  const eight = Array.from({ length: 8 }, (_, i) => named(`a${i}`))
  assert.equal((await post(eight, { headers })).body.accepted, 8)
  assert.equal((await records()).length, 8)

  const refused = await post([named('b'), { broken: true }], { headers })
  assert.equal(refused.status, 429)
  assert.equal(refused.body.code, 'rate_limited')
  assert.equal(refused.retryAfter, 21)
  assert.deepEqual(await records(), [])
  assert.deepEqual(await letters(), [])
  assert.equal(await count('spendledger_events_accepted_total'), 8)

  advance(21_000)
  assert.equal((await post(named('b'), { headers })).status, 202)
})

test('refused events count too: a broken sender in a loop is slowed like any other', async t => {
  const { record, key } = newKey({ limits: { events_per_minute: 2 } })
  const { post } = await createHarness(t, { keys: clock => keysOf(t, [{ record, key }], clock) })
  const options = { headers: bearer(key) }
  assert.equal((await post([7, 8], options)).status, 422)
  assert.equal((await post([7], options)).status, 429)
})

test('bytes count after decompression', async t => {
  const { record, key } = newKey({ limits: { bytes_per_minute: 10_000 } })
  const { post, postLines } = await createHarness(t, { keys: clock => keysOf(t, [{ record, key }], clock) })
  const headers = bearer(key)
  const large = JSON.stringify(named('a', { tags: { a: 'x'.repeat(200) }, note: 'y'.repeat(20_000) }))
  assert.equal((await postLines([large], { headers, gzip: true })).status, 202)
  const refused = await post(named('b'), { headers })
  assert.equal(refused.status, 429)
  assert.match(refused.body.detail ?? '', /10000 bytes a minute/)
})

test('a body that is refused as a whole costs its bytes, and an accepted one costs them once', async t => {
  const filler = 'x'.repeat(5_000)
  const refusals: readonly [string | Uint8Array, PostOptions, number][] = [
    [`{"cut":"${filler}`, {}, 400],
    [Buffer.from([...Buffer.from(filler), 0xff]), {}, 400],
    [JSON.stringify(Array(1_001).fill(MINIMAL)), {}, 413],
    [JSON.stringify(named('a', { note: filler })), { query: '?strict=maybe' }, 400],
    [randomBytes(5_000), { headers: { 'content-encoding': 'gzip' } }, 400],
    ['x'.repeat(2 ** 20 + 1), { gzip: true }, 413],
  ]
  for (const [body, options, status] of refusals) {
    const { record, key } = newKey({ limits: { bytes_per_minute: 1_000 } })
    const { post } = await createHarness(t, { keys: clock => keysOf(t, [{ record, key }], clock) })
    const answer = await post(body, { ...options, headers: { ...options.headers, ...bearer(key) } })
    assert.equal(answer.status, status, answer.text)
    assert.equal((await post(named('b'), { headers: bearer(key) })).status, 429, answer.text)
  }

  const { record, key } = newKey({ limits: { bytes_per_minute: 1_000 } })
  const { post } = await createHarness(t, {
    keys: clock => keysOf(t, [{ record, key }], clock),
    before: async () => {
      throw new LedgerError('log_unavailable')
    },
  })
  const half = named('a', { note: 'x'.repeat(400) })
  assert.equal((await post(half, { headers: bearer(key) })).status, 503)
  assert.equal((await post(half, { headers: bearer(key) })).status, 503)
})

test('requests at the same time do not get in together where only one may', async t => {
  const { record, key } = newKey({ limits: { events_per_minute: 1 } })
  const { post, records } = await createHarness(t, { keys: clock => keysOf(t, [{ record, key }], clock) })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => post(named(`a${i}`), { headers: bearer(key) })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [202, ...Array(19).fill(429)])
  assert.equal((await records()).length, 1)
})

test('a key turns up in no log, metric, answer or dead letter, whatever way it came', async t => {
  const keys = { good: newKey(), read: newKey({ scopes: ['read'] }), unknown: newKey() }
  const stream = collectLines()
  const log = createLogger({ level: 'trace', format: 'json', service: 'test', stream })
  const { url, post, letters, metrics } = await createHarness(t, {
    log,
    keys: clock => keysOf(t, [keys.good, keys.read], clock),
  })
  const answers: string[] = []
  const send = async (path: string, headers: Record<string, string>, body = '{"broken":1}') => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    answers.push(JSON.stringify([...response.headers]), await response.text())
    return response.status
  }

  const right = bearer(keys.good.key)
  assert.equal((await post(named('a'), { headers: right })).status, 202)
  assert.equal(await send('/v1/events', right), 422)
  assert.equal(await send('/v1/events', right, '{"cut'), 400)
  assert.equal(await send('/nothing', right), 404)
  assert.equal(await send('/v1/events', bearer(keys.read.key)), 403)
  for (const { key } of Object.values(keys)) {
    for (const headers of [
      { authorization: key },
      { authorization: `Basic ${key}` },
      { authorization: `Bearer ${key}x` },
      { 'x-api-key': key },
      { cookie: key },
    ]) {
      assert.equal(await send('/v1/events', headers), 401)
    }
    assert.equal(await send(`/v1/events?api_key=${key}&key=${key}`, {}), 401)
    assert.equal(await send(`/v1/events?api_key=${key}`, right), 400)
    assert.equal(
      await send('/v1/events', { ...right, 'x-api-key': key, referer: `http://a/?key=${key}` }),
      422,
    )
  }
  assert.equal(await send('/v1/events', bearer(keys.unknown.key)), 401)

  const everywhere = { answers, letters: await letters(), metrics: await metrics(), lines: stream.lines }
  assert.ok(everywhere.lines.length > 10, 'requests are logged at this level')
  assert.ok(everywhere.letters.length > 0)
  assert.match(everywhere.metrics, /spendledger_auth_failures_total\{reason="malformed"/)
  for (const [where, text] of Object.entries(everywhere)) {
    for (const { key, record } of Object.values(keys)) {
      const secret = key.split('_')[2] ?? ''
      assert.ok(!JSON.stringify(text).includes(secret), where)
      assert.ok(!JSON.stringify(text).includes(record.hash), where)
    }
  }
})
