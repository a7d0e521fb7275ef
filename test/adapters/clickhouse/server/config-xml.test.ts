import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { configXml, usersXml } from '#adapters/clickhouse/server/config-xml.ts'
import { limitsFor } from '#adapters/clickhouse/server/limits.ts'
import { warehouseUsers } from '#adapters/clickhouse/server/users.ts'

const limits = limitsFor({ cores: 2, memoryBytes: 2 ** 32 })
const passwords = { writer: 'w', aggregator: 'a', reader: 'r' }

describe('configXml', () => {
  it('makes acknowledged inserts and merges safe from a power cut', () => {
    const xml = configXml({ usersFile: '/u', logDir: '/l', backupDir: '/b' }, limits)
    for (const setting of [
      'fsync_after_insert',
      'fsync_part_directory',
      'min_rows_to_fsync_after_merge',
      'min_compressed_bytes_to_fsync_after_merge',
    ]) {
      assert.match(xml, new RegExp(`<merge_tree>.*<${setting}>1</${setting}>.*</merge_tree>`))
    }
  })

  it('escapes what a directory may be called', () => {
    const xml = configXml({ usersFile: `/a&b<c>'"`, logDir: '/l', backupDir: '/b' }, limits)
    assert.ok(xml.includes('<users_config>/a&#38;b&#60;c&#62;&#39;&#34;</users_config>'))
  })
})

describe('usersXml', () => {
  const xml = usersXml(warehouseUsers(limits), passwords)

  it('holds hashes, never passwords', () => {
    const secret = 'correct-horse'
    const users = usersXml(warehouseUsers(limits), { ...passwords, reader: secret })
    assert.ok(!users.includes(secret))
    assert.ok(users.includes(createHash('sha256').update(secret).digest('hex')))
  })

  it('leaves the user without a password no session to take', () => {
    assert.match(xml, /<own_session><max_sessions_for_user>1<\/max_sessions_for_user><\/own_session>/)
    assert.match(xml, /<default><no_password><\/no_password>.*?<profile>own_session<\/profile>/)
    assert.equal(xml.match(/<no_password>/g)?.length, 1)
  })

  it('lets every user in from this machine only', () => {
    assert.equal(xml.match(/<networks><ip>127\.0\.0\.1<\/ip><\/networks>/g)?.length, 4)
  })

  it('writes one element for each grant, and constraints as the server reads them', () => {
    assert.match(xml, /<grants><query>GRANT SELECT ON spendledger\.v_\*<\/query><\/grants>/)
    assert.match(xml, /<max_execution_time><min>1<\/min><max>60<\/max><\/max_execution_time>/)
    assert.match(xml, /<readonly><const><\/const><\/readonly>/)
  })
})

describe('warehouseUsers', () => {
  const [, , reader] = warehouseUsers(limits)

  it('caps each limit of the reader at its default and keeps 0, which is no limit, out', () => {
    assert.ok(reader)
    for (const [setting, constraint] of Object.entries(reader.constraints)) {
      if (constraint === 'const') continue
      assert.equal(constraint.max, reader.settings[setting], setting)
      assert.ok(constraint.min >= 1, setting)
    }
  })

  it('constrains only settings that it sets', () => {
    assert.ok(reader)
    assert.deepEqual(
      Object.keys(reader.constraints).filter(setting => !(setting in reader.settings)),
      [],
    )
  })
})
