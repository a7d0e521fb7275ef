// The context of a step that is called by itself: a log and a position that only take notes, and a warehouse of the test's own.

import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { createLogger, rateLimited } from '#platform/log.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { systemClock } from '#ports/clock.ts'
import type { NewRecord, OffsetRange } from '#ports/event-log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { ConsumerContext } from '../../services/consumer/context.ts'
import { createConsumerMetrics } from '../../services/consumer/metrics.ts'
import { createPersist } from '../../services/consumer/persist.ts'
import type { Cleanup } from '../support/engine.ts'
import { testRegistry } from '../support/silent.ts'

const BOOK = await loadPriceBook()

export interface StepWorld {
  readonly context: ConsumerContext
  /** What was appended to the dead-letter topic. */
  readonly appended: NewRecord[]
  readonly committed: OffsetRange[]
  /** Lines of the log, parsed. */
  readonly lines: Record<string, unknown>[]
  /** The rows of ingest_batches. */
  readonly batchRows: Record<string, unknown>[]
  /** Ends what waits; done at the end of the test in any case. */
  stop(): void
}

/** @param insert stands for the warehouse's insert of rows */
export async function createStepWorld(t: Cleanup, insert: Warehouse['insert']): Promise<StepWorld> {
  const appended: NewRecord[] = []
  const committed: OffsetRange[] = []
  const lines: Record<string, unknown>[] = []
  const batchRows: Record<string, unknown>[] = []
  const stopping = new AbortController()
  t.after(async () => stopping.abort())
  const log = createLogger({
    level: 'trace',
    format: 'json',
    service: 'test',
    stream: { write: line => lines.push(JSON.parse(line)) },
  })
  const missing = (): never => {
    throw new Error('no step needs this')
  }
  const context: ConsumerContext = {
    eventLog: {
      id: 'log-1',
      async append(_, records) {
        appended.push(...records)
      },
      subscribe: missing,
      lead: missing,
      health: missing,
      close: missing,
    },
    subscription: {
      async commit(ranges) {
        committed.push(...ranges)
      },
      poll: missing,
      progress: missing,
      close: missing,
    },
    warehouse: {
      user: 'writer',
      insert,
      async insertObjects(_, rows) {
        batchRows.push(...(rows as Record<string, unknown>[]))
      },
      command: missing,
      query: missing,
      ping: missing,
      close: missing,
    },
    codec: createUsageEventCodec(loadSchemaStore()),
    pricing: () => ({ book: BOOK, sequence: 1 }),
    deadLetterTopic: 'dead',
    retentionDays: 400,
    clock: systemClock,
    log,
    complain: rateLimited(log, 30_000, systemClock),
    metrics: createConsumerMetrics(testRegistry()),
    persist: createPersist({ log, clock: systemClock, stopping: stopping.signal, onRetry: () => undefined }),
  }
  return { context, appended, committed, lines, batchRows, stop: () => stopping.abort() }
}
