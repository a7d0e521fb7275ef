import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import type { EmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { ALL, consume, isCode, openTestLog, readAll, record, tempDir } from './kit.ts'

const value = Buffer.alloc(20_000)

/** Appends until the log refuses; returns how many were taken. */
async function fill(log: EmbeddedLog, prefix: string): Promise<number> {
  for (let taken = 0; taken < 10_000; taken++) {
    try {
      await log.append('t', [record(`${prefix} ${taken}`, value)])
    } catch (error) {
      assert.ok(isCode('log_full')(error), `${error}`)
      return taken
    }
  }
  throw new Error('the log is never full')
}

it('is full at maxBytes, says who holds it, and takes appends again once the records are consumed', async t => {
  const log = await openTestLog(t, await tempDir(t), { retention: { maxBytes: 2 ** 20, maxAgeMs: 1e12 } })
  const subscription = await log.subscribe({ group: 'slow', topics: ['t'] })
  const taken = await fill(log, 'first')
  assert.ok(taken > 30 && taken < 53, `${taken} records of 20 kB in 1 MiB`)
  assert.ok(log.stats().usedBytes <= 2 ** 20)
  const health = await log.health()
  assert.ok(
    !health.ok && /group slow, which has \d+ records to read/.test(health.reason),
    JSON.stringify(health),
  )

  assert.equal((await consume(subscription)).length, taken)
  assert.deepEqual(await log.health(), { ok: true })
  assert.ok((await fill(log, 'second')) >= taken, 'consumed records make room, whatever their age')
  assert.ok(log.stats().usedBytes <= 2 ** 20)
})

it('takes dead letters from its consumer when it is full, so that the consumer can go on', async t => {
  const log = await openTestLog(t, await tempDir(t), {
    partitions: 1,
    retention: { maxBytes: 2 ** 20, maxAgeMs: 1e12 },
  })
  const events = await log.subscribe({ group: 'g', topics: ['t'] })
  const letters = await log.subscribe({ group: 'g-dead', topics: ['dead'] })
  const taken = await fill(log, 'unread')
  await assert.rejects(log.append('dead', [record('refused', value)]), isCode('log_full'))

  const [batch] = await events.poll(ALL)
  assert.equal(batch?.records.length, taken)
  const refused = Array.from({ length: 40 }, (_, i) => record(`letter ${i}`, value))
  await log.append('dead', refused, { reserve: true })
  assert.ok(log.stats().usedBytes > 2 ** 20)
  await assert.rejects(log.append('t', [record('still full', value)]), isCode('log_full'))

  await events.commit([{ topic: 't', partition: 0, first: 0, last: taken - 1 }])
  await log.append('t', [record('goes on')])
  assert.ok(log.stats().usedBytes <= 2 ** 20, 'what was consumed made room')
  assert.deepEqual(
    (await consume(letters)).map(({ key }) => key),
    refused.map(({ key }) => key),
  )
  assert.ok((await fill(log, 'again')) >= taken)
})

it('drops what is consumed before it uses the reserve', async t => {
  const log = await openTestLog(t, await tempDir(t), { retention: { maxBytes: 2 ** 20, maxAgeMs: 1e12 } })
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  await fill(log, 'a')
  await consume(subscription)
  for (let i = 0; i < 100; i++) {
    await log.append('t', [record(`b ${i}`, value)], { reserve: true })
    await consume(subscription)
    assert.ok(log.stats().usedBytes <= 2 ** 20)
  }
})

it('drops the oldest consumed records first, and only as many as needed', async t => {
  let now = 0
  const log = await openTestLog(t, await tempDir(t), {
    clock: { now: () => now++ },
    partitions: 1,
    retention: { maxBytes: 2 ** 22, maxAgeMs: 1e12 },
  })
  const subscriptions = await Promise.all(
    ['t', 'u'].map(topic => log.subscribe({ group: `reads-${topic}`, topics: [topic] })),
  )
  await log.append('u', [record('oldest', value)])
  for (let i = 0; i < 100; i++) await log.append('t', [record(`${i}`, Buffer.alloc(30_000))])
  for (const subscription of subscriptions) await consume(subscription)
  for (let i = 0; i < 50; i++) await log.append('u', [record('new', Buffer.alloc(30_000))])
  const kept = await readAll(log, 'u')
  assert.ok(
    kept.every(({ key }) => key === 'new'),
    'the oldest went',
  )
})

it('stays full while no group reads', async t => {
  const log = await openTestLog(t, await tempDir(t), { retention: { maxBytes: 2 ** 20, maxAgeMs: 0 } })
  const taken = await fill(log, 'a')
  await log.trim()
  assert.equal(await fill(log, 'b'), 0)
  assert.equal((await readAll(log, 't')).length, taken)
})

it('refuses what does not fit and takes the smaller one behind it', async t => {
  const log = await openTestLog(t, await tempDir(t), { retention: { maxBytes: 2 ** 20 } })
  const results = await Promise.allSettled([
    log.append('t', [record('large', Buffer.alloc(2 ** 21))]),
    log.append('t', [record('small')]),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
})

/** A disk of its own, which goes away after the test; undefined where this is not possible. */
async function smallDisk(t: TestContext, size: string): Promise<string | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'small-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir], { stdio: 'pipe' })
  } catch {
    await rmdir(dir)
    t.skip('a disk of its own needs the right to mount one')
    return undefined
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', dir])
    return rmdir(dir)
  })
  return dir
}

