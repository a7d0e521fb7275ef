import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { freePort, type Received, runCommand, serve } from './harness.ts'

const EVENT = '{"event_id":"e1","occurred_at":"2026-11-24T09:00:00Z","provider":"openai"}'

const events = (n: number) => Array.from({ length: n }, (_, i) => `{"event_id":"e${i}"}`).join('\n')

const lines = ({ body }: Received) => body.split('\n').filter(line => line !== '')

/** Accepts everything. */
const accept = (request: Received) => ({
  status: 202,
  body: { accepted: lines(request).length, rejected: [], warnings: [] },
})

async function fileWith(t: TestContext, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spendledger-cli-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'events.ndjson')
  await writeFile(file, text)
  return file
}

test('a file is sent in batches, compressed, and every event once', async t => {
  const server = await serve(t, accept)
  const file = await fileWith(t, events(1_234))
  const ran = await runCommand(['send', file], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(ran.code, 0)
  assert.equal(ran.out, 'accepted 1,234\nrejected 0\n')
  assert.equal(ran.err, '')
  assert.equal(server.received.length, 3)
  assert.equal(
    server.received
      .map(({ body }) => body)
      .join('')
      .trimEnd(),
    events(1_234),
  )
  for (const { method, url, headers } of server.received) {
    assert.equal(`${method} ${url}`, 'POST /v1/events')
    assert.equal(headers['content-encoding'], 'gzip')
    assert.equal(headers['content-type'], 'application/x-ndjson')
  }
})

test('the API key and --strict are sent along', async t => {
  const server = await serve(t, accept)
  const env = { SPENDLEDGER_URL: server.url, SPENDLEDGER_API_KEY: 'key-1' }
  await runCommand(['send', '-', '--strict'], { env, stdin: EVENT })
  assert.equal(server.received[0]?.headers.authorization, 'Bearer key-1')
  assert.equal(server.received[0]?.url, '/v1/events?strict=1')
})

test('503, 429 and whatever names a time are tried again with the same bytes, after as long as the server asks', async t => {
  const answers = [
    { status: 503, headers: { 'retry-after': '7' }, body: '' },
    { status: 429, headers: { 'retry-after': 'Tue, 24 Nov 2026 10:00:03 GMT' }, body: '' },
    { status: 503, body: '' },
    { status: 500, headers: { 'retry-after': '5' }, body: '' },
  ]
  const server = await serve(t, request => answers.shift() ?? accept(request))
  const ran = await runCommand(['send', '-'], {
    env: { SPENDLEDGER_URL: server.url },
    stdin: EVENT,
    now: Date.UTC(2026, 10, 24, 10),
  })
  assert.equal(ran.code, 0)
  assert.deepEqual(ran.pauses, [7_000, 3_000, 2_000, 5_000])
  assert.equal(server.received.length, 5)
  for (const { raw } of server.received) assert.deepEqual(raw, server.received[0]?.raw)
})

test('a connection that breaks before the answer is tried again with the same bytes', async t => {
  let broken = 0
  const server = await serve(t, (request, response) => {
    if (broken++ === 0) {
      response.socket?.destroy()
      return undefined
    }
    return accept(request)
  })
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: EVENT })
  assert.equal(ran.code, 0)
  assert.match(ran.out, /^accepted 1$/m)
  assert.equal(server.received.length, 2)
  assert.deepEqual(server.received[1]?.raw, server.received[0]?.raw)
})

test('an answer that breaks off in the middle does not count as an answer', async t => {
  let cut = 0
  const server = await serve(t, (request, response) => {
    if (cut++ > 0) return accept(request)
    response.writeHead(202, { 'content-length': '100' })
    response.write('{"accepted":', () => response.socket?.destroy())
    return undefined
  })
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: EVENT })
  assert.equal(ran.code, 0)
  assert.equal(server.received.length, 2)
})

test('it gives up after a while, says how far it came and exits with 1', async t => {
  let first = true
  const server = await serve(t, request => {
    const answer = first ? accept(request) : { status: 503, body: '' }
    first = false
    return answer
  })
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: events(700) })
  assert.equal(ran.code, 1)
  assert.equal(ran.pauses.length, 8)
  assert.equal(Math.max(...ran.pauses), 30_000)
  assert.match(ran.err, /^accepted 500 events before it failed, up to line 500$/m)
})

