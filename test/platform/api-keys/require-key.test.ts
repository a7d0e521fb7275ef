import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { NewKey } from '#platform/api-keys/new-key.ts'
import { listen } from '#platform/http-listen.ts'
import { createLogger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { collectLines, createServer, listening, rawRequest } from '../http-fixture.ts'
import { bearer, keysOf, newKey } from './kit.ts'

const KEYS = {
  ingest: newKey({ scopes: ['ingest'] }),
  read: newKey({ scopes: ['read'] }),
  both: newKey({ scopes: ['ingest', 'read'] }),
  admin: newKey({ scopes: ['admin'] }),
}
const REVOKED = revoked()

function revoked(): NewKey {
  const { record, key } = newKey()
  return { key, record: { ...record, revoked_at: '2026-11-24T09:00:00.000Z' } }
}

const ROUTES = { '/ingest': 'ingest', '/read': 'read', '/admin': 'admin', '/open': 'open' } as const

function serverWithKeys(t: TestContext) {
  const stream = collectLines()
  const metrics = createMetrics({ service: 'test' })
  const log = createLogger({ level: 'trace', format: 'json', service: 'test', stream })
  const app = createServer(t, { keys: keysOf(t, [...Object.values(KEYS), REVOKED]), metrics, log })
  for (const [path, scope] of Object.entries(ROUTES)) {
    app.get(path, { config: { scope } }, async request => request.apiKey?.id ?? 'nobody')
  }
  app.get('/either', { config: { scope: ['ingest', 'read'] } }, async () => 'ok')
  app.get('/forgotten', async () => 'ok')
  const failures = async (reason: string) => {
    const { values } = await (metrics.getSingleMetric('spendledger_auth_failures_total')?.get() ?? {
      values: [],
    })
    return values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0
  }
  return { app, failures, lines: stream.lines }
}

test('each scope opens its own routes, admin opens all, and a route that names no scope needs admin', async t => {
  const { app } = serverWithKeys(t)
  const opens = {
    ingest: ['/ingest', '/either', '/open'],
    read: ['/read', '/either', '/open'],
    both: ['/ingest', '/read', '/either', '/open'],
    admin: ['/ingest', '/read', '/admin', '/either', '/open', '/forgotten'],
  }
  for (const [name, { key }] of Object.entries(KEYS)) {
    for (const url of [...Object.keys(ROUTES), '/either', '/forgotten']) {
      const { statusCode } = await app.inject({ url, headers: bearer(key) })
      const expected = opens[name as keyof typeof KEYS].includes(url) ? 200 : 403
      assert.equal(statusCode, expected, `${name} ${url}`)
    }
  }
})

test('a refusal for scope names the scope that is needed', async t => {
  const { app, failures } = serverWithKeys(t)
  const answer = await app.inject({ url: '/either', headers: bearer(KEYS.read.key) })
  assert.equal(answer.statusCode, 200)
  const refused = await app.inject({ url: '/read', headers: bearer(KEYS.ingest.key) })
  assert.equal(refused.json().code, 'not_allowed')
  assert.equal(refused.json().detail, 'The API key does not allow this: scope read is needed')
  assert.equal(refused.headers['www-authenticate'], undefined)
  assert.equal(await failures('scope'), 1)
})

test('whatever is no valid key gets the same 401, with a challenge, and is counted by its reason', async t => {
  const { app, failures } = serverWithKeys(t)
  const { key } = KEYS.admin
  const cases: [string, Record<string, string>][] = [
    ['missing', {}],
    ['missing', { 'x-api-key': key, cookie: `key=${key}`, 'proxy-authorization': `Bearer ${key}` }],
    ['malformed', { authorization: key }],
    ['malformed', { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` }],
    ['malformed', { authorization: 'Bearer ' }],
    ['malformed', { authorization: `Bearer ${key.slice(0, -1)}` }],
    ['malformed', { authorization: `Bearer ${key}, Bearer ${key}` }],
    ['unknown', bearer(newKey().key)],
    ['revoked', bearer(REVOKED.key)],
  ]
  const bodies = new Set<string>()
  for (const [reason, headers] of cases) {
    const before = await failures(reason)
    const answer = await app.inject({ url: '/admin', headers })
    assert.equal(answer.statusCode, 401, reason)
    assert.equal(answer.headers['www-authenticate'], 'Bearer realm="spendledger"')
    assert.equal(answer.json().code, 'unauthorized')
    assert.equal(await failures(reason), before + 1, reason)
    bodies.add(answer.body)
  }
  assert.equal(bodies.size, 1)
})

test('the scheme is read in any case, as HTTP says', async t => {
  const { app } = serverWithKeys(t)
  const headers = { authorization: `bearer ${KEYS.read.key}` }
  assert.equal((await app.inject({ url: '/read', headers })).body, KEYS.read.record.id)
})

test('a key in the query is not read, and none beside it either', async t => {
  const { app } = serverWithKeys(t)
  for (const name of ['key', 'api_key', 'access_token', 'authorization', 'token']) {
    const { statusCode } = await app.inject(`/read?${name}=${KEYS.read.key}`)
    assert.equal(statusCode, 401, name)
  }
})

test('two Authorization headers are refused, also if both are right', async t => {
  const { key } = KEYS.admin
  const { port } = await listening(t, { keys: keysOf(t, [KEYS.admin]) })
  const line = `Authorization: Bearer ${key}\r\n`
  const request = (lines: string) =>
    rawRequest(port, `GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n`)
  assert.match(await request(line), /^HTTP\/1\.1 404/)
  assert.match(await request(line + line), /^HTTP\/1\.1 401/)
  assert.match(await request(`${line}authorization: Bearer other\r\n`), /^HTTP\/1\.1 401/)
})

test('who has no key does not learn which paths there are', async t => {
  const { app } = serverWithKeys(t)
  for (const url of ['/nothing', '/admin', '/v1/events']) {
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE'] as const) {
      assert.equal((await app.inject({ method, url })).statusCode, 401, `${method} ${url}`)
    }
  }
  const { statusCode } = await app.inject({ url: '/nothing', headers: bearer(KEYS.ingest.key) })
  assert.equal(statusCode, 404)
})

test('health and metrics are open', async t => {
  const { app } = serverWithKeys(t)
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    assert.equal((await app.inject(url)).statusCode, 200, url)
  }
})

test('without a key nobody gets so far that a body is read: the answer comes before it', async t => {
  const { port } = await listening(t, { keys: keysOf(t, [KEYS.admin]) })
  const head = 'POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
  const answer = await rawRequest(port, `${head}Content-Length: 1000000\r\n\r\n{"a":`, 5_000)
  assert.match(answer, /^HTTP\/1\.1 401/)
  assert.match(answer, /connection: close/i)
  const wrongType = await rawRequest(
    port,
    `${head.replace('json\r', 'xml\r')}Content-Length: 9\r\n\r\n`,
    5_000,
  )
  assert.match(wrongType, /^HTTP\/1\.1 401/)
})

test('failures are logged once in a while, with the name of a key that was proved and nothing that was presented', async t => {
  const { app, lines } = serverWithKeys(t)
  const { key } = newKey()
  for (let i = 0; i < 20; i++) await app.inject({ url: '/read', headers: bearer(key) })
  await app.inject({ url: '/read', headers: bearer(KEYS.ingest.key) })
  const warnings = lines.filter(({ level }) => level === 'warn')
  assert.deepEqual(
    warnings.map(({ reason, key: id }) => [reason, id]),
    [
      ['unknown', undefined],
      ['scope', KEYS.ingest.record.id],
    ],
  )
  const text = JSON.stringify(lines)
  for (const part of key.split('_').slice(1)) assert.ok(!text.includes(part))
})

test('without keys nothing is asked for, and no metric of theirs exists', async t => {
  const metrics = createMetrics({ service: 'test' })
  const app = createServer(t, { metrics })
  app.get('/admin', { config: { scope: 'admin' } }, async request => request.apiKey ?? 'nobody')
  assert.equal((await app.inject('/admin')).body, 'nobody')
  assert.equal(metrics.getSingleMetric('spendledger_auth_failures_total'), undefined)
})

test('the bytes of a body are counted as they are after decompression, however they come', async t => {
  const key = KEYS.admin
  const app = createServer(t, { keys: keysOf(t, [key]) })
  app.addHook('preHandler', async (request, reply) => {
    reply.header('x-bytes', request.bodyBytes)
  })
  const url = await listen(app, { host: '127.0.0.1', port: 0 })
  const body = Buffer.from(JSON.stringify({ text: 'é'.repeat(100_000) }))
  const chunked = new ReadableStream({
    start(controller) {
      for (let at = 0; at < body.length; at += 10_000) controller.enqueue(body.subarray(at, at + 10_000))
      controller.close()
    },
  })
  const post = async (init: RequestInit & { duplex?: 'half' }, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/json`, {
      method: 'POST',
      ...init,
      headers: { 'content-type': 'application/json', ...bearer(key.key), ...headers },
    })
    assert.equal(response.status, 200)
    return Number(response.headers.get('x-bytes'))
  }
  assert.equal(await post({ body }), body.length)
  assert.equal(await post({ body: chunked, duplex: 'half' }), body.length)
  assert.equal(await post({ body: gzipSync(body) }, { 'content-encoding': 'gzip' }), body.length)
})
