// The client against the real engine: what arrives, what is refused as what, and what ends when.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import type { ErrorCode } from '#core/errors.ts'
import { LedgerError } from '#core/errors.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { startEngine } from '../../support/engine.ts'
import { eventually, lastFirst, startTestServer, temporaryDirectory } from './server/fixture.ts'

const engine = await startEngine({ after }, { migrated: false })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')
await writer.command(`CREATE TABLE rows
(text String, number UInt32, map Map(LowCardinality(String), Decimal(38, 12)), money Nullable(Decimal(18, 12)))
ENGINE = MergeTree ORDER BY number`)

/** That a statement fails as this, and whether the caller may try again. */
async function fails(code: ErrorCode, statement: Promise<unknown>, cause?: string): Promise<void> {
  await assert.rejects(statement, (error: unknown) => {
    assert.ok(error instanceof LedgerError, String(error))
    assert.equal(error.code, code, error.message)
    assert.equal(error.retryable, code === 'warehouse_unavailable')
    if (cause) assert.equal((error.cause as { code?: string }).code, cause, error.message)
    return true
  })
}

/** Runs on and on, a row at a time. */
const ENDLESS = 'SELECT number, sipHash64(number) AS hash FROM numbers(100000000000)'

describe('values', () => {
  it('keep all their digits', async () => {
    const [row] = await reader.query(
      `SELECT toDecimal128('99999999999999999999999999.999999999999', 12) AS decimal,
  toUInt64('18446744073709551615') AS uint64, toInt128('-170141183460469231731687303715884105728') AS int128,
  toDecimal64('1.10', 12) AS short, CAST(NULL AS Nullable(Decimal(18, 12))) AS nothing`,
    )
    assert.deepEqual(row, {
      decimal: '99999999999999999999999999.999999999999',
      uint64: '18446744073709551615',
      int128: '-170141183460469231731687303715884105728',
      short: '1.1',
      nothing: null,
    })
  })

  it('are bound, not spliced, whatever their type and whatever they hold', async () => {
    const hostile = '\'; DROP TABLE rows; -- \\ \t\n\r\0 {x:String} "é😀'
    const [row] = await reader.query(
      `SELECT {text:String} AS text, {uint:UInt64} AS uint, {int:Int64} AS int, {float:Float64} AS float, {yes:Bool} AS yes,
  {no:Nullable(String)} AS no, {texts:Array(String)} AS texts, {bigs:Array(UInt64)} AS bigs, {mixed:Array(UInt64)} AS mixed,
  {nested:Array(Array(UInt8))} AS nested, {time:DateTime64(3, 'UTC')} AS time, {money:Decimal(38, 12)} AS money,
  {holes:Array(Nullable(String))} AS holes, {empty:Array(String)} AS empty`,
      {
        params: {
          text: hostile,
          uint: 18_446_744_073_709_551_615n,
          int: -5,
          float: 1.5,
          yes: true,
          no: null,
          texts: [hostile, ''],
          bigs: [1n, 18_446_744_073_709_551_615n],
          mixed: [1, 2n],
          nested: [[1, 2], [], [3]],
          time: '2026-11-24 10:00:00.123',
          money: '-0.000000000001',
          holes: [null, 'x'],
          empty: [],
        },
      },
    )
    assert.deepEqual(row, {
      text: hostile,
      uint: '18446744073709551615',
      int: '-5',
      float: 1.5,
      yes: true,
      no: null,
      texts: [hostile, ''],
      bigs: ['1', '18446744073709551615'],
      mixed: ['1', '2'],
      nested: [[1, 2], [], [3]],
      time: '2026-11-24 10:00:00.123',
      money: '-0.000000000001',
      holes: [null, 'x'],
      empty: [],
    })
  })

  it('of settings hold for one statement', async () => {
    const asked = "SELECT timezone() AS zone, getSetting('max_block_size') AS block"
    const [changed] = await reader.query<{ block: number }>(asked, { settings: { max_block_size: 1_234 } })
    assert.equal(changed?.block, 1_234)
    const [after] = await reader.query<{ zone: string; block: number }>(asked)
    assert.notEqual(after?.block, 1_234)
    assert.equal(after?.zone, 'UTC')
  })
})

