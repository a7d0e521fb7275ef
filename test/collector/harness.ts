// A collector over the real embedded log in a scratch directory, with a clock that stands still, and a reader of the log.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedLog, openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import type { DeadLetter } from '#core/dead-letter.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import type { EventLog, LogRecord, Subscription } from '#ports/event-log.ts'
import type { Cleanup } from '../support/engine.ts'
import { type Collector, DEAD_TOPIC, type ServerOptions, serveCollector, TOPIC } from './server.ts'

export const NOW = Date.UTC(2026, 10, 24, 9, 30)

/** The least that an event needs. */
export const MINIMAL = { provider: 'openai', request_model: 'gpt-5.4', tokens: { input: 5 } }

/** An event that its sender may send again. */
export const named = (id: string, fields: object = {}) => ({
  ...MINIMAL,
  event_id: id,
  occurred_at: NOW,
  ...fields,
})

export interface Letter extends DeadLetter {
  /** The refused event as it was kept. */
  readonly text: string
}

export interface CollectorHarness extends Collector {
  readonly eventLog: EmbeddedLog
  /** Lets time pass, ms. */
  advance(ms: number): void
  /** The records that reached the usage topic since the last look. */
  records(): Promise<LogRecord[]>
  /** The same, decoded. */
  events(): Promise<UsageEvent[]>
  /** The letters that reached the dead-letter topic since the last look. */
  letters(): Promise<Letter[]>
}

export interface HarnessOptions extends ServerOptions {
  readonly maxBytes?: number
  /** Stands before the log's append, to hold it or to fail. */
  readonly before?: (topic: string) => Promise<void>
}

export async function createHarness(
  t: Cleanup,
  { maxBytes = 2 ** 28, before, ...server }: HarnessOptions = {},
): Promise<CollectorHarness> {
  let now = NOW
  const clock = { now: () => now }
  const dir = await mkdtemp(join(tmpdir(), 'spendledger-collector-'))
  const eventLog = await openEmbeddedLog({ dir, clock, retention: { maxAgeMs: 3_600_000, maxBytes } })
  t.after(async () => {
    await eventLog.close()
    await rm(dir, { recursive: true, force: true })
  })
  const guarded: EventLog = {
    ...eventLog,
    async append(topic, records) {
      await before?.(topic)
      await eventLog.append(topic, records)
    },
  }
  const collector = await serveCollector(t, { eventLog: guarded, clock, ...server })
  const codec = createUsageEventCodec(loadSchemaStore())
  const readers = new Map<string, Subscription>()

  async function arrived(topic: string): Promise<LogRecord[]> {
    const reader =
      readers.get(topic) ?? (await eventLog.subscribe({ group: `test-${topic}`, topics: [topic] }))
    readers.set(topic, reader)
    const limits = { maxRecords: 100_000, maxBytes: 2 ** 30, waitMs: 0, lingerMs: 0 }
    return (await reader.poll(limits)).flatMap(({ records }) => records)
  }

  return {
    ...collector,
    eventLog,
    advance(ms) {
      now += ms
    },
    records: () => arrived(TOPIC),
    async events() {
      return (await arrived(TOPIC)).map(({ value }) => {
        const decoded = codec.decode(value)
        if (decoded.kind !== 'avro') throw new Error(`not an event: ${JSON.stringify(decoded)}`)
        return decoded.event
      })
    },
    async letters() {
      return (await arrived(DEAD_TOPIC)).map(({ value }) => {
        const letter: DeadLetter = JSON.parse(Buffer.from(value).toString())
        return { ...letter, text: Buffer.from(letter.bytes_base64, 'base64').toString() }
      })
    },
  }
}