it('is full before the disk is, still commits, and goes on by itself when the disk grows', async t => {
  const dir = await smallDisk(t, '16m')
  if (!dir) return
  const log = await openTestLog(t, dir, { retention: { maxAgeMs: 1e12 } })
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  const taken = await fill(log, 'first')
  assert.ok(taken > 400, `${taken} records of 20 kB in 16 MiB`)
  const health = await log.health()
  assert.ok(!health.ok && /the disk has \d+ bytes left/.test(health.reason), JSON.stringify(health))

  execFileSync('mount', ['-o', 'remount,size=24m', dir])
  assert.ok((await fill(log, 'second')) > 200)
  assert.ok((await consume(subscription)).length > 600)
  assert.ok((await fill(log, 'third')) > 600, 'consumed records make room on a full disk')
})

it('loses nothing when others fill the disk', async t => {
  const dir = await smallDisk(t, '16m')
  if (!dir) return
  const log = await openTestLog(t, dir, { retention: { minFreeDiskBytes: 2 ** 20 } })
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  const acknowledged: string[] = []
  for (let i = 0; i < 100; i++) {
    await log.append('t', [record(`${i}`, value)])
    acknowledged.push(`${i}`)
  }
  spawnSync('dd', ['if=/dev/zero', `of=${dir}/other`, 'bs=64k', 'count=1000'])
  assert.equal(await fill(log, 'b'), 0)
  await assert.rejects(consume(subscription), isCode('log_full'))
  await assert.rejects(log.append('t', [record('c')], { reserve: true }), isCode('log_full'))
  await rm(`${dir}/other`)
  assert.ok((await fill(log, 'c')) > 100)
  const found = new Set((await readAll(log, 't')).map(({ key }) => key))
  assert.ok(acknowledged.every(key => found.has(key)))
})

it('is not healthy while the disk has no room, whatever could be dropped', async t => {
  const dir = await smallDisk(t, '16m')
  if (!dir) return
  const log = await openTestLog(t, dir, { retention: { minFreeDiskBytes: 2 ** 20, maxAgeMs: 1e12 } })
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  for (let i = 0; i < 10; i++) await log.append('t', [record(`${i}`, value)])
  await consume(subscription)
  assert.deepEqual(await log.health(), { ok: true })
  spawnSync('dd', ['if=/dev/zero', `of=${dir}/other`, 'bs=64k', 'count=1000'])
  await assert.rejects(log.append('t', [record('small')]), isCode('log_full'))
  const health = await log.health()
  assert.ok(!health.ok && /full.*the disk has \d+ bytes left/.test(health.reason), JSON.stringify(health))
  await rm(`${dir}/other`)
  assert.deepEqual(await log.health(), { ok: true })
})

it('is not healthy while too much waits to be written', async t => {
  const log = await openTestLog(t, await tempDir(t), { limits: { queueBytes: 2 ** 20 } })
  const waiting = log.append('t', [record('large', Buffer.alloc(2 ** 20))])
  const health = await log.health()
  assert.ok(!health.ok && /wait to be written/.test(health.reason), JSON.stringify(health))
  await waiting
  assert.deepEqual(await log.health(), { ok: true })
})
