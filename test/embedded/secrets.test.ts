import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { readKeys, writeKeys } from '#platform/api-keys/file.ts'
import { hashSecret, parseKey } from '#platform/api-keys/key-format.ts'
import { makeSecrets } from '../../services/embedded/secrets.ts'

const CLICKHOUSE = new URL('http://clickhouse:8123')
const MACHINE = { cores: 4, memoryBytes: 8 * 2 ** 30 }

function temporaryDirectory(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'spendledger-secrets-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'secrets')
}

const make = (directory: string, clickhouse = CLICKHOUSE) =>
  makeSecrets({ directory, clickhouse, machine: MACHINE, now: Date.UTC(2026, 10, 24) })

/** Each file with its mode and content, each directory with its mode. */
function contentOf(directory: string): Map<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(
    names.map(name => {
      const stat = statSync(join(directory, name))
      const mode = (stat.mode & 0o777).toString(8)
      return [name, stat.isDirectory() ? mode : `${mode} ${readFileSync(join(directory, name), 'utf8')}`]
    }),
  )
}

const modesOf = (directory: string) =>
  Object.fromEntries([...contentOf(directory)].map(([name, text]) => [name, text.split(' ')[0]]))

describe('makeSecrets', () => {
  it('makes everything, for its owner only but for the hashes that the server reads', t => {
    const directory = temporaryDirectory(t)
    const made = make(directory)
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    assert.deepEqual(modesOf(directory), {
      'api-keys': '700',
      'api-keys/api-keys.json': '600',
      'api.key': '600',
      aggregator: '700',
      'aggregator.password': '600',
      'aggregator/clickhouse.url': '600',
      reader: '700',
      'reader.password': '600',
      'reader/clickhouse.url': '600',
      'users.d': '755',
      'users.d/spendledger.xml': '644',
      writer: '700',
      'writer.password': '600',
      'writer/clickhouse.url': '600',
    })
    const files = [...contentOf(directory)].filter(([, text]) => text.includes(' ')).map(([name]) => name)
    assert.deepEqual([...made].sort(), files)
  })

  it('puts the password of each user into its address, and none into what others may read', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    const users = readFileSync(join(directory, 'users.d', 'spendledger.xml'), 'utf8')
    for (const user of ['writer', 'aggregator', 'reader']) {
      const password = readFileSync(join(directory, `${user}.password`), 'utf8').trim()
      const url = readFileSync(join(directory, user, 'clickhouse.url'), 'utf8')
      assert.equal(url, `http://${user}:${password}@clickhouse:8123/spendledger\n`)
      assert.ok(!users.includes(password))
    }
  })

  it('changes nothing the second time', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    const first = contentOf(directory)
    assert.deepEqual(make(directory), [])
    assert.deepEqual(contentOf(directory), first)
  })

  it('puts right what a run that was killed anywhere has left', t => {
    const whole = temporaryDirectory(t)
    make(whole)
    const files = [...contentOf(whole)].filter(([, text]) => text.includes(' ')).map(([name]) => name)
    // But for the text of the key: what is lost of it is lost.
    for (const name of files.filter(file => file !== 'api.key')) {
      const before = contentOf(whole)
      rmSync(join(whole, name))
      writeFileSync(join(whole, `${name}.new`), 'half')
      const made = make(whole)
      assert.ok(made.includes(name), name)
      assert.deepEqual(
        modesOf(whole),
        Object.fromEntries([...before].map(([key, text]) => [key, text.split(' ')[0]])),
      )
      assert.deepEqual(make(whole), [], name)
    }
  })

  it('takes a lost password as lost: a new one goes everywhere', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    rmSync(join(directory, 'reader.password'))
    assert.deepEqual(make(directory), ['reader.password', 'reader/clickhouse.url', 'users.d/spendledger.xml'])
  })

  it('makes one key that may do everything, of which only the hash is in the file', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    const file = join(directory, 'api-keys', 'api-keys.json')
    const [record, ...others] = readKeys(file)
    assert.ok(record)
    assert.deepEqual(others, [])
    const parts = parseKey(readFileSync(join(directory, 'api.key'), 'utf8').trim())
    assert.ok(parts)
    assert.equal(record.id, parts.id)
    assert.equal(record.hash, hashSecret(parts.secret).toString('hex'))
    assert.deepEqual(record.scopes, ['ingest', 'read', 'admin'])
    assert.ok(!readFileSync(file, 'utf8').includes(parts.secret))
  })

  it('never touches keys that are there: one that was revoked or thrown away stays so', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    const file = join(directory, 'api-keys', 'api-keys.json')
    writeKeys(file, [])
    rmSync(join(directory, 'api.key'))
    assert.deepEqual(make(directory), [])
    assert.deepEqual(readKeys(file), [])
  })

  it('after a kill between text and hash makes another key: nothing ever knew the first', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    const orphan = readFileSync(join(directory, 'api.key'), 'utf8')
    rmSync(join(directory, 'api-keys', 'api-keys.json'))
    assert.deepEqual(make(directory), ['api.key', 'api-keys/api-keys.json'])
    const text = readFileSync(join(directory, 'api.key'), 'utf8')
    assert.notEqual(text, orphan)
    assert.equal(readKeys(join(directory, 'api-keys', 'api-keys.json'))[0]?.id, parseKey(text.trim())?.id)
  })

  it('follows another address of the server, and a password set by hand', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    writeFileSync(join(directory, 'writer.password'), 'p@ss:w/o%rd\n')
    make(directory, new URL('https://db.example:8443'))
    const url = new URL(readFileSync(join(directory, 'writer', 'clickhouse.url'), 'utf8'))
    assert.equal(url.host, 'db.example:8443')
    assert.equal(decodeURIComponent(url.password), 'p@ss:w/o%rd')
    assert.equal(url.pathname, '/spendledger')
  })

  it('takes rights away that others were given', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    const before = contentOf(directory)
    chmodSync(directory, 0o755)
    for (const name of ['writer', 'writer/clickhouse.url', 'users.d/spendledger.xml']) {
      chmodSync(join(directory, name), 0o777)
    }
    assert.deepEqual(make(directory), [])
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    assert.deepEqual(contentOf(directory), before)
  })

  it('stops at a password that somebody emptied, and changes nothing', t => {
    const directory = temporaryDirectory(t)
    make(directory)
    writeFileSync(join(directory, 'reader.password'), '')
    const before = contentOf(directory)
    assert.throws(() => make(directory), /reader\.password is empty/)
    assert.deepEqual(contentOf(directory), before)
  })
})