test('where nobody ever answered, it gives up sooner and says what to start', async () => {
  const port = await freePort()
  const env = { SPENDLEDGER_URL: `http://127.0.0.1:${port}` }
  const ran = await runCommand(['send', '-'], { env, stdin: EVENT })
  assert.equal(ran.code, 1)
  assert.equal(ran.pauses.length, 4)
  assert.match(ran.err, /nothing answers at http:\/\/127\.0\.0\.1:\d+: is `npm start` running\?/)
})

test('a refusal for good is not tried again', async t => {
  const server = await serve(t, () => ({
    status: 413,
    body: { type: 'x', title: 'Too large', detail: 'The body is too large', code: 'body_too_large' },
  }))
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: EVENT })
  assert.equal(ran.code, 1)
  assert.deepEqual(ran.pauses, [])
  assert.equal(ran.err, 'spendledger: The body is too large\n')
})

test('a key that is missing says which variable it is', async t => {
  const server = await serve(t, () => ({ status: 401, body: '' }))
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: EVENT })
  assert.equal(ran.code, 1)
  assert.match(ran.err, /SPENDLEDGER_API_KEY/)
})

const problem = (status: number, code: string, detail: string) => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: `urn:spendledger:error:${code}`, title: detail, status, detail, code },
})

test("a key that is refused is one line with the server's words, at once, and keeps its code for scripts", async t => {
  for (const [status, code] of [
    [401, 'unauthorized'],
    [403, 'not_allowed'],
  ] as const) {
    const server = await serve(t, () => problem(status, code, 'The API key is wrong'))
    const env = { SPENDLEDGER_URL: server.url, SPENDLEDGER_API_KEY: 'sl_key' }
    const ran = await runCommand(['send', '-'], { env, stdin: EVENT })
    assert.equal(ran.code, 1)
    assert.equal(ran.err, 'spendledger: The API key is wrong; SPENDLEDGER_API_KEY is the key that is sent\n')
    assert.equal(server.received.length, 1)
    const asJson = await runCommand(['send', '-', '--json'], { env, stdin: EVENT })
    assert.equal(JSON.parse(asJson.err).code, code)
  }
})

test('a Host that is refused is not a matter of the key', async t => {
  const server = await serve(t, () => problem(403, 'host_not_allowed', 'The Host header names another host'))
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: EVENT })
  assert.equal(ran.err, 'spendledger: The Host header names another host\n')
})

test('a limit that stays exceeded ends in one line with the time to wait', async t => {
  const limited = { ...problem(429, 'rate_limited', 'The API key sends more than its limit') }
  const server = await serve(t, () => ({ ...limited, headers: { ...limited.headers, 'retry-after': '40' } }))
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: EVENT })
  assert.equal(ran.code, 1)
  assert.ok(ran.pauses.length > 0 && ran.pauses.every(ms => ms === 40_000), ran.pauses.join())
  assert.match(ran.err, /\nspendledger: The API key sends more than its limit; Retry-After is 40\n$/)
  const query = await runCommand(['top', 'features'], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(query.err, 'spendledger: The API key sends more than its limit; Retry-After is 40\n')
})

const rejectOdd = (request: Received) => {
  const all = lines(request)
  const rejected = all.flatMap((_, index) =>
    index % 2 === 1 ? [{ index, event_id: `e${index}`, code: 'too_old', message: 'It is too old' }] : [],
  )
  return {
    status: 202,
    body: {
      accepted: all.length - rejected.length,
      rejected,
      warnings: [{ index: 0, message: 'unknown field "foo" was dropped' }],
    },
  }
}

test('rejected events are shown with line and reason, the first twenty of them, and exit with 1', async t => {
  const server = await serve(t, rejectOdd)
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: events(600) })
  assert.equal(ran.code, 1)
  assert.match(ran.out, /^accepted 300$/m)
  assert.match(ran.out, /^rejected 300$/m)
  assert.match(ran.out, /^ {2}line 2 \(e1\): It is too old \[too_old\]$/m)
  assert.equal(ran.out.match(/too_old/g)?.length, 20)
  assert.match(ran.out, /and 280 more; --json prints all/)
  assert.match(ran.out, /^warning: unknown field "foo" was dropped \(2 events\)$/m)
  assert.equal(ran.err, 'spendledger: rejected 300 of 600 events\n')
})

