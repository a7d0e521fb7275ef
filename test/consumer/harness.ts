// A consumer over the real log and the real engine, with the means to put any bytes into the log.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { createUsageEventCodec, type UsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { systemClock } from '#ports/clock.ts'
import type { EventLog } from '#ports/event-log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createConsumer } from '../../services/consumer/app.ts'
import { silentLog, testRegistry } from '../support/silent.ts'

export const TOPIC = 'llm.usage.v1'
export const DEAD = 'llm.usage.v1.dead'

export interface ConsumerHarness {
  readonly eventLog: EventLog
  readonly codec: UsageEventCodec
  /** Appends values under their keys and resolves when they are durable. */
  append(values: Readonly<Record<string, Uint8Array>>): Promise<void>
  /** Starts a consumer; ends with the test. */
  start(warehouse: Warehouse): Promise<{ stop(): Promise<void> }>
}

export async function createHarness(t: Pick<TestContext, 'after'>): Promise<ConsumerHarness> {
  const dir = await mkdtemp(join(tmpdir(), 'spendledger-consumer-'))
  const eventLog = await openEmbeddedLog({
    dir,
    clock: systemClock,
    retention: { maxAgeMs: 3_600_000, maxBytes: 1 << 30 },
  })
  const codec = createUsageEventCodec(await loadSchemaStore())
  const book = await loadPriceBook()
  const stops: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const stop of stops) await stop()
    await eventLog.close()
    await rm(dir, { recursive: true, force: true })
  })
  return {
    eventLog,
    codec,
    append: values =>
      eventLog.append(
        TOPIC,
        Object.entries(values).map(([key, value]) => ({ key, value })),
      ),
    async start(warehouse) {
      const consumer = createConsumer({
        eventLog,
        warehouse,
        codec,
        pricing: () => ({ book, sequence: 1 }),
        topic: TOPIC,
        deadLetterTopic: DEAD,
        group: 'consumer',
        retentionDays: 400,
        clock: systemClock,
        log: silentLog(),
        registry: testRegistry(),
      })
      await consumer.start()
      let stopped: Promise<void> | undefined
      const stop = () => (stopped ??= consumer.stop())
      stops.push(stop)
      return { stop }
    },
  }
}
