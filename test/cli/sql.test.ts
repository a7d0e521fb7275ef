import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePort, type Reply, runCommand, serve, type TestServer } from './harness.ts'

interface Warehouse extends TestServer {
  readonly env: Readonly<Record<string, string>>
}

/** A server that stands in for ClickHouse, and the settings by which it is found. */
async function warehouse(t: TestContext, reply: Reply): Promise<Warehouse> {
  const directory = await mkdtemp(join(tmpdir(), 'spendledger-cli-'))
  t.after(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'reader.password'), 'secret-1\n')
  const server = await serve(t, reply)
  return {
    ...server,
    env: { SPENDLEDGER_DATA_DIR: directory, SPENDLEDGER_SQL_PORT: String(server.port) },
  }
}

test('the query goes to the warehouse as user reader and its answer comes through as it is', async t => {
  const server = await warehouse(t, () => ({ body: 'a,b\n1,2\n' }))
  const ran = await runCommand(['sql', 'SELECT 1;', '--format', 'csv'], { env: server.env })
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'a,b\n1,2\n', ''])
  const [{ body, headers, url }] = server.received as [(typeof server.received)[number]]
  assert.equal(body, 'SELECT 1')
  assert.equal(headers['x-clickhouse-user'], 'reader')
  assert.equal(headers['x-clickhouse-key'], 'secret-1')
  const parameters = new URL(url, 'http://x').searchParams
  assert.equal(parameters.get('database'), 'spendledger')
  assert.equal(parameters.get('default_format'), 'CSVWithNames')
})

test('json is a row a line, and pretty has neither borders nor colours', async t => {
  const server = await warehouse(t, () => ({ body: '' }))
  const asked = async (argv: string[], terminal = false) => {
    await runCommand(['sql', 'SELECT 1', ...argv], { env: server.env, terminal })
    const { searchParams } = new URL(server.received.at(-1)?.url ?? '', 'http://x')
    return [searchParams.get('default_format'), searchParams.get('output_format_pretty_color')]
  }
  assert.deepEqual(await asked(['--format', 'json']), ['JSONEachRow', '0'])
  assert.deepEqual(await asked(['--json']), ['JSONEachRow', '0'])
  assert.deepEqual(await asked([]), ['PrettySpaceMonoBlock', '0'])
  assert.deepEqual(await asked([], true), ['PrettySpaceMonoBlock', '0'])
})

test('control characters of stored values do not reach the terminal, and a pipe gets every byte', async t => {
  const body = 'f\n\u001b]0;owned\u0007\t\u009bx\rü\u202e\n'
  const server = await warehouse(t, (_request, response) => {
    const bytes = Buffer.from(body)
    const middle = bytes.indexOf('ü') + 1
    response.write(bytes.subarray(0, middle), () => setImmediate(() => response.end(bytes.subarray(middle))))
    return undefined
  })
  const { env } = server
  const shown = await runCommand(['sql', 'SELECT f'], { env, terminal: true })
  assert.equal(shown.out, 'f\n·]0;owned·\t·x·ü·\n')
  assert.equal((await runCommand(['sql', 'SELECT f'], { env })).out, body)
  for (const format of ['--json', '--csv']) {
    assert.equal((await runCommand(['sql', 'SELECT f', format], { env, terminal: true })).out, body)
  }
})

test('an error that quotes a stored value is as harmless, its stack too', async t => {
  const server = await warehouse(t, () => ({ status: 400, body: "Cannot parse '\u001b[2J\u009b1m'" }))
  const env = { ...server.env, LOG_LEVEL: 'debug' }
  const { err } = await runCommand(['sql', 'SELECT f'], { env, terminal: true })
  assert.match(err, /Cannot parse '·\[2J·1m'/)
  assert.doesNotMatch(err, /[^\P{Cc}\n]/u)
})

test('a query may come from standard input', async t => {
  const server = await warehouse(t, () => ({ body: '' }))
  await runCommand(['sql', '-'], { env: server.env, stdin: 'SELECT\n  2\n' })
  assert.equal(server.received[0]?.body, 'SELECT\n  2')
  assert.equal((await runCommand(['sql', ' ; '], { env: server.env })).code, 2)
})

