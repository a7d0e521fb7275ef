import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { LedgerError } from '#core/errors.ts'
import { listen } from '#platform/http-listen.ts'
import { collectLines, createServer, listening, rawRequest } from './http-fixture.ts'

test('a LedgerError becomes a problem with its code and status', async t => {
  const app = createServer(t)
  app.get('/full', async () => {
    throw new LedgerError('log_full', undefined, { retryAfter: 7 })
  })
  const answer = await app.inject('/full')
  assert.equal(answer.statusCode, 503)
  assert.equal(answer.headers['retry-after'], '7')
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
  assert.deepEqual(answer.json(), {
    type: 'urn:spendledger:error:log_full',
    title: 'The event log is full; nothing was taken',
    status: 503,
    detail: 'The event log is full; nothing was taken',
    code: 'log_full',
  })
})

test('what cannot be retried has no Retry-After', async t => {
  const answer = await createServer(t).inject('/nothing')
  assert.equal(answer.headers['retry-after'], undefined)
})

test('an unknown path is not_found, and the query is not repeated', async t => {
  const answer = await createServer(t).inject('/nothing?key=secret')
  assert.equal(answer.statusCode, 404)
  assert.equal(answer.json().code, 'not_found')
  assert.doesNotMatch(answer.body, /secret/)
})

test('a path that is not valid percent-encoding is not_found', async t => {
  const app = createServer(t)
  app.get('/v1/events/:id', async () => 'ok')
  const answer = await app.inject('/v1/events/%zz')
  assert.equal(answer.statusCode, 404)
  assert.equal(answer.json().code, 'not_found')
})

test('an event id of 128 bytes fits into a path, percent-encoded', async t => {
  const app = createServer(t)
  app.get<{ Params: { id: string } }>('/v1/events/:id', async request => ({ id: request.params.id }))
  const id = `r:openai:${'/'.repeat(119)}`
  const answer = await app.inject(`/v1/events/${encodeURIComponent(id)}`)
  assert.equal(answer.json().id, id)
})

test('an unforeseen error says nothing about itself outside, and everything in the log', async t => {
  const stream = collectLines()
  const app = createServer(t, { stream })
  app.get('/broken', async () => {
    throw new TypeError('connect http://user:hunter2@db:8123 failed')
  })
  const answer = await app.inject('/broken')
  assert.equal(answer.statusCode, 500)
  assert.equal(answer.json().code, 'internal')
  assert.doesNotMatch(answer.body, /connect|db:8123/)
  const line = stream.lines.find(({ level }) => level === 'error')
  assert.match(
    JSON.stringify(line),
    /"type":"TypeError","message":"connect http:\/\/\[secret\]@db:8123 failed"/,
  )
})

test('the same failure is logged once in ten seconds, with a count', async t => {
  const stream = collectLines()
  let now = 0
  const app = createServer(t, { stream, clock: { now: () => now } })
  app.get('/broken', async () => {
    throw new LedgerError('internal')
  })
  const errors = () => stream.lines.filter(({ level }) => level === 'error')
  for (let i = 0; i < 5; i++) await app.inject('/broken')
  assert.equal(errors().length, 1)
  now = 10_000
  await app.inject('/broken')
  assert.equal(errors().length, 2)
  assert.equal(errors()[1]?.['suppressed'], 4)
})

test('what passes by itself is no error of this service: who waits for it says so', async t => {
  const stream = collectLines()
  const app = createServer(t, { stream })
  const codes = [
    'log_full',
    'log_unavailable',
    'warehouse_unavailable',
    'stopping',
    'warehouse_denied',
  ] as const
  for (const code of codes) {
    app.get(`/${code}`, async () => {
      throw new LedgerError(code)
    })
  }
  for (const code of codes) await app.inject(`/${code}`)
  const failures = stream.lines.filter(({ msg }) => msg === 'a request failed')
  assert.deepEqual(
    failures.map(({ level }) => level),
    ['debug', 'debug', 'debug', 'debug', 'error'],
  )
})

