// The warehouse is gone for a while: events are still accepted, wait in the log and not in memory, and are stored once when it
// is back. Over the real log, the real consumer and the real engine.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { systemClock } from '#ports/clock.ts'
import { createConsumer } from '../../services/consumer/app.ts'
import { startEngine } from '../support/engine.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog, testRegistry } from '../support/silent.ts'
import { createGate } from './gate.ts'
import { DEAD_TOPIC, serveCollector, TOPIC } from './server.ts'

const BOOK = await loadPriceBook()

const BATCH = 1_000
const EARLY = 10
const BACKLOG = 50

/** What 40,000 more events in the log may cost the process, bytes; held in memory they would be some 120 MB. */
const MAX_GROWTH = 24 * 2 ** 20

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function memoryInUse(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const began = Date.now() - 60_000

/** Event n has n input tokens, so that their sum says which were counted, and how often. */
const batch = (number: number) =>
  Array.from({ length: BATCH }, (_, i) => {
    const n = number * BATCH + i
    return {
      event_id: `outage-${n}`,
      occurred_at: began + n,
      provider: 'openai',
      request_model: 'gpt-5.4',
      feature: 'outage',
      user_id: `user-${n % 100}`,
      tokens: { input: n },
    }
  })

const expected = (batches: number) => {
  const events = batches * BATCH
  return { rows: `${events}`, events: `${events}`, tokens: `${(events * (events - 1)) / 2}` }
}

const engine = await startEngine({ after })

test('a warehouse that refuses connections costs no event and no memory', async t => {
  const gate = await createGate(t, engine.url)
  const dir = await mkdtemp(join(tmpdir(), 'spendledger-outage-'))
  const clock = systemClock
  const eventLog = await openEmbeddedLog({
    dir,
    clock,
    retention: { maxAgeMs: 3_600_000, maxBytes: 2 ** 28 },
  })
  const warehouse = createWarehouse({ url: gate.url, user: 'writer', password: engine.passwords.writer })
  const registry = testRegistry()
  const consumer = createConsumer({
    eventLog,
    warehouse,
    codec: createUsageEventCodec(loadSchemaStore()),
    pricing: () => ({ book: BOOK, sequence: 1 }),
    topic: TOPIC,
    deadLetterTopic: DEAD_TOPIC,
    group: 'consumer',
    retentionDays: 400,
    clock,
    log: silentLog(),
    registry,
  })
  await consumer.start()
  t.after(async () => {
    await consumer.stop()
    await eventLog.close()
    await warehouse.close()
    await rm(dir, { recursive: true, force: true })
  })
  const { post, count } = await serveCollector(t, { eventLog, clock })

  const read = async (): Promise<number> =>
    (await registry.getSingleMetric('spendledger_records_read_total')?.get())?.values[0]?.value ?? 0
  const stored = async () => {
    const [sums] = await engine.warehouse('reader').query(
      `SELECT count() AS rows, uniqExact(event_id) AS events, sum(uncached_input_tokens) AS tokens
FROM v_events WHERE feature = 'outage'`,
    )
    return sums
  }
  const balance = async () => {
    const [sums] = await engine.warehouse('reader').query<Record<string, string>>(
      `SELECT sum(read) AS read, sum(stored) AS stored, sum(dead) AS dead, sum(dropped) AS dropped
FROM v_ingest_batches WHERE log_id = {log:String} AND topic = {topic:String}`,
      { params: { log: eventLog.id, topic: TOPIC } },
    )
    return sums
  }
  const slowest = { ms: 0 }
  const send = async (from: number, to: number): Promise<void> => {
    for (let number = from; number < to; number++) {
      const sent = performance.now()
      const answer = await post(batch(number))
      slowest.ms = Math.max(slowest.ms, performance.now() - sent)
      assert.deepEqual(answer.body, { accepted: BATCH, rejected: [], warnings: [] })
    }
  }
  const isStored = (batches: number) =>
    eventually('every event', stored, sums => JSON.stringify(sums) === JSON.stringify(expected(batches)))
  const isSettled = (batches: number) => {
    const all = `${batches * BATCH}`
    const sums = { read: all, stored: all, dead: '0', dropped: '0' }
    return eventually('the batch rows', balance, seen => JSON.stringify(seen) === JSON.stringify(sums))
  }
  const isRead = (batches: number, what: string) => eventually(what, read, seen => seen === batches * BATCH)

  await send(0, 1)
  await isStored(1)
  await isSettled(1)

  await gate.shut()
  await send(1, 2)
  await isRead(2, 'the delivery that cannot be stored')
  await send(2, 3)
  await isRead(3, 'the delivery that waits behind it')
  await send(3, EARLY)
  const [early, earlyRss] = [memoryInUse(), process.memoryUsage.rss()]
  await send(EARLY, BACKLOG)
  await send(EARLY, EARLY + 1)
  const [late, lateRss] = [memoryInUse(), process.memoryUsage.rss()]

  assert.equal(await count('spendledger_events_accepted_total'), (BACKLOG + 1) * BATCH)
  assert.equal(await read(), 3 * BATCH, 'the consumer reads on although nothing can be stored')
  assert.ok(late - early < MAX_GROWTH, `memory grew by ${late - early} bytes`)
  assert.deepEqual(await stored(), expected(1))

  await gate.open()
  const opened = performance.now()
  await isStored(BACKLOG)
  await isSettled(BACKLOG + 1)

  const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(1)
  t.diagnostic(
    `40,000 events more: heap ${mb(early)} -> ${mb(late)} MiB, rss ${mb(earlyRss)} -> ${mb(lateRss)} MiB; slowest post of 1,000: ${slowest.ms.toFixed(0)} ms; stored ${((performance.now() - opened) / 1_000).toFixed(1)} s after the return`,
  )
})
