import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startEngine } from '#adapters/clickhouse/server/engine.ts'
import { limitsFor, thisMachine } from '#adapters/clickhouse/server/limits.ts'
import { loadPasswords } from '#adapters/clickhouse/server/passwords.ts'
import { type EngineServer, startServer } from '#adapters/clickhouse/server/server.ts'
import {
  ask,
  eventually,
  isAlive,
  lastFirst,
  silent,
  startTestServer,
  temporaryDirectory,
} from './fixture.ts'

const linux = process.platform === 'linux'

describe('a running server', () => {
  const cleanup = lastFirst({ after })
  let dataDir: string
  let server: EngineServer
  before(async () => {
    dataDir = temporaryDirectory(cleanup)
    server = await startTestServer(cleanup, dataDir, { nativePort: 0 })
  })

  it('is a ClickHouse in which each user finds the database', async () => {
    for (const user of ['writer', 'aggregator', 'reader'] as const) {
      const { body } = await ask(
        server,
        user,
        'SELECT version(), currentUser(), currentDatabase(), timezone()',
      )
      assert.deepEqual(body.split('\t'), [server.version, user, 'spendledger', 'UTC'])
    }
    assert.match(server.version, /^\d+\.\d+\./)
    assert.equal(server.state(), 'ready')
    assert.equal(server.url, `http://127.0.0.1:${server.httpPort}`)
  })

  it('answers in JSON without losing a digit', async () => {
    const sql =
      'SELECT toUInt64(18446744073709551615) AS n, toDecimal128(0.000000000001, 12) AS usd FORMAT JSONEachRow'
    const { body } = await ask(server, 'reader', sql)
    assert.deepEqual(JSON.parse(body), { n: '18446744073709551615', usd: '0.000000000001' })
  })

  it('leaves nothing of its configuration on disk, and shows the engine one directory', () => {
    assert.deepEqual(readdirSync(join(dataDir, 'warehouse')).sort(), ['backup', 'engine', 'log'])
    assert.deepEqual(
      readdirSync(dataDir).filter(name => name.endsWith('.password')),
      ['aggregator.password', 'reader.password', 'writer.password'],
    )
    assert.equal(statSync(join(dataDir, 'warehouse')).mode & 0o777, 0o700)
  })

  it('keeps passwords and our environment out of what a process list shows', { skip: !linux }, () => {
    const shown = ['cmdline', 'environ']
      .map(name => readFileSync(`/proc/${server.pid}/${name}`, 'latin1'))
      .join()
    for (const password of Object.values(server.passwords)) assert.ok(!shown.includes(password))
    const names = readFileSync(`/proc/${server.pid}/environ`, 'latin1')
      .split('\0')
      .flatMap(entry => entry.split('=')[0] || [])
    const ours = ['SPENDLEDGER_ENGINE', 'TSX_DISABLE_CACHE', 'UV_THREADPOOL_SIZE']
    const expected = ['HOME', 'PATH', 'TERM', 'TMPDIR', 'TZ', ...ours]
    assert.deepEqual(
      names.filter(name => !expected.includes(name)),
      [],
    )
  })

  it('has a process group of its own, which Ctrl-C in our terminal does not reach', { skip: !linux }, () => {
    const [, , group] = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    assert.equal(Number(group), server.pid)
  })

  it('warns of nothing where all guards are there', { skip: !(linux && process.arch === 'x64') }, () => {
    assert.deepEqual(server.warnings, [])
  })

  it('logs no error for queries that work, though the sandbox keeps their threads from statistics', async () => {
    for (let n = 0; n < 3; n += 1) assert.equal((await ask(server, 'reader', 'SELECT 1')).body, '1')
    const log = readFileSync(join(dataDir, 'warehouse', 'log', 'clickhouse.err.log'), 'utf8')
    assert.doesNotMatch(log, /ThreadStatus|taskstats/)
  })

  it('says which port is taken, by whom, and what to set', async t => {
    const cleanupHere = lastFirst(t)
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    cleanupHere.after(() => listener.close())
    const { port } = listener.address() as AddressInfo
    const holder = linux ? ` by pid ${process.pid} \\(.*node.*\\)` : ''
    const start = (ports: { httpPort: number; nativePort?: number }) =>
      startServer({ dataDir: temporaryDirectory(cleanupHere), log: silent, ...ports })
    await assert.rejects(start({ httpPort: port }), {
      name: 'StartError',
      message: new RegExp(`^Port ${port} is taken${holder}\\. Set SPENDLEDGER_SQL_PORT to another port$`),
    })
    await assert.rejects(start({ httpPort: 0, nativePort: port }), {
      message: new RegExp(
        `^Port ${port} is taken${holder}\\. Set SPENDLEDGER_SQL_NATIVE_PORT to another port$`,
      ),
    })
  })

  it('keeps a second one out of its directory, after a wait, and is not harmed by it', async () => {
    const began = performance.now()
    await assert.rejects(startServer({ dataDir, httpPort: 0, log: silent, waitMs: 600 }), {
      name: 'StartError',
      message: new RegExp(`warehouse is in use by the engine pid ${server.pid}\\b.*SPENDLEDGER_DATA_DIR`),
    })
    assert.ok(performance.now() - began >= 600)
    assert.equal((await ask(server, 'writer', 'SELECT 1')).body, '1')
  })
})