test('errors of the server are shown in its words', async t => {
  const words =
    "Code: 47. DB::Exception: Unknown expression identifier `featur`. Maybe you meant: ['feature']."
  const server = await warehouse(t, () => ({ status: 404, body: `${words}\n` }))
  const ran = await runCommand(['sql', 'SELECT featur FROM v_events'], { env: server.env })
  assert.deepEqual([ran.code, ran.out, ran.err], [1, '', `spendledger: ${words}\n`])
})

test('an error after the first rows is no row, wherever the answer is cut', async t => {
  const tag = 'abcdefghijklmnop'
  const rows = '1\n2\n3\n'
  const words = 'Code: 395. DB::Exception: Value is non-zero.'
  const tail = `\r\n__exception__\r\n${tag}\r\n${words}\n${words.length + 1} ${tag}\r\n__exception__\r\n`
  const whole = rows + tail
  let cut = 0
  const server = await warehouse(t, (_request, response) => {
    response.writeHead(200, { 'x-clickhouse-exception-tag': tag })
    response.write(whole.slice(0, cut), () => {
      setImmediate(() => response.write(whole.slice(cut), () => response.socket?.destroy()))
    })
    return undefined
  })
  for (cut of [1, 5, rows.length + 1, rows.length + 9, rows.length + 30, whole.length - 1]) {
    const ran = await runCommand(['sql', 'SELECT 1'], { env: server.env })
    assert.deepEqual([ran.code, ran.out, ran.err], [1, rows, `spendledger: ${words}\n`], `cut at ${cut}`)
  }
})

test('an answer that breaks off without a word is a failure', async t => {
  const server = await warehouse(t, (_request, response) => {
    response.writeHead(200, { 'x-clickhouse-exception-tag': 'abcdefghijklmnop' })
    response.write('1\n2\n', () => response.socket?.destroy())
    return undefined
  })
  const ran = await runCommand(['sql', 'SELECT 1'], { env: server.env })
  assert.equal(ran.code, 1)
  assert.match(ran.err, /broke off/)
})

test('a warehouse that is not there, or was never started, says what to do', async t => {
  const server = await warehouse(t, () => ({ body: '' }))
  const port = String(await freePort())
  const silent = await runCommand(['sql', 'SELECT 1'], { env: { ...server.env, SPENDLEDGER_SQL_PORT: port } })
  assert.equal(silent.code, 1)
  assert.match(
    silent.err,
    /does not answer at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\): is `npm start` running\?/,
  )
  const nowhere = await runCommand(['sql', 'SELECT 1'], { env: { SPENDLEDGER_DATA_DIR: '/nowhere' } })
  assert.equal(nowhere.code, 1)
  assert.match(nowhere.err, /cannot read \/nowhere\/reader\.password: .*SPENDLEDGER_DATA_DIR/)
})

test('CLICKHOUSE_URL names another server, user and database, and its password stays secret', async t => {
  const server = await serve(t, () => ({ status: 403, body: 'Code: 516. Authentication failed' }))
  const env = { CLICKHOUSE_URL: `http://an%40:p%2Fw@127.0.0.1:${server.port}/costs` }
  const ran = await runCommand(['sql', 'SELECT 1'], { env })
  const [request] = server.received
  assert.equal(request?.headers['x-clickhouse-user'], 'an@')
  assert.equal(request?.headers['x-clickhouse-key'], 'p/w')
  assert.match(request?.url ?? '', /database=costs/)
  assert.match(request?.url ?? '', /readonly=2/, 'an account that writes reads here')
  assert.doesNotMatch(ran.err, /p\/w|p%2Fw/)
})

test('a password that is refused is that of another data directory, and says so', async t => {
  const server = await warehouse(t, () => ({
    status: 403,
    body: 'Code: 516. DB::Exception: reader: Authentication failed: password is incorrect.',
  }))
  const ran = await runCommand(['sql', 'SELECT 1'], { env: server.env })
  assert.deepEqual([ran.code, ran.out], [1, ''])
  assert.match(ran.err, /another data directory: set SPENDLEDGER_DATA_DIR and SPENDLEDGER_SQL_PORT\n$/)
})
