import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openApiKeys } from '#platform/api-keys/api-keys.ts'
import { serializeKeys, writeKeys } from '#platform/api-keys/file.ts'
import { ConfigError } from '#platform/config-error.ts'
import { createLogger } from '#platform/log.ts'
import { silentLog } from '../../support/silent.ts'
import { collectLines } from '../http-fixture.ts'
import { keysFile, keysOf, NOW, newKey, scratch } from './kit.ts'

const clock = { now: () => NOW }
const REVOKED = '2026-11-24T09:00:00.000Z'

function opened(t: TestContext, file: string) {
  const stream = collectLines()
  const log = createLogger({ level: 'info', format: 'json', service: 'test', stream })
  const keys = openApiKeys({ file, log, clock, pollMs: 5 })
  t.after(() => keys.close())
  return { keys, lines: stream.lines }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (condition()) return
    await sleep(5)
  }
  assert.fail(`${what}: not within 10 s`)
}

function complaintsOf(file: string): string {
  try {
    openApiKeys({ file, log: silentLog(), clock }).close()
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.message
  }
  return ''
}

test('a server does not start on a file that is missing or broken, and says which and why', t => {
  const file = keysFile(t)
  assert.match(complaintsOf(file), /SPENDLEDGER_API_KEYS_FILE: .*keys\.json: there is no such file/)
  writeFileSync(file, '{"version":1,"keys":[{},{}]}')
  const broken = complaintsOf(file)
  assert.match(broken, /keys\[0\]\.hash: expected/)
  assert.match(broken, /keys\[1\]\.name: expected/)
  rmSync(file)
  mkdirSync(file)
  assert.match(complaintsOf(file), /keys\.json: cannot be read \(EISDIR\)/)
})

test('keys that are added are let in, and revoked ones no more, without a restart', async t => {
  const file = keysFile(t)
  const [first, second] = [newKey(), newKey()]
  writeKeys(file, [first.record])
  const { keys } = opened(t, file)
  assert.ok(keys.verify(first.key).ok)
  assert.deepEqual(keys.verify(second.key), { ok: false, reason: 'unknown' })

  writeKeys(file, [{ ...first.record, revoked_at: REVOKED }, second.record])
  await until('the reload', () => keys.verify(second.key).ok)
  assert.deepEqual(keys.verify(first.key), { ok: false, reason: 'revoked' })
})

test('the link of a Kubernetes secret that is turned to another directory is followed', async t => {
  const directory = scratch(t)
  const [before, after] = [newKey(), newKey()]
  for (const [name, { record }] of [
    ['v1', before],
    ['v2', after],
  ] as const) {
    mkdirSync(join(directory, name))
    writeKeys(join(directory, name, 'keys.json'), [record])
  }
  symlinkSync('v1', join(directory, '..data'))
  symlinkSync('..data/keys.json', join(directory, 'keys.json'))
  const { keys } = opened(t, join(directory, 'keys.json'))
  assert.ok(keys.verify(before.key).ok)

  symlinkSync('v2', join(directory, '..new'))
  renameSync(join(directory, '..new'), join(directory, '..data'))
  await until('the reload', () => keys.verify(after.key).ok)
  assert.ok(!keys.verify(before.key).ok)
})

test('a file that was broken keeps the keys from before, is complained of once, and is taken again when it is whole', async t => {
  const file = keysFile(t)
  const [first, second] = [newKey(), newKey()]
  writeKeys(file, [first.record])
  const { keys, lines } = opened(t, file)
  const errors = () => lines.filter(({ level }) => level === 'error')

  writeFileSync(file, serializeKeys([first.record]).slice(0, -20))
  await until('the complaint', () => errors().length > 0)
  await sleep(100)
  assert.equal(errors().length, 1)
  assert.equal(errors()[0]?.['reason'], 'it is not JSON')
  assert.ok(!JSON.stringify(lines).includes(first.record.hash))
  assert.ok(keys.verify(first.key).ok)

  rmSync(file)
  await sleep(100)
  assert.equal(errors().length, 1, 'a file that is gone is the same trouble')
  assert.ok(keys.verify(first.key).ok)

  writeKeys(file, [second.record])
  await until('the reload', () => keys.verify(second.key).ok)
})

test('closed, it looks at the file no more', async t => {
  const file = keysFile(t)
  const [first, second] = [newKey(), newKey()]
  writeKeys(file, [first.record])
  const { keys } = opened(t, file)
  keys.close()
  writeKeys(file, [second.record])
  await sleep(100)
  assert.ok(keys.verify(first.key).ok)
})

test('what a key has sent stays sent when the file is read again, under its new limits', async t => {
  const file = keysFile(t)
  const { record, key } = newKey({ limits: { events_per_minute: 60 } })
  const other = newKey()
  writeKeys(file, [record])
  const { keys } = opened(t, file)
  const take = (events: number) => {
    const verified = keys.verify(key)
    assert.ok(verified.ok)
    verified.key.take({ events, bytes: 1 })
  }
  take(120)
  assert.throws(() => take(1), /60 events a minute/)

  writeKeys(file, [{ ...record, limits: { events_per_minute: 6_000 } }, other.record])
  await until('the reload', () => keys.verify(other.key).ok)
  assert.throws(() => take(1), /6000 events a minute/)
})

test('each key has a budget of its own, and the default where it names none', t => {
  const [small, large] = [newKey({ limits: { bytes_per_minute: 10 } }), newKey()]
  const keys = keysOf(t, [small, large])
  const [first, second] = [keys.verify(small.key), keys.verify(large.key)]
  assert.ok(first.ok && second.ok)
  first.key.take({ events: 1, bytes: 10 })
  assert.throws(() => first.key.checkLimits(), /10 bytes a minute/)
  second.key.take({ events: 599_999, bytes: 512 * 2 ** 20 - 1 })
  second.key.take({ events: 1, bytes: 1 })
  assert.throws(() => second.key.checkLimits(), /a minute/)
})
