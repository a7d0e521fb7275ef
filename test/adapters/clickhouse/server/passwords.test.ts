import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadPasswords, passwordFile } from '#adapters/clickhouse/server/passwords.ts'
import { temporaryDirectory } from './fixture.ts'

const FILES = ['aggregator.password', 'reader.password', 'writer.password']

describe('loadPasswords', () => {
  it('makes one for each user, in a file of which only the owner can read', t => {
    const dir = join(temporaryDirectory(t), 'data')
    const passwords = loadPasswords(dir)
    assert.deepEqual(readdirSync(dir).sort(), FILES)
    assert.equal(statSync(dir).mode & 0o777, 0o700)
    for (const name of FILES) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600)
    assert.equal(readFileSync(passwordFile(dir, 'reader'), 'utf8').trim(), passwords.reader)
    assert.equal(new Set(Object.values(passwords)).size, 3)
    for (const password of Object.values(passwords)) assert.match(password, /^[\w-]{32}$/)
  })

  it('keeps those that are there', t => {
    const dir = temporaryDirectory(t)
    writeFileSync(passwordFile(dir, 'reader'), 'chosen by hand\n')
    const passwords = loadPasswords(dir)
    assert.equal(passwords.reader, 'chosen by hand')
    assert.deepEqual(loadPasswords(dir), passwords)
  })

  it('takes rights away that others have on a file', t => {
    const dir = temporaryDirectory(t)
    loadPasswords(dir)
    chmodSync(passwordFile(dir, 'writer'), 0o644)
    loadPasswords(dir)
    assert.equal(statSync(passwordFile(dir, 'writer')).mode & 0o777, 0o600)
  })

  it('writes through no link, and over nothing that a killed start left', t => {
    const dir = temporaryDirectory(t)
    const target = join(dir, 'target')
    symlinkSync(target, `${passwordFile(dir, 'writer')}.new`)
    writeFileSync(`${passwordFile(dir, 'reader')}.new`, 'half')
    const passwords = loadPasswords(dir)
    assert.ok(!existsSync(target))
    assert.deepEqual(readdirSync(dir).sort(), FILES)
    assert.deepEqual(loadPasswords(dir), passwords)
  })

  it('refuses an empty file: an empty password would let everybody in', t => {
    const dir = temporaryDirectory(t)
    writeFileSync(passwordFile(dir, 'writer'), '\n')
    assert.throws(() => loadPasswords(dir), { name: 'StartError', message: /writer\.password is empty/ })
  })
})
