import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { readKeys } from '#platform/api-keys/file.ts'
import { keysFile, keysOf } from '../platform/api-keys/kit.ts'
import { runCommand, serve } from './harness.ts'

function keys(t: TestContext) {
  const file = keysFile(t)
  const env = { SPENDLEDGER_API_KEYS_FILE: file }
  return {
    file,
    read: () => readKeys(file),
    run: (...argv: string[]) => runCommand(['keys', ...argv], { env }),
  }
}

test('create makes the file, and prints the key alone on standard output, this once', async t => {
  const { file, run, read } = keys(t)
  const ran = await run('create', '--name', 'checkout')
  assert.equal(ran.code, 0, ran.err)
  assert.match(ran.out, /^sl_[0-9a-f]{12}_[0-9a-f]{64}\n$/)
  assert.match(
    ran.err,
    /^key [0-9a-f]{12} \(checkout\) may ingest; it is shown this once, .*keys\.json keeps its hash\n$/,
  )
  const secret = ran.out.trim().split('_')[2] ?? ''
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const listed = await run('list')
  for (const text of [ran.err, listed.out, listed.err, readFileSync(file, 'utf8')]) {
    assert.ok(!text.includes(secret))
  }
  assert.deepEqual(
    read().map(({ name, scopes, pinned, limits, created_at }) => [name, scopes, pinned, limits, created_at]),
    [['checkout', ['ingest'], {}, {}, '2026-11-24T10:00:00.000Z']],
  )
})

test('a key gets the scopes, pins and limits that it is given, and opens a server with them', async t => {
  const { run, read } = keys(t)
  const ran = await run(
    ...['create', '--name', 'a b', '--scope', 'ingest', '--scope', 'read', '--scope', 'read', '--json'],
    ...[
      '--pin',
      'environment=prod',
      '--pin',
      'team=a=b',
      '--events-per-minute',
      '60',
      '--bytes-per-minute',
      '1000',
    ],
  )
  assert.equal(ran.err, '')
  const { key, ...shown } = JSON.parse(ran.out)
  const [record] = read()
  assert.ok(record)
  const { hash: _, ...stored } = record
  assert.deepEqual(shown, stored)
  assert.deepEqual(record.scopes, ['ingest', 'read'])
  assert.deepEqual(record.pinned, { environment: 'prod', team: 'a=b' })
  assert.deepEqual(record.limits, { events_per_minute: 60, bytes_per_minute: 1_000 })
  const verified = keysOf(t, [{ key, record }]).verify(key)
  assert.ok(verified.ok && verified.key.allows(['read']) && !verified.key.allows(['admin']))
})

test('list shows everything but the hash, revoked keys as well', async t => {
  const { run, read } = keys(t)
  await run('create', '--name', 'one', '--pin', 'environment=prod', '--events-per-minute', '6000')
  await run('create', '--name', 'two', '--scope', 'admin')
  const [one, two] = read()
  assert.ok(one && two)
  await run('revoke', two.id)
  const { out } = await run('list')
  assert.match(out, new RegExp(`^${one.id}  one   ingest  environment=prod +6,000 `, 'm'))
  assert.match(
    out,
    new RegExp(`^${two.id}  two   admin .* 2026-11-24T10:00:00.000Z  2026-11-24T10:00:00.000Z$`, 'm'),
  )
  assert.match(out, /\n2 keys, 1 revoked\n$/)
  const listed = JSON.parse((await run('list', '--json')).out)
  assert.deepEqual(
    listed.map(({ id, revoked_at }: Record<string, string>) => [id, revoked_at]),
    [
      [one.id, undefined],
      [two.id, '2026-11-24T10:00:00.000Z'],
    ],
  )
  for (const { hash } of [one, two]) assert.ok(!(out + JSON.stringify(listed)).includes(hash))
})

