// The golden list of what each user may and may not do. A line that changes sides is a decision, not a detail.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { EngineServer } from '#adapters/clickhouse/server/server.ts'
import type { WarehouseUser } from '#ports/warehouse.ts'
import { ask, lastFirst, startTestServer, temporaryDirectory } from './fixture.ts'

const ACCESS_DENIED = 497

const EVENTS = `(occurred_at DateTime, feature String, n Int32, version UInt64, is_deleted UInt8 DEFAULT 0)
  ENGINE = ReplacingMergeTree(version, is_deleted) PARTITION BY toYYYYMMDD(occurred_at) ORDER BY (occurred_at, feature)`

const MAY: readonly (readonly [WarehouseUser, string])[] = [
  ['writer', `CREATE TABLE usage_events ${EVENTS}`],
  ['writer', 'CREATE TABLE IF NOT EXISTS rollup_runs (n Int32) ENGINE = MergeTree ORDER BY n'],
  ['writer', 'CREATE TABLE budgets (at DateTime) ENGINE = MergeTree ORDER BY at TTL at + INTERVAL 35 DAY'],
  [
    'writer',
    "INSERT INTO usage_events (occurred_at, feature, n, version) VALUES ('2026-01-02', 'chat', 1, 1), ('2026-01-03', 'chat', 2, 1)",
  ],
  ['writer', 'INSERT INTO budgets VALUES (now())'],
  [
    'writer',
    'CREATE VIEW v_events DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT n FROM usage_events FINAL',
  ],
  [
    'writer',
    'CREATE OR REPLACE VIEW v_events DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT feature, n FROM usage_events FINAL',
  ],
  ['writer', 'CREATE VIEW v_old AS SELECT 1'],
  ['writer', 'DROP VIEW v_old'],
  ['writer', "ALTER TABLE usage_events ADD COLUMN IF NOT EXISTS region String DEFAULT ''"],
  ['writer', 'ALTER TABLE usage_events MODIFY COLUMN region LowCardinality(String)'],
  ['writer', "ALTER TABLE usage_events COMMENT COLUMN region 'where it was served'"],
  ['writer', 'ALTER TABLE usage_events ADD INDEX by_region region TYPE bloom_filter'],
  ['writer', 'ALTER TABLE usage_events MATERIALIZE INDEX by_region'],
  ['writer', 'ALTER TABLE usage_events DROP INDEX by_region'],
  ['writer', 'ALTER TABLE usage_events MODIFY SETTING min_age_to_force_merge_seconds = 7200'],
  ['writer', 'ALTER TABLE budgets MODIFY TTL at + INTERVAL 40 DAY'],
  ['writer', 'ALTER TABLE usage_events DELETE WHERE n = 77'],
  ['writer', 'DELETE FROM usage_events WHERE n = 78'],
  ['writer', 'ALTER TABLE usage_events DROP PARTITION 20260102'],
  ['writer', "SELECT count() FROM system.parts WHERE database = 'spendledger'"],
  ['writer', 'SELECT count() FROM system.merges'],
  ['aggregator', 'SELECT * FROM usage_events FINAL'],
  ['aggregator', 'SELECT * FROM v_events'],
  [
    'aggregator',
    'INSERT INTO usage_events (occurred_at, feature, n, version, is_deleted) SELECT occurred_at, feature, n, version + 1, 1 FROM usage_events',
  ],
  ['aggregator', 'INSERT INTO rollup_runs VALUES (1)'],
  ['aggregator', 'ALTER TABLE usage_events DROP PARTITION 20260103'],
  ['aggregator', "SELECT partition FROM system.parts WHERE table = 'usage_events'"],
  ['reader', 'SELECT * FROM v_events'],
  [
    'reader',
    'SELECT feature, sum(n) FROM v_events GROUP BY feature SETTINGS max_execution_time = 5, max_threads = 1',
  ],
  ['reader', 'DESCRIBE v_events'],
  ['reader', 'SHOW TABLES'],
]

