import assert from 'node:assert/strict'
import { it } from 'node:test'
import { packBlocks } from '#adapters/embedded-log/block.ts'
import { newTopic } from '#adapters/embedded-log/catalog.ts'
import { openStore } from '#adapters/embedded-log/store.ts'
import { createSubscription } from '#adapters/embedded-log/subscription.ts'
import { createSignal } from '#adapters/polling/signal.ts'
import type { OffsetRange } from '#ports/event-log.ts'
import { ALL, consume, isCode, openTestLog, readAll, record, tempDir } from './kit.ts'

it('has one member of a group at a time, and another after it closed', async t => {
  const log = await openTestLog(t, await tempDir(t))
  const first = await log.subscribe({ group: 'g', topics: ['t'] })
  await assert.rejects(log.subscribe({ group: 'g', topics: ['t'] }), /has a member/)
  await log.append('t', [record('a')])
  await first.poll(ALL)
  await first.close()
  const second = await log.subscribe({ group: 'g', topics: ['t'] })
  await first.close()
  await assert.rejects(log.subscribe({ group: 'g', topics: ['t'] }), /has a member/)
  assert.deepEqual(
    (await consume(second)).map(({ key }) => key),
    ['a'],
  )
})

it('ends with its log, also in the middle of a poll', async t => {
  const log = await openTestLog(t, await tempDir(t))
  await log.append(
    't',
    Array.from({ length: 20_000 }, (_, i) => record(`${i}`, Buffer.alloc(200))),
  )
  const reading = await log.subscribe({ group: 'reading', topics: ['t'] })
  const waiting = await log.subscribe({ group: 'waiting', topics: ['u'] })
  const polls = [reading.poll(ALL), waiting.poll({ ...ALL, waitMs: 60_000 })]
  await log.close()
  assert.deepEqual(await Promise.all(polls), [[], []])
})

it('ignores a commit after it closed', async t => {
  const log = await openTestLog(t, await tempDir(t))
  await log.append('t', [record('a')])
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  await subscription.poll(ALL)
  await subscription.close()
  await consume(subscription)
  assert.equal((await consume(await log.subscribe({ group: 'g', topics: ['t'] }))).length, 1)
})

it('resolves a commit only when an earlier one of the same range is on the disk', async t => {
  const log = await openTestLog(t, await tempDir(t), { partitions: 1 })
  await log.append('t', [record('a')])
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  await subscription.poll(ALL)
  const range: OffsetRange = { topic: 't', partition: 0, first: 0, last: 0 }
  const committed = async () => (await subscription.progress('t'))[0]?.committed
  const first = subscription.commit([range])
  await subscription.commit([range])
  assert.equal(await committed(), 1)
  await first
})

it('shares one write among commits and appends', async t => {
  const log = await openTestLog(t, await tempDir(t))
  await log.append(
    't',
    Array.from({ length: 100 }, (_, i) => record(`${i}`)),
  )
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  const batches = await subscription.poll(ALL)
  assert.equal(batches.length, 4)
  const { writes } = log.stats()
  await Promise.all([
    ...batches.map(({ topic, partition, records }) =>
      subscription.commit([{ topic, partition, first: 0, last: records.length - 1 }]),
    ),
    log.append('t', [record('more')]),
  ])
  assert.equal(log.stats().writes - writes, 1)
})

it('reads from the beginning when its position lies beyond the end', async t => {
  const dir = await tempDir(t)
  const log = await openTestLog(t, dir, { partitions: 1 })
  await log.append('t', [record('a'), record('b')])
  await consume(await log.subscribe({ group: 'g', topics: ['t'] }))
  await log.close()
  const store = openStore(dir, 2 ** 24)
  await store.write(to => to.positions.put(['g', 0, 0], 1_000))
  await store.close()
  const again = await openTestLog(t, dir)
  const subscription = await again.subscribe({ group: 'g', topics: ['t'] })
  assert.deepEqual(await subscription.progress('t'), [
    { logId: again.id, partition: 0, committed: 0, end: 2 },
  ])
  assert.equal((await consume(subscription)).length, 2)
})

it('reads all its topics and partitions in turns: none starves behind the long ones', async t => {
  const log = await openTestLog(t, await tempDir(t), { partitions: 2 })
  for (const topic of ['t', 'u']) {
    await log.append(
      topic,
      Array.from({ length: 1_000 }, (_, i) => record(`${i}`)),
    )
  }
  const subscription = await log.subscribe({ group: 'g', topics: ['t', 'u'] })
  const seen = new Map<string, number>()
  for (let poll = 0; poll < 8; poll++) {
    for (const { topic, partition, records } of await subscription.poll({ ...ALL, maxRecords: 2 })) {
      const name = `${topic}/${partition}`
      seen.set(name, (seen.get(name) ?? 0) + records.length)
    }
  }
  assert.deepEqual([...seen].sort(), [
    ['t/0', 4],
    ['t/1', 4],
    ['u/0', 4],
    ['u/1', 4],
  ])
})

