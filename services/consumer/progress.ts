// The heartbeat: how far this consumer's group is, against end offsets fetched after a noted instant. From it follows which
// hours are complete, and that no news is no data.

import { advanceStored, NOTHING_STORED, type StoredUntil } from '#core/stored-until.ts'
import { serverNow } from '#platform/server-clock.ts'
import type { ConsumerContext } from './context.ts'

export interface ProgressReport {
  /** Writes one row of ingest_progress for the topic and sets the lag. */
  report(): Promise<void>
}

export function createProgressReport(
  context: ConsumerContext,
  { consumer, topic }: { consumer: string; topic: string },
): ProgressReport {
  let stored = new Map<string, StoredUntil>()

  async function report(): Promise<void> {
    // Not this process's clock: one that is ahead would close hours that are still being stored.
    const askedAt = await serverNow(context.warehouse)
    const progress = await context.subscription.progress(topic)
    // Partitions of a log that is gone have no lag.
    context.metrics.lag.reset()
    const [first] = progress
    if (!first) return
    const known = new Map<string, StoredUntil>()
    const until = progress.map(({ logId, partition, committed, end }) => {
      const place = `${logId}/${partition}`
      const state = advanceStored(stored.get(place) ?? NOTHING_STORED, { askedAt, end }, committed)
      known.set(place, state)
      context.metrics.lag.set({ topic, partition: String(partition) }, end - committed)
      return state.until
    })
    // Partitions of a log that is gone are forgotten with it.
    stored = known
    await context.warehouse.insertObjects('ingest_progress', [
      {
        consumer,
        log_id: first.logId,
        topic,
        partition_count: progress.length,
        partitions: progress.map(p => p.partition),
        consumed: progress.map(p => p.committed),
        ends: progress.map(p => p.end),
        stored_until: until.map(ms => new Date(ms).toISOString()),
        asked_at: new Date(askedAt).toISOString(),
      },
    ])
  }

  return { report }
}