const MAY_NOT: readonly (readonly [WarehouseUser, string])[] = [
  ['writer', 'DROP TABLE usage_events'],
  ['writer', 'TRUNCATE TABLE usage_events'],
  ['writer', 'RENAME TABLE usage_events TO gone'],
  ['writer', 'ALTER TABLE usage_events UPDATE n = 3 WHERE 1'],
  ['writer', 'ALTER TABLE usage_events DROP COLUMN n'],
  ['writer', 'CREATE DATABASE other'],
  ['writer', 'CREATE TABLE other.t (n Int8) ENGINE = MergeTree ORDER BY n'],
  ['writer', 'CREATE TABLE t (n Int8) ENGINE = Memory'],
  ['writer', 'CREATE TABLE t (n Int8) ENGINE = File(CSV)'],
  ['writer', "CREATE TABLE t (n Int8) ENGINE = URL('http://127.0.0.1:1/', CSV)"],
  ['writer', "SELECT * FROM file('/etc/passwd', LineAsString)"],
  ['writer', "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)"],
  ['writer', 'SELECT * FROM system.processes'],
  ['writer', 'SELECT * FROM system.users'],
  ['writer', 'SYSTEM STOP MERGES usage_events'],
  ['writer', 'SYSTEM SHUTDOWN'],
  ['aggregator', "BACKUP DATABASE spendledger TO File('copy')"],
  ['reader', "BACKUP DATABASE spendledger TO File('copy')"],
  ['writer', 'GRANT SELECT ON spendledger.* TO reader'],
  ['aggregator', 'INSERT INTO budgets VALUES (now())'],
  ['aggregator', 'ALTER TABLE rollup_runs DROP PARTITION tuple()'],
  ['aggregator', 'ALTER TABLE usage_events ADD COLUMN x Int8'],
  ['aggregator', 'CREATE TABLE t (n Int8) ENGINE = MergeTree ORDER BY n'],
  ['aggregator', 'CREATE VIEW v AS SELECT 1'],
  ['aggregator', 'DROP VIEW v_events'],
  ['aggregator', 'SELECT * FROM system.processes'],
  ['aggregator', "SELECT * FROM file('/etc/passwd', LineAsString)"],
  ['reader', 'SELECT * FROM usage_events'],
  ['reader', 'SELECT n FROM spendledger.usage_events'],
  ['reader', 'SELECT count() FROM system.parts'],
  ['reader', 'INSERT INTO v_events VALUES (1)'],
  ['reader', 'CREATE VIEW v_mine AS SELECT 1'],
]

describe('rights', () => {
  const cleanup = lastFirst({ after })
  let server: EngineServer
  before(async () => {
    server = await startTestServer(cleanup, temporaryDirectory(cleanup))
    // In order: later lines stand on earlier ones.
    for (const [user, sql] of MAY) {
      const { body, code } = await ask(server, user, sql)
      assert.equal(code, 0, `${user} may: ${sql}\n${body}`)
    }
  })

  for (const [user, sql] of MAY_NOT) {
    it(`${user} may not: ${sql}`, async () => {
      const { body, code } = await ask(server, user, sql)
      assert.equal(code, ACCESS_DENIED, body)
    })
  }

  it('a view shows the reader what its definer may read, and nothing is left of a replaced one', async () => {
    await ask(
      server,
      'writer',
      "INSERT INTO usage_events (occurred_at, feature, n, version) VALUES ('2026-02-01', 'search', 5, 1)",
    )
    assert.equal((await ask(server, 'reader', 'SELECT * FROM v_events')).body, 'search\t5')
    assert.equal((await ask(server, 'reader', 'SHOW TABLES')).body, 'v_events')
    assert.equal(
      (await ask(server, 'writer', "SELECT count() FROM system.tables WHERE name LIKE '%tmp%'")).body,
      '0',
    )
  })

  it('a backup goes to the one directory for it and nowhere else', async () => {
    for (const place of [
      "File('../copy')",
      "File('/tmp/copy')",
      "S3('http://127.0.0.1:1/copy')",
      "Disk('default', 'copy')",
    ]) {
      const { body, code } = await ask(server, 'writer', `BACKUP DATABASE spendledger TO ${place}`)
      assert.notEqual(code, 0, `${place}: ${body}`)
    }
    assert.equal((await ask(server, 'writer', "BACKUP DATABASE spendledger TO File('copy')")).code, 0)
  })

  it('an insert of many days goes through in one statement', async () => {
    const days = "SELECT toDateTime('2025-01-01') + INTERVAL number DAY, 'import', 1, 1, 0 FROM numbers(400)"
    const columns = '(occurred_at, feature, n, version, is_deleted)'
    const { body, code } = await ask(server, 'writer', `INSERT INTO usage_events ${columns} ${days}`)
    assert.equal(code, 0, body)
  })
})
