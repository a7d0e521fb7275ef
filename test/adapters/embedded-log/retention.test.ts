import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { EmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { HOUR_MS } from '#core/hours.ts'
import { ALL, consume, isCode, type Options, openTestLog, readAll, record, tempDir } from './kit.ts'

/** A log whose time the test sets, with one partition and records kept for 1,000 ms. */
async function timed(t: Parameters<typeof tempDir>[0]) {
  const dir = await tempDir(t)
  const time = { now: 0 }
  const open = (options: Options = {}) =>
    openTestLog(t, dir, {
      ...options,
      clock: { now: () => time.now },
      partitions: 1,
      retention: { maxAgeMs: 1_000 },
    })
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
  const { time, log } = await timed(t)
  await (await log.subscribe({ group: 'away', topics: ['t'] })).close()
  await log.append('t', [record('a')])
  await consume(await log.subscribe({ group: 'g', topics: ['t'] }))
  time.now = 1e9
  await log.trim()
  assert.equal((await consume(await log.subscribe({ group: 'away', topics: ['t'] }))).length, 1)
})

/** A log opened again, of whose groups `g` has subscribed and read everything and `away`, which read one of three, has not. */
async function leftByAGroup(t: Parameters<typeof tempDir>[0]) {
  const { time, log, open } = await timed(t)
  const away = await log.subscribe({ group: 'away', topics: ['t'] })
  for (const key of ['a', 'b', 'c']) await log.append('t', [record(key)])
  await away.poll(ALL)
  await away.commit([{ topic: 't', partition: 0, first: 0, last: 0 }])
  await log.close()
  time.now = 1e9
  const warnings: object[] = []
  const again = await open({ log: { warn: about => warnings.push(about) } })
  await consume(await again.subscribe({ group: 'g', topics: ['t'] }))
  return { time, log: again, open, warnings }
}

it('keeps the records of a group that has not come back for one hour, and no longer', async t => {
  const { time, log, open, warnings } = await leftByAGroup(t)
  time.now += HOUR_MS - 1
  await log.trim()
  assert.equal(log.stats().records.get('t'), 2, 'dropped: what both groups have read')
  assert.deepEqual(warnings, [])
  time.now += 1
  await log.append('t', [record('d')])
  await log.trim()
  assert.equal(log.stats().records.get('t'), 1)
  assert.deepEqual(warnings, [{ group: 'away' }])

  await log.append('t', [record('e')])
  const away = await log.subscribe({ group: 'away', topics: ['t'] })
  assert.deepEqual(await away.progress('t'), [{ logId: log.id, partition: 0, committed: 3, end: 5 }])
  time.now += HOUR_MS
  await log.trim()
  assert.equal(log.stats().records.get('t'), 2, 'it is back and holds them')
  assert.deepEqual(
    (await consume(away)).map(({ key }) => key),
    ['d', 'e'],
  )
  await log.close()
  assert.equal((await consume(await (await open()).subscribe({ group: 'away', topics: ['t'] }))).length, 0)
})

it('keeps for its groups all that they left, once they come back within the hour', async t => {
  const { time, log, warnings } = await leftByAGroup(t)
  time.now += HOUR_MS - 1
  const away = await log.subscribe({ group: 'away', topics: ['t'] })
  time.now += HOUR_MS
  await log.trim()
  assert.deepEqual(
    (await consume(away)).map(({ key }) => key),
    ['b', 'c'],
  )
  assert.deepEqual(warnings, [])
})

it('lets a group come back at any moment of a drop that passes it', async t => {
  for (let turns = 0; turns < 16; turns++) {
    const { time, log } = await leftByAGroup(t)
    time.now += HOUR_MS
    await log.append('t', [record('d')])
    const trimmed = log.trim()
    for (let turn = 0; turn < turns; turn++) await setImmediate()
    const away = await log.subscribe({ group: 'away', topics: ['t'] })
    await trimmed
    const kept = log.stats().records.get('t') ?? 0
    assert.equal((await away.progress('t'))[0]?.committed, 4 - kept)
    assert.equal((await consume(away)).length, kept)
  }
})

it('forgets a group whose records it dropped, and warns of it no second time', async t => {
  const { time, log, open } = await leftByAGroup(t)
  time.now += HOUR_MS
  await log.trim()
  await log.close()
  const warnings: object[] = []
  const again = await open({ log: { warn: about => warnings.push(about) } })
  await again.append('t', [record('d')])
  await consume(await again.subscribe({ group: 'g', topics: ['t'] }))
  time.now += 2_000
  await again.trim()
  assert.equal(again.stats().records.get('t'), 0, 'it holds nothing any more')
  time.now += HOUR_MS
  await again.trim()
  assert.deepEqual(warnings, [])
})

it('begins where a drop of the same write ends', async t => {
  const { time, log } = await timed(t)
  const first = await log.subscribe({ group: 'g', topics: ['t'] })
  await log.append('t', [record('a')])
  await consume(first)
  time.now = 1e9
  const under = log.append('u', [record('a write under way')])
  const trimmed = log.trim()
  const subscribed = log.subscribe({ group: 'new', topics: ['t'] })
  await Promise.all([under, trimmed])
  const second = await subscribed
  await log.append('t', [record('b')])
  await consume(first)
  await log.trim()
  assert.deepEqual(
    (await consume(second)).map(({ key }) => key),
    ['b'],
  )
})

it('keeps what is unread, and that only, while none of the groups of a topic has come back', async t => {
  const { time, log, open } = await timed(t)
  await log.append('t', [record('read')])
  await consume(await log.subscribe({ group: 'away', topics: ['t'] }))
  await log.append('t', [record('unread')])
  await log.close()
  const again = await open()
  await again.subscribe({ group: 'away', topics: ['another'] })
  time.now = 1e9
  await again.trim()
  assert.equal(again.stats().records.get('t'), 1)
})

it('is no longer full of what a group that is gone has not read', async t => {
  const dir = await tempDir(t)
  const time = { now: 0 }
  const open = () =>
    openTestLog(t, dir, {
      clock: { now: () => time.now },
      retention: { maxBytes: 2 ** 20, maxAgeMs: 1e12 },
    })
  const log = await open()
  await log.subscribe({ group: 'gone', topics: ['t'] })
  const append = (to: EmbeddedLog) => to.append('t', [record('a', Buffer.alloc(50_000))])
  await assert.rejects(async () => {
    for (;;) await append(log)
  }, isCode('log_full'))
  await log.close()
  const again = await open()
  const subscription = await again.subscribe({ group: 'g', topics: ['t'] })
  await consume(subscription)
  await assert.rejects(append(again), /held by group gone/)
  time.now = HOUR_MS
  assert.deepEqual(await again.health(), { ok: true })
  for (let i = 0; i < 50; i++) {
    await append(again)
    await consume(subscription)
  }
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
  assert.deepEqual(await subscription.progress('t'), [
    { logId: again.id, partition: 0, committed: 2, end: 2 },
  ])
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