describe('a server without its sandbox', () => {
  it('says that SQL reads all files, and it does', async t => {
    const cleanup = lastFirst(t)
    const dataDir = temporaryDirectory(cleanup)
    const server = await startTestServer(cleanup, dataDir, { sandbox: false })
    assert.match(server.warnings.join(), /The sandbox is off: every SQL account can read the files/)
    const parameters = { param_path: join(dataDir, 'writer.password') }
    const { body } = await ask(server, 'reader', 'SELECT file({path:String})', { parameters })
    assert.ok(body.startsWith(server.passwords.writer))
  })
})

describe('an engine that is killed', () => {
  it('comes back with its data, ports and passwords, and says so meanwhile', async t => {
    const cleanup = lastFirst(t)
    const server = await startTestServer(cleanup, temporaryDirectory(cleanup), { nativePort: 0 })
    const { pid, httpPort, nativePort } = server
    await ask(server, 'writer', 'CREATE TABLE survivors (n UInt8) ENGINE = MergeTree ORDER BY n')
    await ask(server, 'writer', 'INSERT INTO survivors VALUES (7)')
    const states: string[] = []
    server.onStateChange(state => states.push(state))

    process.kill(pid, 'SIGKILL')
    await eventually(() => states.includes('ready'), 15_000)
    assert.deepEqual(states, ['restarting', 'ready'])
    assert.notEqual(server.pid, pid)
    assert.deepEqual([server.httpPort, server.nativePort], [httpPort, nativePort])
    assert.equal(
      (await ask(server, 'writer', "SELECT n, getServerPort('tcp_port') FROM survivors")).body,
      `7\t${nativePort}`,
    )
  })
})

describe('a start that is told to stop', () => {
  it('ends at once though the engine never answers, and leaves nothing behind', { skip: !linux }, async t => {
    const cleanup = lastFirst(t)
    const dataDir = temporaryDirectory(cleanup)
    const directory = join(dataDir, 'warehouse')
    // Who opens a pipe to read waits for somebody to write: the child hangs as it loads its library.
    const library = join(dataDir, 'library')
    assert.equal(spawnSync('mkfifo', [library]).status, 0)
    const abort = new AbortController()
    const options = { directory, library, httpPort: 0, nativePort: undefined, sandbox: false }
    const passwords = loadPasswords(dataDir)
    const starting = startEngine({ ...options, passwords, limits: limitsFor(thisMachine()) }, abort.signal)
    const ended = assert.rejects(starting, { name: 'AbortError' })
    await new Promise(resolve => setTimeout(resolve, 700))
    const began = performance.now()
    abort.abort()
    await ended
    assert.ok(performance.now() - began < 1_000)
    assert.deepEqual(readdirSync(directory).sort(), ['backup', 'engine', 'log'])
  })

  it('leaves no engine that holds the directory', async t => {
    const cleanup = lastFirst(t)
    const dataDir = temporaryDirectory(cleanup)
    const abort = new AbortController()
    const starting = startServer({ dataDir, httpPort: 0, log: silent, signal: abort.signal })
    setTimeout(() => abort.abort(), 100)
    await assert.rejects(starting, { name: 'AbortError' })
    await startTestServer(cleanup, dataDir, { waitMs: 0 })
  })

  it('does not start anything when it was told before', async t => {
    const dataDir = temporaryDirectory(t)
    const signal = AbortSignal.abort()
    await assert.rejects(startServer({ dataDir, httpPort: 0, log: silent, signal }), { name: 'AbortError' })
  })
})

describe('stop', () => {
  it('ends the engine within its bound though a client keeps a connection, and a start takes over at once', async t => {
    const cleanup = lastFirst(t)
    const dataDir = temporaryDirectory(cleanup)
    const first = await startTestServer(cleanup, dataDir)
    const agent = new Agent({ keepAlive: true })
    cleanup.after(() => agent.destroy())
    const ping = request({ host: '127.0.0.1', port: first.httpPort, path: '/ping', agent }).end()
    const [response] = await once(ping, 'response')
    await once(response.resume(), 'end')

    const began = performance.now()
    const stopped = first.stop()
    const second = await startTestServer(cleanup, dataDir, { httpPort: first.httpPort })
    await stopped
    assert.ok(performance.now() - began < 15_000)
    assert.equal(first.state(), 'stopped')
    assert.ok(!isAlive(first.pid))
    assert.deepEqual(second.passwords, first.passwords)
  })
})

describe('the end of the parent', () => {
  it('is the end of the engine, even when the parent is killed', async t => {
    const cleanup = lastFirst(t)
    const dataDir = temporaryDirectory(cleanup)
    const script = `
      const { startServer } = await import(${JSON.stringify(import.meta.resolve('#adapters/clickhouse/server/server.ts'))})
      const { pid } = await startServer({ dataDir: ${JSON.stringify(dataDir)}, httpPort: 0, log: console })
      console.log(pid)`
    const tsx = import.meta.resolve('tsx')
    const parent = spawn(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    cleanup.after(() => parent.kill('SIGKILL'))
    const [line] = await once(parent.stdout, 'data')
    const engine = Number(String(line))
    assert.ok(isAlive(engine))

    parent.kill('SIGKILL')
    await eventually(() => !isAlive(engine), 5_000)
  })
})