describe('inserts', () => {
  it('of bytes arrive as they are, many at once, and an empty one is none', async () => {
    const row = (n: number) => Buffer.from([2, 0xff, 0x0a, n, 0, 0, 0])
    await writer.insert('rows', ['text', 'number'], Buffer.concat([row(10), row(13), row(39)]))
    await writer.insert('rows', ['text', 'number'], new Uint8Array())
    const rows = await writer.query<{ number: number; hex: string }>(
      'SELECT number, hex(text) AS hex FROM rows WHERE number < 50 ORDER BY number',
    )
    assert.deepEqual(
      rows,
      [10, 13, 39].map(number => ({ number, hex: 'FF0A' })),
    )
  })

  it('of objects arrive exactly, and of none do nothing', async () => {
    await writer.insertObjects('rows', [
      { number: 100, money: '999999.999999999999', map: { search: '0.000000000001' } },
      { number: 101, money: null, text: 'ü\n' },
    ])
    await writer.insertObjects('rows', [])
    assert.deepEqual(
      await writer.query(
        'SELECT number, money, map, text FROM rows WHERE number IN (100, 101) ORDER BY number',
      ),
      [
        { number: 100, money: '999999.999999999999', map: { search: '0.000000000001' }, text: '' },
        { number: 101, money: null, map: {}, text: 'ü\n' },
      ],
    )
  })

  it('with data that cannot be read are refused as a row, and nothing of them is stored', async () => {
    const bytes = (...values: number[]) => writer.insert('rows', ['text', 'number'], Uint8Array.from(values))
    await fails('row_refused', bytes(3, 65, 66, 67, 1, 0), '33')
    await fails('row_refused', bytes(200, 1, 65), '33')
    await fails('row_refused', bytes(1, 65, 77, 0, 0, 0, 1), '33')
    await fails('row_refused', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 65), '131')
    const map = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
    await fails('row_refused', writer.insert('rows', ['map'], map), '128')
    await fails('row_refused', writer.insertObjects('rows', [{ number: -1 }]), '72')
    await fails('row_refused', writer.insertObjects('rows', [{ number: 'many' }]))
    await fails('row_refused', writer.insertObjects('rows', [{ money: '1000000000' }]))
    assert.deepEqual(await writer.query('SELECT number FROM rows WHERE number = 77'), [])
  })

  it('into what does not exist are refused as a statement, and a misspelt field does not vanish', async () => {
    await fails('warehouse_refused', writer.insert('nothing', ['x'], Uint8Array.from([1])), '60')
    await fails('warehouse_refused', writer.insert('rows', ['x'], Uint8Array.from([1])), '16')
    await fails('row_refused', writer.insertObjects('rows', [{ nubmer: 1 }]), '117')
  })
})

describe('a statement that cannot succeed', () => {
  it('is refused, and trying again is not advised', async () => {
    await fails('warehouse_refused', writer.query('SELEC 1'), '62')
    await fails('warehouse_refused', writer.query('SELECT 1 FROM nothing'), '60')
    await fails('warehouse_refused', writer.query('SELECT nothing FROM rows'), '47')
    await fails('warehouse_denied', reader.query('SELECT 1 FROM rows'), '497')
    await fails('warehouse_denied', reader.command('CREATE TABLE t (n Int8) ENGINE = MergeTree ORDER BY n'))
    await fails('warehouse_refused', reader.query('SELECT {n:UInt32} AS n'), '456')
    await fails('warehouse_refused', reader.query('SELECT {n:UInt32} AS n', { params: { n: 'x' } }), '457')
    await fails('warehouse_refused', reader.query('SELECT 1', { timeoutMs: 61_000 }), '452')
  })

  it('is not mistaken for a bad row because a value in it cannot be converted', async () => {
    await fails('warehouse_refused', reader.query("SELECT toUInt32('abc')"), '6')
    await fails('warehouse_refused', reader.query("SELECT toDate('abc')"))
  })
})

