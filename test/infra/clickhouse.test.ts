// What a ClickHouse server is given beside its own configuration: users as a file that a reviewer reads, and settings that
// have to be those of the embedded engine.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { SHARED_SERVER_SETTINGS, serverUsersXml } from '#adapters/clickhouse/server/config-xml.ts'
import { limitsFor } from '#adapters/clickhouse/server/limits.ts'
import { DATABASE, warehouseUsers } from '#adapters/clickhouse/server/users.ts'
import { xml } from '#adapters/clickhouse/server/xml.ts'

const GOLDEN = new URL('../golden/clickhouse/users.xml', import.meta.url)
const CONFIG = new URL('../../infra/clickhouse/config.d/spendledger.xml', import.meta.url)

/** Text of each element by its path. No more of XML than the file has. */
function leaves(text: string): Map<string, string> {
  const found = new Map<string, string>()
  const path: string[] = []
  const tags = text.replace(/<!--.*?-->/gs, '').matchAll(/<(\/?)(\w+)([^>]*?)(\/?)>([^<]*)/g)
  for (const [, closing, tag = '', attributes = '', empty, content = ''] of tags) {
    if (closing) {
      assert.equal(path.pop(), tag)
      continue
    }
    path.push(tag)
    if (empty || content.trim() !== '') found.set(path.join('.'), empty ? attributes.trim() : content.trim())
    if (empty) path.pop()
  }
  assert.deepEqual(path, [])
  return found
}

describe('the users file of a server', () => {
  const users = warehouseUsers(limitsFor({ cores: 8, memoryBytes: 16 * 2 ** 30 }))
  const text = serverUsersXml(users, { writer: 'one', aggregator: 'two', reader: 'three' })

  it('is the one in test/golden (UPDATE_GOLDEN=1 writes it anew)', () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text)
    assert.equal(text, readFileSync(GOLDEN, 'utf8'))
  })

  it('replaces the users that the server came with, and knows no `default`', () => {
    assert.match(text, /<users replace="replace">\s*<writer>/)
    assert.doesNotMatch(text, /<default>\s*<(?!\/)|no_password|<password>/)
    assert.doesNotMatch(text, /CREATE DATABASE|access_management/)
  })

  it('grants what the embedded engine grants', () => {
    const granted = [...text.matchAll(/<query>(.*)<\/query>/g)].map(([, grant]) => grant)
    assert.deepEqual(
      granted,
      users.flatMap(({ grants }) => grants),
    )
  })
})

describe('the configuration of a server', () => {
  const server = leaves(readFileSync(CONFIG, 'utf8'))

  it('has the settings that the embedded engine has', () => {
    for (const [path, value] of leaves(xml({ clickhouse: SHARED_SERVER_SETTINGS }))) {
      assert.equal(server.get(path), value, path)
    }
  })

  it('has the server make the database, and keep to UTC', () => {
    assert.equal(server.get('clickhouse.default_database'), DATABASE)
    assert.equal(server.get('clickhouse.timezone'), 'UTC')
  })

  it('leaves the server half of the machine, of which the limits of users are shares', () => {
    assert.equal(server.get('clickhouse.max_server_memory_usage_to_ram_ratio'), '0.5')
    const memoryBytes = 8 * 2 ** 30
    assert.ok(limitsFor({ cores: 4, memoryBytes }).serverBytes <= memoryBytes / 2)
  })

  it('keeps no diary of queries', () => {
    assert.equal(server.get('clickhouse.query_log'), 'remove="remove"')
  })
})