test('--json prints every rejection as a line, then the sums', async t => {
  const server = await serve(t, rejectOdd)
  const env = { SPENDLEDGER_URL: server.url }
  const ran = await runCommand(['send', '-', '--json'], { env, stdin: events(600) })
  const rows = ran.out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(rows.length, 301)
  assert.deepEqual(rows[0], { line: 2, event_id: 'e1', code: 'too_old', message: 'It is too old' })
  assert.deepEqual(rows.at(-1), {
    accepted: 300,
    rejected: 300,
    warnings: [{ message: 'unknown field "foo" was dropped', events: 2 }],
  })
  assert.equal(JSON.parse(ran.err).code, 'events_rejected')
})

test('an answer of 422 is a receipt: nothing was acceptable', async t => {
  const server = await serve(t, () => ({
    status: 422,
    body: {
      code: 'nothing_acceptable',
      accepted: 0,
      rejected: [{ index: 0, event_id: 'e1', code: 'wrong_type', message: 'Wrong' }],
      warnings: [],
    },
  }))
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: EVENT })
  assert.equal(ran.code, 1)
  assert.match(ran.out, /^rejected 1$/m)
})

test('bytes that are not UTF-8 are rejected here and the rest is sent', async t => {
  const server = await serve(t, accept)
  const stdin = Buffer.concat([
    Buffer.from(`${EVENT}\n`),
    Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
    Buffer.from(EVENT),
  ])
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin })
  assert.equal(ran.code, 1)
  assert.match(ran.out, /^accepted 2$/m)
  assert.match(ran.out, /line 2: .*UTF-8/)
})

test('events without an id get one warning, events with one none', async t => {
  const server = await serve(t, accept)
  const env = { SPENDLEDGER_URL: server.url }
  const without = await runCommand(['send', '-'], { env, stdin: '{"provider":"a"}\n{"provider":"b"}\n' })
  assert.equal(without.err.match(/neither event_id nor response_id/g)?.length, 1)
  const response = await runCommand(['send', '-'], { env, stdin: '{"response_id":"r"}\n' })
  assert.equal(response.err, '')
})

test('what answers with something else is not taken for a receipt', async t => {
  const server = await serve(t, () => ({ status: 200, body: '<html>' }))
  const ran = await runCommand(['send', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: EVENT })
  assert.equal(ran.code, 1)
  assert.match(ran.err, /none of spendledger: it is no JSON/)
})

test('progress is for terminals only', async t => {
  const server = await serve(t, accept)
  const setting = { env: { SPENDLEDGER_URL: server.url }, stdin: events(3) }
  assert.match((await runCommand(['send', '-'], { ...setting, terminal: true })).err, /3 accepted/)
  assert.equal((await runCommand(['send', '-'], setting)).err, '')
})

test('a file that is not there is wrong usage', async () => {
  const ran = await runCommand(['send', '/nowhere/events.ndjson'])
  assert.equal(ran.code, 2)
  assert.equal(ran.err, 'spendledger: cannot read /nowhere/events.ndjson: there is no such file\n')
})

test('a compressed file is named as such, and nothing is sent', async t => {
  const server = await serve(t, accept)
  const env = { SPENDLEDGER_URL: server.url }
  for (const command of ['send', 'quote']) {
    const ran = await runCommand([command, '-'], { env, stdin: gzipSync(EVENT) })
    assert.deepEqual([ran.code, ran.out], [2, ''])
    assert.match(ran.err, /gzip; use zcat FILE \| spendledger send -\n$/)
  }
  assert.equal(server.received.length, 0)
})

test('input without an event is no success', async t => {
  const server = await serve(t, accept)
  const env = { SPENDLEDGER_URL: server.url }
  for (const stdin of ['', '\n\n', '[]']) {
    const ran = await runCommand(['send', '-'], { env, stdin })
    assert.deepEqual([ran.code, ran.out, ran.err], [1, '', 'spendledger: no events in standard input\n'])
  }
})
