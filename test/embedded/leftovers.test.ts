// What a log on disk still holds when brokers take its place.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type EmbeddedLog, openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { LedgerError } from '#core/errors.ts'
import { systemClock } from '#ports/clock.ts'
import type { EventLog, NewRecord } from '#ports/event-log.ts'
import { moveLeftovers } from '../../services/embedded/leftovers.ts'
import { scratchDirectory } from '../support/ledger-process.ts'

const TOPICS = [
  { topic: 'usage', group: 'ledger' },
  { topic: 'dead', group: 'ledger-dead' },
]

async function twoLogs(t: { after(work: () => Promise<void>): void }) {
  const dir = await scratchDirectory(t)
  const open = (name: string): Promise<EmbeddedLog> =>
    openEmbeddedLog({
      dir: join(dir, name),
      clock: systemClock,
      retention: { maxAgeMs: 3_600_000, maxBytes: 1 << 28 },
    })
  const [from, to] = [await open('from'), await open('to')]
  t.after(async () => {
    await from.close()
    await to.close()
  })
  return { from, to }
}

const records = (prefix: string, n: number): NewRecord[] =>
  Array.from({ length: n }, (_, i) => ({
    key: `${prefix}${i}`,
    value: Buffer.from(`value of ${prefix}${i}`),
  }))

const POLL = { maxRecords: 10_000, maxBytes: 1 << 24, waitMs: 50, lingerMs: 0 }

/** Everything that a new group finds in a topic: values by key. */
async function contents(log: EventLog, topic: string, group: string): Promise<Map<string, string[]>> {
  const subscription = await log.subscribe({ group, topics: [topic] })
  const found = new Map<string, string[]>()
  for (;;) {
    const batches = await subscription.poll(POLL)
    if (batches.length === 0) break
    for (const { key, value } of batches.flatMap(batch => batch.records)) {
      found.set(key, [...(found.get(key) ?? []), Buffer.from(value).toString()])
    }
  }
  await subscription.close()
  return found
}

test('what the group has not read goes to the other log, key and bytes as they were, and only once', async t => {
  const { from, to } = await twoLogs(t)
  await from.append('usage', records('stored', 50))
  const consumer = await from.subscribe({ group: 'ledger', topics: ['usage'] })
  for (let read = 0; read < 50; ) {
    for (const batch of await consumer.poll(POLL)) {
      await consumer.commit([batch])
      read += batch.records.length
    }
  }
  await consumer.close()
  await from.append('usage', records('left', 7_000))
  await from.append('dead', records('letter', 3))

  assert.equal(await moveLeftovers({ from, to, topics: TOPICS }), 7_003)
  const moved = await contents(to, 'usage', 'look')
  assert.equal(moved.size, 7_000)
  assert.deepEqual(moved.get('left6999'), ['value of left6999'])
  assert.equal((await contents(to, 'dead', 'look')).size, 3)

  assert.equal(await moveLeftovers({ from, to, topics: TOPICS }), 0)
  assert.equal((await contents(to, 'usage', 'look-again')).size, 7_000)
})

test('a log that never had an event has none left', async t => {
  const { from, to } = await twoLogs(t)
  assert.equal(await moveLeftovers({ from, to, topics: TOPICS }), 0)
})

test('what the other log did not take stays, and goes with the next attempt', async t => {
  const { from, to } = await twoLogs(t)
  await from.append('usage', records('e', 6_000))
  let appends = 0
  const failing: EventLog = {
    ...to,
    async append(topic, some) {
      appends += 1
      if (appends === 3) throw new LedgerError('log_unavailable')
      await to.append(topic, some)
    },
  }
  await assert.rejects(moveLeftovers({ from, to: failing, topics: TOPICS }))
  await moveLeftovers({ from, to, topics: TOPICS })
  assert.equal((await contents(to, 'usage', 'look')).size, 6_000)
})