describe('a statement that fails for now', () => {
  it('for want of time is ended by the server, which says so', async () => {
    const began = performance.now()
    await fails('warehouse_unavailable', writer.query(ENDLESS, { timeoutMs: 1_000 }), '159')
    assert.ok(performance.now() - began < 4_000)
  })

  it('for want of memory, or among too many, may be tried again', async () => {
    const large = 'SELECT length(groupArray(number)) FROM numbers(100000000)'
    const settings = { max_memory_usage: 10_000_000 }
    await fails('warehouse_unavailable', writer.query(large, { settings }), '241')
    const two = [0, 1].map(() =>
      writer.query('SELECT sleep(0.3)', { settings: { max_concurrent_queries_for_user: 1 } }),
    )
    const [refused] = (await Promise.allSettled(two)).filter(({ status }) => status === 'rejected')
    await fails('warehouse_unavailable', Promise.reject((refused as PromiseRejectedResult).reason), '202')
  })

  it('in the middle of an answer never looks like the end of it', async () => {
    const sql = 'SELECT throwIf(number = 190000) AS t, number FROM numbers(200000)'
    const options = { settings: { max_block_size: 1_000 } }
    await fails('warehouse_unavailable', reader.query(sql, options))
  })
})

describe('answers', () => {
  it('of many statements at once are not mixed up, more than there are connections', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        reader
          .query<{ n: number }>('SELECT {n:UInt32} AS n, sleep(0.01)', { params: { n } })
          .then(rows => rows[0]?.n),
      ),
    )
    assert.deepEqual(
      answers,
      answers.map((_, n) => n),
    )
  })
})

describe('a server that', { concurrency: true }, () => {
  const cleanup = lastFirst({ after })

  it('is not there makes every statement fail for now, and a ping say why', async t => {
    const gone = createWarehouse({ url: 'http://127.0.0.1:1', user: 'reader', password: 'x' })
    t.after(() => gone.close())
    await fails('warehouse_unavailable', gone.query('SELECT 1'))
    await fails('warehouse_unavailable', gone.insertObjects('rows', [{ number: 1 }]))
    await fails('warehouse_unavailable', gone.insert('rows', ['number'], Uint8Array.from([1, 0, 0, 0])))
    const answer = await gone.ping()
    assert.equal(answer.ok, false)
    assert.match(answer.ok ? '' : answer.reason, /does not answer/)
  })

  it('does not know the password says so, and that trying again is of no use', async t => {
    const stranger = createWarehouse({ url: engine.url, user: 'reader', password: 'wrong' })
    t.after(() => stranger.close())
    await fails('warehouse_denied', stranger.query('SELECT 1'), '516')
    const answer = await stranger.ping()
    assert.match(answer.ok ? '' : answer.reason, /Authentication failed/)
  })

  it('never answers is given up on, a little after the time it had', async t => {
    const silent = createServer(() => {})
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      silent.closeAllConnections()
      silent.close()
    })
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const warehouse = createWarehouse({ url, user: 'reader', password: 'x' })
    t.after(() => warehouse.close())
    const began = performance.now()
    await fails('warehouse_unavailable', warehouse.query('SELECT 1', { timeoutMs: 50 }))
    const took = performance.now() - began
    assert.ok(took > 4_000 && took < 9_000, `${took} ms`)
  })

  it('was killed and came back loses no statement: each succeeds or may be tried again', async () => {
    const server = await startTestServer(cleanup, temporaryDirectory(cleanup), { memoryBytes: 2 ** 29 })
    const client: Warehouse = createWarehouse({
      url: server.url,
      user: 'writer',
      password: server.passwords.writer,
    })
    cleanup.after(() => client.close())
    await client.command('CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n')

    let attempts = 0
    async function insert(n: number): Promise<void> {
      for (;;) {
        attempts += 1
        try {
          return await client.insertObjects('kept', [{ n }])
        } catch (error) {
          assert.ok(error instanceof LedgerError && error.retryable, String(error))
          await sleep(50)
        }
      }
    }
    for (let n = 0; n < 20; n++) {
      await insert(n)
      if (n !== 10) continue
      // The connection that was just used is idle and known to the client when the engine goes and comes back.
      const { pid } = server
      process.kill(pid, 'SIGKILL')
      await eventually(() => server.state() === 'ready' && server.pid !== pid, 20_000)
    }
    const [row] = await client.query<{ all: string }>('SELECT uniqExact(n) AS all FROM kept')
    assert.equal(row?.all, '20')
    assert.ok(attempts <= 22, `${attempts} attempts`)
  })
})
