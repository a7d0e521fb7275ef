// Producers with transactions leave offsets without a record. They must not hold a position back, nor leave a hole.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LogBatch, Subscription } from '#ports/event-log.ts'
import type { Cleanup } from '../../support/engine.ts'
import { createTopic, kafkaClient, needsKafka, startProducer, uniqueName } from '../../support/kafka.ts'
import { assertWithoutHoles, eventually, numbers, openLog, POLL, rangeOf, valuesOf } from './kit.ts'

const need = await needsKafka()

async function startTransactions(t: Cleanup, topic: string) {
  const producer = kafkaClient().producer({
    transactionalId: uniqueName('tx'),
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  t.after(() => producer.disconnect())
  async function send(from: number, to: number, end: 'commit' | 'abort'): Promise<void> {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: numbers(from, to).map(n => ({ key: 'k', value: String(n) })) })
    await transaction[end]()
  }
  return { send }
}

/** Reads and commits until the group stands at the end. */
async function readToEnd(subscription: Subscription, topic: string): Promise<LogBatch[]> {
  const batches: LogBatch[] = []
  await eventually('committed is the end', async () => {
    const some = await subscription.poll(POLL)
    batches.push(...some)
    await subscription.commit(some.map(rangeOf))
    return (await subscription.progress(topic)).every(({ committed, end }) => committed === end)
  })
  return batches
}

describe('transactions', { ...need, concurrency: true, timeout: 90_000 }, () => {
  test('what was committed is read, what was aborted is not, and the position comes to the end', async t => {
    const { log } = await openLog(t)
    const topic = await createTopic(t, uniqueName('transactions'))
    const { send } = await startTransactions(t, topic)
    const producer = await startProducer(t)
    const subscription = await log.subscribe({ group: uniqueName('group'), topics: [topic] })
    await send(0, 5, 'commit')
    await send(5, 10, 'abort')
    await producer.send(topic, [{ key: 'k', value: '10' }])
    const read = await readToEnd(subscription, topic)
    await send(11, 16, 'commit')
    await send(16, 20, 'abort')
    read.push(...(await readToEnd(subscription, topic)))
    assert.deepEqual(valuesOf(read), [...numbers(0, 5), 10, ...numbers(11, 16)])
    assert.equal(read[0]?.first, 0)
    assertWithoutHoles(read)
    assert.equal((read.at(-1)?.last ?? 0) + 1, (await subscription.progress(topic))[0]?.end)
  })

  test('a topic of nothing but aborted records comes to its end, again after a restart', async t => {
    const { log } = await openLog(t)
    const topic = await createTopic(t, uniqueName('aborted'))
    const group = uniqueName('group')
    const { send } = await startTransactions(t, topic)
    for (let round = 0; round < 2; round++) {
      await send(0, 5, 'abort')
      const subscription = await log.subscribe({ group, topics: [topic] })
      const read = await readToEnd(subscription, topic)
      assert.deepEqual(valuesOf(read), [])
      assert.ok(read.length > 0, 'batches cover what holds no record')
      await subscription.close()
    }
  })
})
