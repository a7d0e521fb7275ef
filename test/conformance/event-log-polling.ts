// Conformance of poll: its limits, its patience, and its end.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { opened, POLL, type Prepare, record, TIMEOUT, text } from './event-log-kit.ts'

export function registerPollTests(prepare: Prepare): void {
  it('returns at most maxRecords and maxBytes, but a larger record alone', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    const values = [1_000, 1_000, 1_000, 5_000, 1_000, 1_000, 1_000]
    await log.append(
      topic,
      values.map((size, i) => record(`key-${i}`, 'x'.repeat(size))),
    )
    for (const limits of [{ maxRecords: 2 }, { maxBytes: 2_500 }]) {
      const subscription = await join(randomUUID())
      const sizes: number[] = []
      await read(
        subscription,
        () => sizes.length === values.length,
        one => sizes.push(one.value.length),
        {
          ...POLL,
          ...limits,
          onPoll(records) {
            const bytes = records.reduce((sum, { value }) => sum + value.length, 0)
            assert.ok(records.length <= (limits.maxRecords ?? Infinity))
            assert.ok(records.length <= 1 || bytes <= (limits.maxBytes ?? Infinity))
          },
        },
      )
      assert.deepEqual(sizes.sort(), values.sort())
    }
  })

  it('waits waitMs for a first record, then returns nothing', TIMEOUT, async t => {
    const { join } = await opened(t, prepare)
    const subscription = await join()
    const start = performance.now()
    assert.deepEqual(await subscription.poll({ ...POLL, waitMs: 700 }), [])
    const waited = performance.now() - start
    assert.ok(waited > 600 && waited < 30_000, `${waited} ms`)
  })

  it('lingers after the first record, and not once a limit is reached', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    await log.append(topic, [record('warm up')])
    const subscription = await join()
    await read.count(subscription, 1)
    const polled = subscription.poll({ ...POLL, waitMs: 30_000, lingerMs: 2_000 })
    await log.append(topic, [record('a')])
    await sleep(200)
    await log.append(topic, [record('a', 'again')])
    assert.deepEqual(
      (await polled).flatMap(({ records }) => records.map(text)),
      ['value of a', 'again'],
    )

    const start = performance.now()
    const full = subscription.poll({ ...POLL, maxRecords: 1, waitMs: 30_000, lingerMs: 60_000 })
    await log.append(topic, [record('b')])
    assert.equal((await full).length, 1)
    assert.ok(performance.now() - start < 30_000)
  })

  it('wakes a waiting poll when a record comes', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    await log.append(topic, [record('warm up')])
    const subscription = await join()
    await read.count(subscription, 1)
    const start = performance.now()
    const polled = subscription.poll({ ...POLL, waitMs: 60_000 })
    await sleep(100)
    await log.append(topic, [record('a')])
    assert.equal((await polled).length, 1)
    assert.ok(performance.now() - start < 30_000)
  })

  it('ends a waiting poll with nothing when the subscription closes', TIMEOUT, async t => {
    const { join } = await opened(t, prepare)
    const subscription = await join()
    const polled = subscription.poll({ ...POLL, waitMs: 120_000 })
    await sleep(100)
    await subscription.close()
    assert.deepEqual(await polled, [])
    assert.deepEqual(await subscription.poll(POLL), [])
  })
}
