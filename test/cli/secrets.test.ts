import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { scratchDirectory } from '../support/ledger-process.ts'
import { runCommand } from './harness.ts'

describe('spendledger secrets', () => {
  it('says what it made and shows none of it', async t => {
    const directory = join(await scratchDirectory(t), 'secrets')
    const { code, out, err } = await runCommand([
      'secrets',
      directory,
      '--clickhouse',
      'http://clickhouse:8123',
    ])
    assert.equal(code, 0, err)
    assert.match(out, /^made .*writer\.password.* in \S+\n$/)
    for (const name of readdirSync(directory).filter(file => /\.(password|key)$/.test(file))) {
      const secret = readFileSync(join(directory, name), 'utf8').trim()
      assert.ok(secret.length > 20 && !(out + err).includes(secret), name)
    }
    const again = await runCommand(['secrets', directory, '--clickhouse', 'http://clickhouse:8123'])
    assert.deepEqual([again.code, again.out], [0, 'nothing was missing\n'])
  })

  it('refuses an address with a user or a database, and does not repeat it', async t => {
    const directory = join(await scratchDirectory(t), 'secrets')
    for (const address of [
      'http://u:hunter2@h:8123',
      'http://h:8123/db',
      'clickhouse:8123',
      'http://h/?a=hunter2',
    ]) {
      const { code, err } = await runCommand(['secrets', directory, '--clickhouse', address])
      assert.equal(code, 2, address)
      assert.match(err, /without user and database/)
      assert.ok(!err.includes('hunter2'))
    }
  })
})
