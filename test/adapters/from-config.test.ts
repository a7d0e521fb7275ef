// What CLICKHOUSE_URL means: the account, the database and the certificates of that address, and plain words where they fail.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { leadershipFrom, migratedWarehouseFrom, warehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import { type ErrorCode, LedgerError } from '#core/errors.ts'
import { type Config, loadConfig } from '#platform/config.ts'
import { startEngine } from '../support/engine.ts'
import { kafkaBrokers, needsKafka, uniqueName } from '../support/kafka.ts'
import { scratchDirectory } from '../support/ledger-process.ts'
import { silentLog } from '../support/silent.ts'
import { makeCertificates } from '../support/tls.ts'

const engine = await startEngine({ after })
const { port } = new URL(engine.url)

const configured = (env: Readonly<Record<string, string>>): Config => loadConfig({ env })

const fails = (code: ErrorCode, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof LedgerError, String(error))
  assert.equal(error.code, code, error.message)
  assert.match(error.message, words)
  assert.ok(!error.message.includes('hunter2'))
  return true
}

describe('the warehouse of CLICKHOUSE_URL', () => {
  it('is reached as the account of the address, whatever the service would be in embedded mode', async t => {
    const url = `http://reader:${engine.passwords.reader}@127.0.0.1:${port}/spendledger`
    const warehouse = await migratedWarehouseFrom(configured({ CLICKHOUSE_URL: url }), 'writer')
    t.after(() => warehouse.close())
    const [row] = await warehouse.query<{ user: string; db: string; zone: string }>(
      "SELECT currentUser() AS user, currentDatabase() AS db, getSetting('session_timezone') AS zone",
    )
    assert.deepEqual(row, { user: 'reader', db: 'spendledger', zone: 'UTC' })
  })

  it('that refuses the password says which setting is wrong, and does not show it', async () => {
    const config = configured({ CLICKHOUSE_URL: `http://writer:hunter2@127.0.0.1:${port}/spendledger` })
    await assert.rejects(
      warehouseFrom(config, 'writer'),
      fails('warehouse_denied', /in CLICKHOUSE_URL \(writer at http:\/\/127\.0\.0\.1:\d+\)/),
    )
    assert.equal(warehouseOf(config), `ClickHouse at http://127.0.0.1:${port}`)
  })

  it('that does not answer may come later', async () => {
    const config = configured({ CLICKHOUSE_URL: 'http://writer:hunter2@127.0.0.1:9/spendledger' })
    await assert.rejects(warehouseFrom(config, 'writer'), fails('warehouse_unavailable', /ECONNREFUSED/))
  })

  it('by TLS is trusted by the certificates of CLICKHOUSE_SSL_CA, and by nothing else', async t => {
    const directory = await scratchDirectory(t)
    const { ca, keyStore } = await makeCertificates(directory)
    const pem = await readFile(keyStore)
    const seen: unknown[] = []
    const server = createServer({ key: pem, cert: pem }, (request, response) => {
      seen.push([request.headers['x-clickhouse-user'], request.headers['x-clickhouse-key']])
      response.end('{"1":1}\n')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address() as AddressInfo
    const CLICKHOUSE_URL = `https://writer:hunter2@127.0.0.1:${address.port}/spendledger`
    const path = join(directory, 'trusted.pem')
    await writeFile(path, ca)

    const warehouse = await warehouseFrom(configured({ CLICKHOUSE_URL, CLICKHOUSE_SSL_CA: path }), 'writer')
    await warehouse.close()
    assert.deepEqual(seen, [['writer', 'hunter2']])
    await assert.rejects(
      warehouseFrom(configured({ CLICKHOUSE_URL }), 'writer'),
      fails('warehouse_unavailable', /certificate/),
    )
  })
})

describe('the embedded warehouse', () => {
  it('that was never started here is waited for, and that of another directory is not', async t => {
    const directory = await scratchDirectory(t)
    const env = { SPENDLEDGER_DATA_DIR: directory, SPENDLEDGER_SQL_PORT: port }
    await assert.rejects(
      warehouseFrom(configured(env), 'reader'),
      fails('warehouse_unavailable', /no \S+reader\.password; SPENDLEDGER_DATA_DIR says where/),
    )
    await writeFile(join(directory, 'reader.password'), 'hunter2\n')
    await assert.rejects(
      warehouseFrom(configured(env), 'reader'),
      fails('warehouse_denied', /belongs to another data directory/),
    )
    await writeFile(join(directory, 'reader.password'), `${engine.passwords.reader}\n`)
    const warehouse = await warehouseFrom(configured(env), 'reader')
    assert.equal((await warehouse.ping()).ok, true)
    await warehouse.close()
  })
})

describe('leadership', { ...(await needsKafka()), timeout: 60_000 }, () => {
  it('is as ready as the log that it is found by', async () => {
    const env = {
      KAFKA_BROKERS: kafkaBrokers()?.join(',') ?? '',
      KAFKA_GROUP_ID: uniqueName('deployment'),
    }
    const need = leadershipFrom(configured(env), 'job', silentLog())
    const leadership = await need.arrive(new AbortController().signal)
    assert.deepEqual(await need.check(), { ok: true })
    await leadership.close()
    assert.deepEqual(await need.check(), { ok: false, reason: 'the event log is closed' })
  })
})
