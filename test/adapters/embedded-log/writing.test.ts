import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isCode, openTestLog, readAll, record, tempDir } from './kit.ts'

it('gathers what arrives during a write into one more write', async t => {
  const log = await openTestLog(t, await tempDir(t))
  await log.append('t', [record('first')])
  const before = log.stats().writes
  await Promise.all(Array.from({ length: 500 }, (_, i) => log.append('t', [record(`key-${i}`)])))
  assert.ok(log.stats().writes - before <= 2, `${log.stats().writes - before} writes`)
  assert.equal((await readAll(log, 't')).length, 501)
})

it('bounds a write by bytes', async t => {
  const log = await openTestLog(t, await tempDir(t), { limits: { transactionBytes: 10_000 } })
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => log.append('t', [record(`${i}`, Buffer.alloc(4_000))])),
  )
  assert.ok(log.stats().writes >= 10)
  await log.append('t', [record('larger than a write', Buffer.alloc(50_000))])
  assert.equal((await readAll(log, 't')).length, 21)
})

it('refuses as log_full what would make too many bytes wait, and takes appends again when they are written', async t => {
  const log = await openTestLog(t, await tempDir(t), { limits: { queueBytes: 10_000 } })
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => log.append('t', [record(`${i}`, Buffer.alloc(3_000))])),
  )
  const refused = results.filter(({ status }) => status === 'rejected')
  assert.equal(refused.length, 7)
  assert.ok(refused.every(result => result.status === 'rejected' && isCode('log_full')(result.reason)))
  assert.equal(log.stats().queuedBytes, 0)
  await log.append('t', [record('one larger than the bound, alone', Buffer.alloc(30_000))])
  assert.equal((await readAll(log, 't')).length, 4)
})

it('counts offsets from 0 without gaps in each partition, over many blocks and restarts', async t => {
  const dir = await tempDir(t)
  for (let round = 0; round < 3; round++) {
    const log = await openTestLog(t, dir)
    await log.append(
      't',
      Array.from({ length: 500 }, (_, i) => record(`${round} ${i}`, Buffer.alloc(300))),
    )
    await log.append('t', [record(`${round} alone`)])
    await log.close()
  }
  const log = await openTestLog(t, dir)
  const all = await readAll(log, 't')
  assert.equal(all.length, 1503)
  for (const partition of [0, 1, 2, 3]) {
    const offsets = all.filter(one => one.partition === partition).map(({ offset }) => offset)
    assert.ok(offsets.length > 200)
    assert.deepEqual(
      offsets,
      offsets.map((_, i) => i),
    )
  }
})

it('stamps records with the time of the write', async t => {
  const log = await openTestLog(t, await tempDir(t), { clock: { now: () => 1_234_567_890_123 } })
  await log.append('t', [record('a')])
  assert.deepEqual(
    (await readAll(log, 't')).map(({ timestamp }) => timestamp),
    [1_234_567_890_123],
  )
})

it('keeps the number of partitions that a topic was made with', async t => {
  const dir = await tempDir(t)
  const log = await openTestLog(t, dir, { partitions: 2 })
  await log.append('old', [record('a')])
  await log.close()
  const again = await openTestLog(t, dir, { partitions: 8 })
  const subscription = await again.subscribe({ group: 'g', topics: ['old', 'new'] })
  assert.equal((await subscription.progress('old')).length, 2)
  assert.equal((await subscription.progress('new')).length, 8)
})

it('refuses names that Kafka would refuse', async t => {
  const log = await openTestLog(t, await tempDir(t))
  for (const name of ['', 'a b', 'a/b', 'a\u0000b', 'x'.repeat(250)]) {
    await assert.rejects(log.append(name, [record('a')]), TypeError)
    await assert.rejects(log.subscribe({ group: name, topics: ['t'] }), TypeError)
  }
})

it('finishes what is under way when it closes', async t => {
  const dir = await tempDir(t)
  const log = await openTestLog(t, dir)
  const appends = Array.from({ length: 50 }, (_, i) => log.append('t', [record(`${i}`)]))
  await log.close()
  await Promise.all(appends)
  assert.equal((await readAll(await openTestLog(t, dir), 't')).length, 50)
})
