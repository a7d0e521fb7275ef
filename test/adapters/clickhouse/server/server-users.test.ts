// The users file for a ClickHouse server, read by the engine's own binary as a server reads it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { migrate, readMigrations } from '#adapters/clickhouse/migrations.ts'
import { SHARED_SERVER_SETTINGS, serverUsersXml } from '#adapters/clickhouse/server/config-xml.ts'
import { limitsFor } from '#adapters/clickhouse/server/limits.ts'
import { DATABASE, warehouseUsers } from '#adapters/clickhouse/server/users.ts'
import type { WarehouseUser } from '#ports/warehouse.ts'
import {
  type ConfiguredServer,
  startConfiguredServer,
  withDefault,
} from '../../../support/configured-server.ts'
import { ask, lastFirst } from './fixture.ts'

const ACCESS_DENIED = 497
const AUTHENTICATION_FAILED = 516

const limits = limitsFor({ cores: 2, memoryBytes: 2 ** 31 })
const passwords = { writer: 'w-secret', aggregator: 'a-secret', reader: 'r-secret' }
const USERS = ['writer', 'aggregator', 'reader'] as const
const file = serverUsersXml(warehouseUsers(limits), passwords)

describe('the users file of a server', () => {
  const cleanup = lastFirst({ after })
  let server: ConfiguredServer & { readonly passwords: typeof passwords }
  before(async () => {
    const started = await startConfiguredServer(cleanup, withDefault(file))
    assert.ok(started)
    server = { ...started, passwords }
    for (const user of USERS) {
      const warehouse = createWarehouse({ url: started.url, user, password: passwords[user] })
      if (user === 'writer') await migrate(warehouse, await readMigrations())
      // With all settings that our own client sends, which its profile has to allow.
      assert.deepEqual(await warehouse.query('SELECT 1 AS one'), [{ one: 1 }])
      await warehouse.close()
    }
  })

  const code = async (user: WarehouseUser, sql: string) => (await ask(server, user, sql)).code

  it('lets each user in with its password, to the ledger at once', async () => {
    for (const user of USERS) {
      assert.equal(
        (await ask(server, user, 'SELECT currentUser(), currentDatabase()')).body,
        `${user}\t${DATABASE}`,
      )
      const wrong = await ask(server, user, 'SELECT 1', { password: 'wrong' })
      assert.equal(wrong.code, AUTHENTICATION_FAILED, wrong.body)
    }
  })

  it('gives each what it needs and no more', async () => {
    assert.equal(await code('reader', 'SELECT count() FROM v_events'), 0)
    assert.equal(await code('reader', 'SELECT count() FROM usage_events'), ACCESS_DENIED)
    assert.equal(await code('aggregator', 'SELECT count() FROM usage_events'), 0)
    assert.equal(
      await code('aggregator', 'INSERT INTO ingest_progress SELECT * FROM ingest_progress'),
      ACCESS_DENIED,
    )
    assert.equal(await code('writer', 'DROP TABLE usage_events'), ACCESS_DENIED)
    for (const user of USERS) {
      assert.equal(await code(user, 'CREATE DATABASE other'), ACCESS_DENIED)
      assert.equal(await code(user, 'SELECT * FROM system.users'), ACCESS_DENIED)
      assert.equal(await code(user, "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)"), ACCESS_DENIED)
    }
  })

  it('keeps the reader within its limits', async () => {
    const value = async (setting: string) =>
      (await ask(server, 'reader', `SELECT value FROM system.settings WHERE name = '${setting}'`)).body
    assert.equal(await value('max_memory_usage'), String(limits.readerQueryBytes))
    assert.equal(await value('readonly'), '2')
    assert.notEqual(await code('reader', 'SELECT 1 SETTINGS max_execution_time = 0'), 0)
  })

  it('goes with a server configuration under which what was acknowledged is on disk', () => {
    for (const [name, value] of Object.entries(SHARED_SERVER_SETTINGS.merge_tree)) {
      assert.ok(server.settings.includes(`${name}\t${value}`), name)
    }
  })

  it('leaves no `default`, nor any other user of the server: as it is, the engine itself cannot log in', async t => {
    assert.equal(await startConfiguredServer(lastFirst(t), file), undefined)
  })
})
