// What happens to a topic while it is read or not: made anew, more partitions, positions set by a tool, records deleted.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { leadersOf } from '#adapters/kafka/leaders.ts'
import type { Cleanup } from '../../support/engine.ts'
import { createTopic, kafkaClient, needsKafka, startProducer, uniqueName } from '../../support/kafka.ts'
import {
  assertWithoutHoles,
  loud,
  numbers,
  openLog,
  POLL,
  rangeOf,
  readUntil,
  sorted,
  valuesOf,
} from './kit.ts'

const need = await needsKafka()

async function startAdmin(t: Cleanup) {
  const admin = kafkaClient().admin()
  await admin.connect()
  t.after(() => admin.disconnect())
  return admin
}

/** Numbers from..to - 1, in turn to each of the partitions. */
const messages = (from: number, to: number, partitions: number) =>
  numbers(from, to).map(value => ({ key: 'k', value: String(value), partition: value % partitions }))

describe('a topic that is deleted and made anew', { ...need, concurrency: true, timeout: 120_000 }, () => {
  for (const subscribed of [true, false]) {
    for (const [how, count] of [
      ['shorter than', 10],
      ['exactly as long as', 20],
      ['longer than', 40],
    ] as const) {
      const when = subscribed ? 'while it is read' : 'while nobody reads it'
      test(`${when}, and then ${how} before, is read from its beginning, once`, async t => {
        const { log, lines } = await openLog(t)
        const admin = await startAdmin(t)
        const producer = await startProducer(t)
        const topic = await createTopic(t, uniqueName('anew'), { partitions: 2 })
        const group = uniqueName('group')
        await producer.send(topic, messages(0, 20, 2))
        let subscription = await log.subscribe({ group, topics: [topic] })
        const before = await readUntil(subscription, all => valuesOf(all).length === 20, { commit: true })
        if (!subscribed) await subscription.close()

        await admin.deleteTopics({ topics: [topic] })
        await remade(admin, topic)
        await producer.send(topic, messages(1_000, 1_000 + count, 2))
        if (!subscribed) subscription = await log.subscribe({ group, topics: [topic] })
        const after = await readUntil(subscription, all => valuesOf(all).length >= count, {
          ms: 90_000,
          commit: true,
        })
        assert.deepEqual(sorted(valuesOf(after)), numbers(1_000, 1_000 + count))
        assert.deepEqual(await subscription.poll(POLL), [], 'nothing comes again')
        assertWithoutHoles(after)
        assert.notEqual(after[0]?.logId, before[0]?.logId)
        for (const { logId, committed, end } of await subscription.progress(topic)) {
          assert.equal(logId, after[0]?.logId)
          assert.equal(committed, end)
        }
        await subscription.commit(before.map(rangeOf))
        assert.ok(loud(lines).length <= 3, `says it in few words: ${loud(lines).join('; ')}`)
      })
    }
  }
})

/** The name is free a moment after the topic is gone. */
async function remade(admin: Awaited<ReturnType<typeof startAdmin>>, topic: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: false })
      return await leadersOf(admin, topic)
    } catch (error) {
      if (attempt === 50) throw error
      await sleep(100)
    }
  }
}

describe('a topic that changes', { ...need, concurrency: true, timeout: 120_000 }, () => {
  test('by more partitions is read in all of them', async t => {
    const { log } = await openLog(t)
    const admin = await startAdmin(t)
    const topic = await createTopic(t, uniqueName('wider'), { partitions: 1 })
    const subscription = await log.subscribe({ group: uniqueName('group'), topics: [topic] })
    const producer = await startProducer(t)
    await producer.send(topic, messages(0, 10, 1))
    await readUntil(subscription, all => valuesOf(all).length === 10, { commit: true })
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    // One that knows nothing of the topic yet.
    await leadersOf(await startAdmin(t), topic)
    const late = await startProducer(t)
    await late.send(topic, messages(10, 40, 3))
    const read = await readUntil(subscription, all => valuesOf(all).length >= 30, {
      ms: 90_000,
      commit: true,
    })
    assert.deepEqual(sorted(valuesOf(read)), numbers(10, 40))
    const progress = await subscription.progress(topic)
    assert.equal(progress.length, 3)
    for (const { committed, end } of progress) assert.equal(committed, end)
  })

  test('its positions, set to the beginning by a tool, is read from there', async t => {
    const { log, lines } = await openLog(t)
    const admin = await startAdmin(t)
    const topic = await createTopic(t, uniqueName('replay'), { partitions: 2 })
    const group = uniqueName('group')
    await (await startProducer(t)).send(topic, messages(0, 50, 2))
    const first = await log.subscribe({ group, topics: [topic] })
    await readUntil(first, all => valuesOf(all).length === 50, { commit: true })
    await first.close()
    const partitions = [0, 1].map(partition => ({ partition, offset: '0' }))
    await admin.setOffsets({ groupId: group, topic, partitions })
    const second = await log.subscribe({ group, topics: [topic] })
    const again = await readUntil(second, all => valuesOf(all).length >= 50, { commit: true })
    assert.deepEqual(sorted(valuesOf(again)), numbers(0, 50))
    assert.deepEqual(loud(lines), [])
  })

  for (const subscribed of [true, false]) {
    test(`by deletions ${subscribed ? 'ahead of its reader' : 'while nobody reads it'} is read on behind them, and what was missed is said`, async t => {
      const { log, lines } = await openLog(t)
      const admin = await startAdmin(t)
      const topic = await createTopic(t, uniqueName('deleted'))
      const group = uniqueName('group')
      const producer = await startProducer(t)
      await producer.send(topic, messages(0, 10, 1))
      let subscription = await log.subscribe({ group, topics: [topic] })
      await readUntil(subscription, all => valuesOf(all).length === 10, { commit: true })
      if (!subscribed) await subscription.close()
      // Fetched ahead, but more than is taken ahead of the polls.
      const large = 'x'.repeat(900_000)
      if (subscribed) for (let i = 0; i < 30; i++) await producer.send(topic, [{ key: 'k', value: large }])
      else await producer.send(topic, messages(10, 40, 1))
      await admin.fetchTopicOffsets(topic) // without its metadata kafkajs cannot
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '40' }] })
      await producer.send(topic, messages(40, 60, 1))
      if (!subscribed) subscription = await log.subscribe({ group, topics: [topic] })
      const read = await readUntil(subscription, all => valuesOf(all).includes(59), {
        ms: 60_000,
        commit: true,
      })
      const small = valuesOf(read).filter(value => !Number.isNaN(value))
      assert.deepEqual(small, numbers(40, 60))
      assert.deepEqual(loud(lines), ['records were deleted before they were read'])
      assert.equal((await subscription.progress(topic))[0]?.committed, 60)
    })
  }
})
