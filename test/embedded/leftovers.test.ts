// What a log on disk still holds when brokers take its place.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type EmbeddedLog, openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { LedgerError } from '#core/errors.ts'
import { createLogger } from '#platform/log.ts'
import { systemClock } from '#ports/clock.ts'
import type { EventLog, NewRecord } from '#ports/event-log.ts'
import { moveLeftovers } from '../../services/embedded/leftovers.ts'
import { collectLines } from '../platform/http-fixture.ts'
import { scratchDirectory } from '../support/ledger-process.ts'

const ROUTES = [
  { topics: ['usage', 'old-usage'], groups: ['ledger', 'old-ledger'], to: 'usage' },
  { topics: ['dead', 'old-dead'], groups: ['ledger-dead', 'old-ledger-dead'], to: 'dead' },
]

function moveAll(logs: { from: EmbeddedLog; to: EventLog }, signal = new AbortController().signal) {
  const { log, lines } = recordedLines()
  return { moved: moveLeftovers({ ...logs, routes: ROUTES, log, signal }), lines }
}

function recordedLines() {
  const { lines, ...stream } = collectLines()
  return { log: createLogger({ level: 'info', format: 'json', service: 'test', stream }), lines }
}

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

async function readAll(log: EventLog, topic: string, group: string, n: number): Promise<void> {
  const consumer = await log.subscribe({ group, topics: [topic] })
  for (let read = 0; read < n; ) {
    for (const batch of await consumer.poll(POLL)) {
      await consumer.commit([batch])
      read += batch.records.length
    }
  }
  await consumer.close()
}

test('what the group has not read goes to the other log, key and bytes as they were, and only once', async t => {
  const { from, to } = await twoLogs(t)
  await from.append('usage', records('stored', 50))
  await readAll(from, 'usage', 'ledger', 50)
  await from.append('usage', records('left', 7_000))
  await from.append('dead', records('letter', 3))

  assert.equal(await moveAll({ from, to }).moved, 7_003)
  const moved = await contents(to, 'usage', 'look')
  assert.equal(moved.size, 7_000)
  assert.deepEqual(moved.get('left6999'), ['value of left6999'])
  assert.equal((await contents(to, 'dead', 'look')).size, 3)

  assert.equal(await moveAll({ from, to }).moved, 0)
  assert.equal((await contents(to, 'usage', 'look-again')).size, 7_000)
})

test('a log that never had an event has none left', async t => {
  const { from, to } = await twoLogs(t)
  assert.equal(await moveAll({ from, to }).moved, 0)
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
  await assert.rejects(moveAll({ from, to: failing }).moved)
  await moveAll({ from, to }).moved
  assert.equal((await contents(to, 'usage', 'look')).size, 6_000)
})

test('what was written and read under other names goes where the names of today say, without what was stored', async t => {
  const { from, to } = await twoLogs(t)
  await from.append('old-usage', records('stored', 20))
  await readAll(from, 'old-usage', 'old-ledger', 20)
  await from.append('old-usage', records('left', 30))
  await from.append('old-dead', records('letter', 2))

  assert.equal(await moveAll({ from, to }).moved, 32)
  assert.equal((await contents(to, 'usage', 'look')).size, 30)
  assert.equal((await contents(to, 'dead', 'look')).size, 2)
  assert.equal(await moveAll({ from, to }).moved, 0)
})

test('a topic that no setting names stays, and its unread records are counted in one line', async t => {
  const { from, to } = await twoLogs(t)
  await from.append('forgotten', records('e', 7))
  const { moved, lines } = moveAll({ from, to })
  assert.equal(await moved, 0)
  assert.deepEqual(
    lines.map(({ topic, records }) => ({ topic, records })),
    [{ topic: 'forgotten', records: 7 }],
  )
})

test('a stop ends the move between two batches, and the next start moves the rest', async t => {
  const { from, to } = await twoLogs(t)
  await from.append('usage', records('e', 100))
  const stopping = new AbortController()
  const stopped: EventLog = {
    ...to,
    async append(topic, some) {
      await to.append(topic, some)
      stopping.abort()
    },
  }
  await assert.rejects(moveAll({ from, to: stopped }, stopping.signal).moved, { name: 'AbortError' })
  const rest = await moveAll({ from, to }).moved
  assert.ok(rest > 0 && rest < 100, String(rest))
  assert.equal((await contents(to, 'usage', 'look')).size, 100)
})