test('revoke says what it did; an unknown id fails, a second time does nothing', async t => {
  const { run, read } = keys(t)
  await run('create', '--name', 'one')
  const id = read()[0]?.id ?? ''
  assert.equal((await run('revoke', id)).out, `revoked ${id}\n`)
  const revoked = read()
  assert.match((await run('revoke', id)).out, /was revoked already, at 2026-11-24T10:00:00\.000Z/)
  const unknown = await run('revoke', '000000000000')
  assert.equal(unknown.code, 1)
  assert.match(unknown.err, /^spendledger: there is no key with this id in .*; see keys list\n$/)
  assert.deepEqual(read(), revoked)
})

test('keys that are created at the same time are all there', async t => {
  const { run, read } = keys(t)
  const ran = await Promise.all(Array.from({ length: 8 }, (_, i) => run('create', '--name', `key ${i}`)))
  assert.deepEqual(
    ran.map(({ out }) => out.split('_')[1]).sort(),
    read()
      .map(({ id }) => id)
      .sort(),
  )
})

test('wrong usage is said in one line and makes no file', async t => {
  const { file, run } = keys(t)
  const cases: [string[], RegExp][] = [
    [[], /--name/],
    [['--name', 'a\nb'], /--name: expected 1 to 100 characters in one line/],
    [['--name', 'a', '--scope', 'write'], /--scope.*one of ingest, read, admin/],
    [['--name', 'a', '--pin', 'environment'], /--pin.*field=value/],
    [['--name', 'a', '--pin', 'event_id=x'], /--pin event_id cannot be pinned, expected one of source, /],
    [['--name', 'a', '--pin', 'team='], /--pin team is empty/],
    [['--name', 'a', '--events-per-minute', '0'], /whole number from 1/],
    [['--name', 'a', '--bytes-per-minute', '1e6'], /whole number from 1/],
  ]
  for (const [argv, message] of cases) {
    const ran = await run('create', ...argv)
    assert.equal(ran.code, 2, ran.err)
    assert.match(ran.err, message)
    assert.equal(ran.err.trimEnd().split('\n').length, 1)
    assert.equal(ran.out, '')
  }
  assert.ok(!existsSync(file))
})

test('without a file, or with one that is broken, each command says which setting it is about', async t => {
  const { file, run } = keys(t)
  const unset = await runCommand(['keys', 'create', '--name', 'a'])
  assert.equal(unset.code, 2)
  assert.match(unset.err, /SPENDLEDGER_API_KEYS_FILE is unset/)
  for (const argv of [['list'], ['revoke', '000000000000']]) {
    const missing = await run(...argv)
    assert.equal(missing.code, 2)
    assert.match(missing.err, /SPENDLEDGER_API_KEYS_FILE.*there is no file/)
  }
  writeFileSync(file, '{"version":1,"keys":[{"hash":"verysecret"}]}')
  for (const argv of [['list'], ['revoke', '000000000000'], ['create', '--name', 'a']]) {
    const broken = await run(...argv)
    assert.equal(broken.code, 2)
    assert.match(broken.err, /SPENDLEDGER_API_KEYS_FILE: .*keys\[0\]\.hash: expected/)
    assert.ok(!broken.err.includes('verysecret'))
  }
  assert.equal(readFileSync(file, 'utf8'), '{"version":1,"keys":[{"hash":"verysecret"}]}')
})

test('queries and quotes send the key as send does', async t => {
  const server = await serve(t, () => ({ status: 401, body: '' }))
  const env = { SPENDLEDGER_URL: server.url, SPENDLEDGER_API_KEY: 'sl_key' }
  const commands = [
    ['top', 'features'],
    ['trend'],
    ['events'],
    ['events', 'x'],
    ['quote', '-'],
    ['deadletters', 'list'],
  ]
  for (const argv of commands) {
    const before = server.received.length
    const ran = await runCommand(argv, { env, stdin: '{"event_id":"e"}' })
    assert.equal(ran.code, 1)
    assert.equal(ran.err, 'spendledger: status 401; SPENDLEDGER_API_KEY is the key that is sent\n')
    assert.ok(server.received.length > before, argv.join(' '))
  }
  for (const { headers } of server.received) assert.equal(headers.authorization, 'Bearer sl_key')
})