test('a refusal of what was sent is not logged as a failure', async t => {
  const stream = collectLines()
  const app = createServer(t, { stream })
  await app.inject({
    method: 'POST',
    url: '/json',
    headers: { 'content-type': 'application/json' },
    payload: '{',
  })
  assert.deepEqual(
    stream.lines.filter(({ level }) => level !== 'debug'),
    [],
  )
})

test('requests are logged at debug only, without query and body', async t => {
  const stream = collectLines()
  const app = createServer(t, { stream })
  const canary = 'canary-5b1f'
  await app.inject({
    method: 'POST',
    url: `/json?q=${canary}`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${canary}` },
    payload: { canary },
  })
  const [line] = stream.lines
  assert.equal(line?.['level'], 'debug')
  assert.equal(line?.['path'], '/json')
  assert.equal(line?.['status'], 200)
  assert.doesNotMatch(JSON.stringify(stream.lines), new RegExp(canary))
})

const schema = (type: string) => ({
  type: 'object',
  properties: { tokens: { type } },
  additionalProperties: false,
})

for (const value of [null, '12', true, 1.5]) {
  test(`${JSON.stringify(value)} is not coerced where a whole number belongs`, async t => {
    const app = createServer(t)
    app.post('/tokens', { schema: { body: schema('integer') } }, async request => request.body)
    const answer = await app.inject({ method: 'POST', url: '/tokens', payload: { tokens: value } })
    assert.equal(answer.statusCode, 422)
    assert.equal(answer.json().code, 'wrong_type')
  })
}

test("unknown properties are not removed behind the sender's back", async t => {
  const app = createServer(t)
  app.post('/tokens', { schema: { body: schema('integer') } }, async request => request.body)
  const answer = await app.inject({ method: 'POST', url: '/tokens', payload: { tokens: 1, other: 2 } })
  assert.equal(answer.statusCode, 422)
})

test('a query that does not fit its schema is bad_query', async t => {
  const app = createServer(t)
  const querystring = { type: 'object', properties: { limit: { type: 'string', pattern: '^\\d+$' } } }
  app.get('/list', { schema: { querystring } }, async () => 'ok')
  const answer = await app.inject('/list?limit=-1')
  assert.equal(answer.statusCode, 400)
  assert.equal(answer.json().code, 'bad_query')
})

test('/healthz says that the process lives, whatever the checks say', async t => {
  const app = createServer(t, { checks: { log: async () => ({ ok: false, reason: 'full' }) } })
  const answer = await app.inject('/healthz')
  assert.equal(answer.statusCode, 200)
  assert.deepEqual(answer.json(), { ok: true })
})

test('/readyz lists every check and is 200 when all pass', async t => {
  const app = createServer(t, {
    checks: { log: async () => ({ ok: true }), warehouse: async () => ({ ok: true }) },
  })
  const answer = await app.inject('/readyz')
  assert.equal(answer.statusCode, 200)
  assert.deepEqual(answer.json(), { ok: true, checks: { log: { ok: true }, warehouse: { ok: true } } })
})

test('/readyz is 503 with the reason when one check fails or throws', async t => {
  const app = createServer(t, {
    checks: {
      log: async () => ({ ok: false, reason: 'full' }),
      warehouse: async () => {
        throw new Error('no route')
      },
      other: async () => ({ ok: true }),
    },
  })
  const answer = await app.inject('/readyz')
  assert.equal(answer.statusCode, 503)
  assert.deepEqual(answer.json(), {
    ok: false,
    checks: {
      log: { ok: false, reason: 'full' },
      warehouse: { ok: false, reason: 'no route' },
      other: { ok: true },
    },
  })
})

test('a check that hangs is a check that failed', async t => {
  const app = createServer(t, { checks: { log: () => new Promise(() => {}) } })
  const answer = await app.inject('/readyz')
  assert.equal(answer.statusCode, 503)
  assert.match(answer.body, /no answer within 2 s/)
})

test('/metrics counts requests by route, not by path', async t => {
  const app = createServer(t)
  app.get('/v1/events/:id', async () => 'ok')
  await app.inject('/v1/events/1')
  await app.inject('/v1/events/2')
  await app.inject('/nothing')
  const { body, headers } = await app.inject('/metrics')
  assert.match(String(headers['content-type']), /^text\/plain/)
  assert.match(body, /spendledger_http_request_seconds_count\{.*route="\/v1\/events\/:id",status="200".*\} 2/)
  assert.match(body, /spendledger_http_request_seconds_count\{.*route="none",status="404".*\} 1/)
})

test('a request that is not sent whole in time gets 408 and loses its connection', async t => {
  const { port } = await listening(t, { requestTimeoutMs: 300 })
  const slow = [
    'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ',
    'POST /json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    'POST /json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n\x1f',
  ]
  const answers = await Promise.all(slow.map(bytes => rawRequest(port, bytes, 5_000)))
  for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 /)
})

test('a sender that goes away in the middle of its body is no failure of the service', async t => {
  const stream = collectLines()
  const { port } = await listening(t, { stream })
  for (const encoding of ['identity', 'gzip']) {
    const head = `POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: ${encoding}\r\n`
    await rawRequest(port, `${head}Content-Length: 100\r\n\r\n{`, 50)
  }
  await setTimeout(50)
  assert.deepEqual(
    stream.lines.filter(({ level }) => level === 'error'),
    [],
  )
})

test('headers without end get 431, garbage gets 400, both as problems', async t => {
  const { port } = await listening(t)
  const long = await rawRequest(port, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
  assert.match(long, /^HTTP\/1\.1 431 /)
  const garbage = await rawRequest(port, '\x16\x03\x01\x02\x00\x01\x00')
  assert.match(garbage, /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"status":400\}$/)
})

test('a refused body that is not yet sent closes the connection instead of blocking the next request', async t => {
  const { port } = await listening(t)
  for (const encoding of ['br', 'gzip', 'identity']) {
    const head = `POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: ${encoding}\r\n`
    const answer = await rawRequest(
      port,
      `${head}Content-Length: 2000000\r\n\r\n${'x'.repeat(1_200_000)}`,
      3_000,
    )
    assert.match(answer, /^HTTP\/1\.1 41[35] /)
    assert.match(answer, /\r\nconnection: close\r\n/i)
  }
})

/** A server with a route that answers only when it is released, and a connection that waits for it. */
async function holding(t: TestContext, drainMs: number) {
  const app = createServer(t, { drainMs })
  const events = new EventEmitter()
  const entered = once(events, 'entered')
  const released = once(events, 'released')
  app.get('/held', async () => {
    events.emit('entered')
    await released
    return 'finished'
  })
  const url = new URL(await listen(app, { host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(url.port), '127.0.0.1')
  const ended = once(socket, 'close')
  let answer = ''
  socket.setEncoding('utf8')
  socket.on('data', chunk => {
    answer += chunk
  })
  t.after(() => socket.destroy())
  socket.write('GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await entered
  return { app, socket, ended, release: () => events.emit('released'), answer: () => answer }
}

/** Whether something is done within two seconds. */
const inTime = (done: Promise<unknown>): Promise<boolean> =>
  Promise.race([done.then(() => true), setTimeout(2_000, false, { ref: false })])

test('closing finishes a request under way and refuses the next one on its connection', async t => {
  const { app, socket, ended, release, answer } = await holding(t, 5_000)
  const closed = app.close()
  await setTimeout(50)
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await setTimeout(50)
  release()
  await ended
  await closed
  assert.match(answer(), /^HTTP\/1\.1 200 [\s\S]*finishedHTTP\/1\.1 503 [\s\S]*"code":"stopping"/)
})

test('closing does not wait for connections that become idle', async t => {
  const { app, ended, release, answer } = await holding(t, 5_000)
  const closed = app.close()
  await setTimeout(50)
  release()
  assert.ok(await inTime(closed))
  await ended
  assert.match(answer(), /finished$/)
})

test('closing cuts a request that does not end within the drain time', async t => {
  const { app, ended, answer } = await holding(t, 200)
  assert.ok(await inTime(app.close()))
  await ended
  assert.equal(answer(), '')
})
