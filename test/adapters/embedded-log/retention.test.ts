import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { ALL, consume, openTestLog, readAll, record, tempDir } from './kit.ts'

/** A log whose time the test sets, with one partition and records kept for 1,000 ms. */
async function timed(t: Parameters<typeof tempDir>[0]) {
  const dir = await tempDir(t)
  const time = { now: 0 }
  const open = () =>
    openTestLog(t, dir, { clock: { now: () => time.now }, partitions: 1, retention: { maxAgeMs: 1_000 } })
  return { dir, time, open, log: await open() }
}

it('drops what is consumed and too old, and nothing else', async t => {
  const { time, log } = await timed(t)
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  await log.append('t', [record('old')])
  time.now = 600
  await log.append('t', [record('young')])
  await consume(subscription)
  time.now = 700
  await log.append('t', [record('unread')])
  time.now = 1_500
  await log.trim()
  assert.deepEqual(
    (await readAll(log, 't')).map(({ key }) => key),
    ['young', 'unread'],
  )
})

it('never drops what one of the groups has not consumed, however old', async t => {
  const { time, log } = await timed(t)
  const fast = await log.subscribe({ group: 'fast', topics: ['t'] })
  const slow = await log.subscribe({ group: 'slow', topics: ['t'] })
  await log.append('t', [record('a')])
  await log.append('t', [record('b')])
  await consume(fast)
  const [batch] = await slow.poll(ALL)
  await slow.commit([{ topic: 't', partition: 0, first: 0, last: 0 }])
  time.now = 1e9
  await log.trim()
  assert.equal(batch?.records.length, 2)
  assert.deepEqual(
    (await readAll(log, 't')).map(({ key }) => key),
    ['b'],
  )
})

it('keeps what a closed group has not consumed', async t => {
  const { time, log, open } = await timed(t)
  await (await log.subscribe({ group: 'away', topics: ['t'] })).close()
  await log.append('t', [record('a')])
  await log.close()
  const again = await open()
  await consume(await again.subscribe({ group: 'g', topics: ['t'] }))
  time.now = 1e9
  await again.trim()
  assert.equal((await consume(await again.subscribe({ group: 'away', topics: ['t'] }))).length, 1)
})

it('never drops from a topic that no group reads', async t => {
  const { time, log } = await timed(t)
  await log.append('t', [record('a')])
  time.now = 1e9
  await log.trim()
  assert.equal((await readAll(log, 't')).length, 1)
})

it('does not give out an offset again after everything was dropped and the log was opened again', async t => {
  const { time, log, open } = await timed(t)
  await log.append('t', [record('a'), record('b')])
  await consume(await log.subscribe({ group: 'g', topics: ['t'] }))
  time.now = 1e9
  await log.trim()
  await log.close()
  const again = await open()
  const subscription = await again.subscribe({ group: 'g', topics: ['t'] })
  assert.deepEqual(await subscription.progress('t'), [{ partition: 0, committed: 2, end: 2 }])
  await again.append('t', [record('c')])
  assert.deepEqual(
    (await consume(subscription)).map(({ key, offset }) => [key, offset]),
    [['c', 2]],
  )
})

it('drops in short writes and uses the space again', async t => {
  const { dir, time, log } = await timed(t)
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  const sizes: number[] = []
  for (let round = 0; round < 4; round++) {
    const values = Array.from({ length: 600 }, (_, i) => record(`${i}`, Buffer.alloc(20_000)))
    await log.append('t', values)
    await consume(subscription)
    time.now += 10_000
    const { writes, usedBytes } = log.stats()
    await log.trim()
    assert.equal(log.stats().writes - writes, 2, '600 blocks of 20 kB, at most 500 a write')
    assert.ok(log.stats().usedBytes < usedBytes - 11_000_000)
    sizes.push((await stat(join(dir, 'data.mdb'))).size)
  }
  assert.ok((sizes[3] ?? Infinity) < 1.3 * (sizes[1] ?? 0), `the file grew: ${sizes}`)
})