it('gives again what a failed poll had read', async t => {
  const store = openStore(await tempDir(t), 2 ** 24)
  t.after(() => store.close())
  const topic = newTopic('t', 0, 2)
  await store.write(to => {
    for (const { index } of topic.partitions) {
      for (const block of packBlocks([record(`in ${index}`)], 0, 0)) {
        to.blocks.put([0, index, block.first, block.count, block.timestamp], block.data)
      }
    }
  })
  for (const partition of topic.partitions) partition.end = 1
  let fails = true
  const subscription = createSubscription({
    logId: 'log-1',
    store: {
      ...store,
      blocks(topicId, partition, offset) {
        if (fails && partition === 1) throw new Error('the disk does not answer')
        return store.blocks(topicId, partition, offset)
      },
    },
    writer: { update: async () => undefined },
    written: createSignal(),
    group: 'g',
    topics: [topic],
    onClose: () => undefined,
  })
  await assert.rejects(subscription.poll(ALL), isCode('log_unavailable'))
  fails = false
  const keys = (await subscription.poll(ALL)).flatMap(({ records }) => records.map(({ key }) => key))
  assert.deepEqual(keys.sort(), ['in 0', 'in 1'])
})

it('gives a record larger than maxBytes its turn', async t => {
  const log = await openTestLog(t, await tempDir(t))
  await log.append(
    't',
    Array.from({ length: 40 }, (_, i) => record(`${i}`, Buffer.alloc(i % 10 === 0 ? 5_000 : 100))),
  )
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  let read = 0
  for (let poll = 0; read < 40 && poll < 60; poll++) {
    const records = (await subscription.poll({ ...ALL, maxBytes: 1_000 })).flatMap(batch => batch.records)
    assert.ok(records.length === 1 || records.reduce((sum, { value }) => sum + value.length, 0) <= 1_000)
    read += records.length
  }
  assert.equal(read, 40)
})

it('allows one poll at a time', async t => {
  const log = await openTestLog(t, await tempDir(t))
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  const first = subscription.poll({ ...ALL, waitMs: 200 })
  await assert.rejects(subscription.poll(ALL), /polls already/)
  await first
})

it('leaves the event loop free while it reads 20,000 records of 1 kB', async t => {
  const log = await openTestLog(t, await tempDir(t))
  for (let i = 0; i < 20; i++) {
    await log.append(
      't',
      Array.from({ length: 1_000 }, (_, n) => record(`${i} ${n}`, Buffer.alloc(1_024))),
    )
  }
  const subscription = await log.subscribe({ group: 'g', topics: ['t'] })
  let turns = 0
  const count = (): void => {
    turns += 1
    immediate = setImmediate(count)
  }
  let immediate = setImmediate(count)
  const batches = await subscription.poll({ ...ALL, maxRecords: 20_000 })
  clearImmediate(immediate)
  assert.equal(
    batches.reduce((sum, { records }) => sum + records.length, 0),
    20_000,
  )
  assert.ok(turns >= 20, `only ${turns} turns for 20 MB`)
})

it('says that the log does not answer when a block is missing, and reads nothing past it', async t => {
  const dir = await tempDir(t)
  const log = await openTestLog(t, dir, { partitions: 1 })
  await log.append('t', [record('a')])
  await log.append('t', [record('b')])
  await log.close()
  const store = openStore(dir, 2 ** 24)
  await store.write(to => to.blocks.remove([0, 0, 0, 1, 1_000_000]))
  await store.close()
  const again = await openTestLog(t, dir)
  const subscription = await again.subscribe({ group: 'g', topics: ['t'] })
  for (let i = 0; i < 2; i++) await assert.rejects(subscription.poll(ALL), isCode('log_unavailable'))
})

it('keeps positions of several groups and topics apart over a restart', async t => {
  const dir = await tempDir(t)
  const log = await openTestLog(t, dir)
  for (const topic of ['t', 'u']) await log.append(topic, [record('a'), record('b')])
  await consume(await log.subscribe({ group: 'both', topics: ['t', 'u'] }))
  await consume(await log.subscribe({ group: 'one', topics: ['t'] }))
  await log.close()
  const again = await openTestLog(t, dir)
  assert.equal((await consume(await again.subscribe({ group: 'both', topics: ['t', 'u'] }))).length, 0)
  assert.equal((await consume(await again.subscribe({ group: 'one', topics: ['t', 'u'] }))).length, 2)
  assert.equal((await readAll(again, 't')).length, 2)
})
