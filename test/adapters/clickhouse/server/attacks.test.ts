// What somebody with the reader's password, or with none, can try over the wire. Each line failed or succeeded once in
// an engine set up with less care.
import assert from 'node:assert/strict'
import { readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { EngineServer } from '#adapters/clickhouse/server/server.ts'
import { ask, eventually, lastFirst, startTestServer, temporaryDirectory } from './fixture.ts'

/** Error numbers of ClickHouse. */
const CANNOT_OPEN_FILE = 76
const FILE_DOESNT_EXIST = 107
const READONLY = 164
const TOO_MANY_SIMULTANEOUS_QUERIES = 202
const INTO_OUTFILE_NOT_ALLOWED = 358
const QUERY_IS_PROHIBITED = 392
const SETTING_CONSTRAINT_VIOLATION = 452
const ACCESS_DENIED = 497
const AUTHENTICATION_FAILED = 516
const TABLE_NOT_SEEN = 636
const USER_SESSION_LIMIT_EXCEEDED = 700

const USERS = ['reader', 'writer', 'aggregator'] as const

const SECRET = 'what-nobody-may-read'

const DENIED = [
  "SELECT * FROM file('/etc/passwd', LineAsString)",
  'SELECT * FROM default.`/etc/passwd`',
  "INSERT INTO FUNCTION file('out.csv', 'CSV', 'a Int8') VALUES (1)",
  "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
  "SELECT * FROM s3('http://localhost:1/bucket/key', 'CSV', 'a String')",
  "SELECT * FROM remote('127.0.0.1:1', system, one)",
  "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
  "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
  "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')",
  "SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'CSV', 'a String')",
  "SELECT * FROM executable('x', 'CSV', 'a String')",
  "SELECT * FROM filesystem('/etc')",
  "SELECT * FROM icebergLocal('/etc')",
  "INSERT INTO usage_events VALUES ('chat', 1)",
  "INSERT INTO v_events VALUES ('chat')",
  'ALTER TABLE usage_events DELETE WHERE 1',
  'TRUNCATE TABLE usage_events',
  'DROP VIEW v_events',
  'CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a',
  'CREATE TEMPORARY TABLE t (a Int8)',
  'CREATE DATABASE d',
  'CREATE FUNCTION file AS x -> x',
  'KILL QUERY WHERE 1',
  'SYSTEM SHUTDOWN',
  'SYSTEM KILL',
  'SYSTEM RELOAD USERS',
  'SYSTEM START LISTEN HTTP',
  'SYSTEM FLUSH LOGS',
  'SYSTEM STOP MERGES usage_events',
  'CREATE USER u',
  "ALTER USER reader IDENTIFIED BY 'x'",
  'GRANT SELECT ON *.* TO reader',
  'SHOW GRANTS FOR writer',
  'SHOW PROCESSLIST',
  'SELECT * FROM system.processes',
  'SELECT * FROM system.users',
  'SELECT * FROM system.parts',
  'SELECT * FROM system.disks',
  'SELECT * FROM system.server_settings',
  'SELECT * FROM system.errors',
  'SELECT * FROM system.stack_trace',
  'SELECT * FROM usage_events',
  'SELECT 1 IN usage_events',
  'SELECT * FROM view(SELECT * FROM usage_events)',
  'SELECT * FROM mergeTreeIndex(spendledger, usage_events)',
  'EXPLAIN SELECT * FROM usage_events',
  'SHOW CREATE TABLE usage_events',
  'CHECK TABLE usage_events',
  "BACKUP TABLE usage_events TO File('copy')",
  'SELECT addressToLine(1)',
]

const OTHERWISE_REFUSED: readonly (readonly [code: number, sql: string])[] = [
  [INTO_OUTFILE_NOT_ALLOWED, "SELECT 1 INTO OUTFILE 'out.csv'"],
  [READONLY, 'SELECT 1 SETTINGS readonly = 0'],
  [READONLY, 'SELECT 1 SETTINGS readonly = 1'],
  [READONLY, 'SET readonly = 0'],
  [QUERY_IS_PROHIBITED, 'SELECT 1 SETTINGS allow_ddl = 1'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS max_execution_time = 61'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS max_execution_time = 0'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS max_memory_usage = 0'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS max_memory_usage_for_user = 0'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS max_untracked_memory = 100000000000'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS max_result_rows = 0'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS max_threads = 1000'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS allow_introspection_functions = 1'],
  [SETTING_CONSTRAINT_VIOLATION, 'SELECT 1 SETTINGS do_not_merge_across_partitions_select_final = 0'],
  [TABLE_NOT_SEEN, "SELECT * FROM merge('spendledger', '^usage_events$')"],
]

describe('somebody with a connection', () => {
  const cleanup = lastFirst({ after })
  let dataDir: string
  let server: EngineServer
  let pid: number
  before(async () => {
    dataDir = temporaryDirectory(cleanup)
    writeFileSync(join(dataDir, 'events.log'), SECRET)
    server = await startTestServer(cleanup, dataDir, { nativePort: 0 })
    pid = server.pid
    for (const sql of [
      'CREATE TABLE usage_events (feature String, n Int32) ENGINE = MergeTree ORDER BY feature',
      `INSERT INTO usage_events VALUES ('${SECRET}', 1)`,
      'CREATE VIEW v_events DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT n FROM usage_events',
    ]) {
      assert.equal((await ask(server, 'writer', sql)).code, 0, sql)
    }
    assert.equal((await ask(server, 'reader', 'SELECT n FROM v_events')).body, '1')
  })

  for (const sql of DENIED) {
    it(`is denied: ${sql}`, async () => {
      const { code, body } = await ask(server, 'reader', sql)
      assert.equal(code, ACCESS_DENIED, body)
    })
  }

  for (const [code, sql] of OTHERWISE_REFUSED) {
    it(`is refused with ${code}: ${sql}`, async () => {
      const answer = await ask(server, 'reader', sql)
      assert.equal(answer.code, code, answer.body)
    })
  }

  it('cannot change limits from the URL either', async () => {
    const set = async (parameters: Record<string, string>) =>
      (await ask(server, 'reader', 'SELECT 1', { parameters })).code
    assert.equal(await set({ readonly: '0' }), READONLY)
    assert.equal(await set({ max_execution_time: '0' }), SETTING_CONSTRAINT_VIOLATION)
    assert.equal(await set({ max_execution_time: '30' }), 0)
  })

  it('does not see the tables behind the views', async () => {
    const sql = "SELECT name FROM system.tables WHERE database = 'spendledger'"
    assert.equal((await ask(server, 'reader', sql)).body, 'v_events')
    const columns =
      "SELECT count() FROM system.columns WHERE database = 'spendledger' AND table = 'usage_events'"
    assert.equal((await ask(server, 'reader', columns)).body, '0')
  })

  it('cannot read files with the scalar function file(), which needs no grant', async t => {
    if (server.warnings.length > 0) return t.skip(server.warnings.join())
    const paths = [
      '/etc/passwd',
      '/proc/self/environ',
      '/proc/self/maps',
      '/proc/1/cmdline',
      process.execPath,
      join(dataDir, 'events.log'),
      join(dataDir, 'reader.password'),
      '../writer.password',
      join(dataDir, 'warehouse', 'log', 'clickhouse.log'),
      '../../../../../../../../etc/passwd',
    ]
    for (const user of ['reader', 'writer'] as const) {
      for (const path of paths) {
        const { code, body } = await ask(server, user, 'SELECT file({path:String})', {
          parameters: { param_path: path },
        })
        assert.equal(code, CANNOT_OPEN_FILE, `${path}: ${body}`)
        assert.ok(!body.includes(SECRET))
      }
    }
    assert.equal(
      (await ask(server, 'reader', "SELECT * APPLY file FROM (SELECT '/etc/passwd')")).code,
      CANNOT_OPEN_FILE,
    )
    const template = "SELECT 1 FORMAT Template SETTINGS format_template_resultset = '/etc/passwd'"
    assert.equal((await ask(server, 'reader', template)).code, CANNOT_OPEN_FILE)
  })

  /** Descriptors of a process that are no files: what they lead to is nobody's to open. */
  const descriptors = (process: number, kinds = /^(pipe|socket|anon_inode):|^\/dev\/(pts\/|ptmx)/) =>
    readdirSync(`/proc/${process}/fd`).filter(fd => {
      try {
        return kinds.test(readlinkSync(`/proc/${process}/fd/${fd}`))
      } catch {
        return false
      }
    })

  it('learns nothing of the process from /proc, by whatever path', async t => {
    if (server.warnings.length > 0) return t.skip(server.warnings.join())
    const entries = ['self', 'thread-self', `${pid}`, `self/task/${pid}`, `${pid}/task/${pid}`].flatMap(
      place =>
        ['environ', 'cmdline', 'maps', 'smaps', 'mem', 'auxv', 'status', 'stat', 'io', 'comm'].map(
          name => `/proc/${place}/${name}`,
        ),
    )
    for (const user of USERS) {
      for (const path of [...entries, `/proc/${process.pid}/environ`]) {
        const { code, body } = await ask(server, user, `SELECT file('${path}')`)
        assert.equal(code, CANNOT_OPEN_FILE, `${user} ${path}: ${body}`)
      }
    }
  })

  it('cannot open pipes, sockets and terminals of the process, nor of its parent', async t => {
    if (server.warnings.length > 0) return t.skip(server.warnings.join())
    const own = descriptors(pid).flatMap(fd => [
      `/proc/self/fd/${fd}`,
      `/proc/thread-self/fd/${fd}`,
      `/proc/self/task/${pid}/fd/${fd}`,
    ])
    const ofParent = descriptors(process.pid, /^pipe:/).map(fd => `/proc/${process.pid}/fd/${fd}`)
    assert.ok(own.length > 0 && ofParent.length > 0)
    for (const user of USERS) {
      for (const path of [...own, ...ofParent]) {
        const { code, body } = await ask(server, user, `SELECT file('${path}')`)
        // Descriptors of connections come and go.
        assert.ok([CANNOT_OPEN_FILE, FILE_DOESNT_EXIST].includes(code), `${user} ${path}: ${body}`)
      }
    }
  })

  it('cannot lock everybody out by queries that block on a pipe', async t => {
    if (server.warnings.length > 0) return t.skip(server.warnings.join())
    const pipes = descriptors(pid, /^pipe:/)
    assert.ok(pipes.length > 0)
    const blocking = Array.from({ length: 80 }, (_, n) => `/proc/self/fd/${pipes[n % pipes.length]}`)
    const began = performance.now()
    await Promise.all(blocking.map(path => ask(server, 'reader', `SELECT file('${path}')`)))
    for (const user of USERS) assert.equal((await ask(server, user, 'SELECT 1')).body, '1')
    assert.ok(performance.now() - began < 20_000)
  })

  it('leaves the engine no pipe that can be opened, also none that it made later', async t => {
    if (server.warnings.length > 0) return t.skip(server.warnings.join())
    const modes = () => descriptors(pid, /^pipe:/).map(fd => statSync(`/proc/${pid}/fd/${fd}`).mode & 0o777)
    await eventually(() => modes().every(mode => mode === 0), 5_000)
  })

  it('leaves room for the ledger itself, however many queries a reader runs', async () => {
    const sleeping = Array.from({ length: 80 }, () => ask(server, 'reader', 'SELECT sleep(2)'))
    await new Promise(resolve => setTimeout(resolve, 500))
    for (const user of ['writer', 'aggregator'] as const) {
      assert.equal((await ask(server, user, 'SELECT 1')).body, '1')
    }
    const codes = (await Promise.all(sleeping)).map(answer => answer.code)
    assert.ok(codes.includes(0) && codes.includes(TOO_MANY_SIMULTANEOUS_QUERIES), `${codes}`)
  })

  it('cannot come in as the engine itself, with any password or none', async () => {
    for (const headers of [
      {},
      { 'X-ClickHouse-User': 'default' },
      { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': '' },
    ]) {
      const response = await fetch(server.url, {
        method: 'POST',
        body: 'SELECT 1',
        headers: { ...headers, Connection: 'close' },
      })
      assert.match(await response.text(), new RegExp(`^Code: ${USER_SESSION_LIMIT_EXCEEDED}\\.`))
    }
    const override = await fetch(`${server.url}/?max_sessions_for_user=9`, {
      method: 'POST',
      body: 'SELECT 1',
      headers: { Connection: 'close' },
    })
    assert.notEqual(override.status, 200)
    await override.text()
  })

  it('cannot come in as a user without its password', async () => {
    for (const user of ['reader', 'writer', 'aggregator'] as const) {
      for (const password of [
        '',
        'wrong',
        ...Object.values(server.passwords).filter(known => known !== server.passwords[user]),
      ]) {
        assert.equal((await ask(server, user, 'SELECT 1', { password })).code, AUTHENTICATION_FAILED)
      }
    }
  })

  it('hears over the native protocol, too, that a password is wrong', async () => {
    const port = server.nativePort ?? 0
    assert.match(await send(port, nativeHello('reader', 'wrong'), 'end', 500), /Authentication failed/)
    assert.match(
      await send(port, nativeHello('default', ''), 'end', 500),
      /USER_SESSION_LIMIT_EXCEEDED|session/i,
    )
    const welcome = await send(port, nativeHello('reader', server.passwords.reader), 'end', 500)
    assert.ok(welcome.startsWith('\0\nClickHouse'), welcome)
  })

  it('can send anything to the ports and finds the same process alive', async () => {
    const garbage = Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x00, 0xfe, 0x0a])
    const kinds: Buffer[] = [
      Buffer.alloc(0),
      garbage,
      Buffer.alloc(100_000, 0xff),
      Buffer.from('GET / HTTP/1.1\r\nHost: x'),
      Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nSELECT'),
      Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n'),
      Buffer.from(`GET / HTTP/1.1\r\nX: ${'y'.repeat(200_000)}\r\n\r\n`),
      Buffer.from('\x00\x00\x00\r\n\r\n'),
      nativeHello('reader', 'wrong'),
      nativeHello('default', ''),
      Buffer.concat([nativeHello('reader', server.passwords.reader), garbage]),
    ]
    for (const port of [server.httpPort, server.nativePort ?? 0]) {
      for (const bytes of kinds) {
        await Promise.all([send(port, bytes, 'end'), send(port, bytes, 'reset')])
      }
    }
    assert.equal((await ask(server, 'reader', 'SELECT n FROM v_events')).body, '1')
    assert.equal(server.pid, pid)
    assert.equal(server.state(), 'ready')
  })
})

/** Sends bytes and leaves, politely or with a reset, a moment later. @returns what was answered until then */
function send(port: number, bytes: Buffer, leave: 'end' | 'reset', afterMs = 30): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('error', () => {})
  socket.on('data', chunk => {
    answer += chunk.toString('latin1')
  })
  socket.write(bytes)
  setTimeout(() => (leave === 'end' ? socket.destroySoon() : socket.resetAndDestroy()), afterMs)
  return new Promise(resolve => socket.on('close', () => resolve(answer)))
}

/** The first packet of the native protocol, with a login. */
function nativeHello(user: string, password: string): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)])
  const revision = Buffer.from([0xb8, 0xa9, 0x03])
  return Buffer.concat([
    ...[Buffer.from([0]), text('test'), Buffer.from([1, 1]), revision],
    ...[text('spendledger'), text(user), text(password)],
  ])
}
