// The heartbeat: how far this consumer is, against end offsets fetched after a noted instant. From it follows which hours are
// complete, and that no news is no data.

import type { ConsumerContext } from './context.ts'

/** Writes one row of ingest_progress for the usage topic and sets the lag. */
export async function reportProgress(
  context: ConsumerContext,
  report: { consumer: string; topic: string; lastLogTimes: ReadonlyMap<number, number> },
): Promise<void> {
  const askedAt = context.clock.now()
  const progress = await context.subscription.progress(report.topic)
  for (const { partition, committed, end } of progress) {
    context.metrics.lag.set({ topic: report.topic, partition: String(partition) }, end - committed)
  }
  await context.warehouse.insertObjects('ingest_progress', [
    {
      consumer: report.consumer,
      log_id: context.eventLog.id,
      topic: report.topic,
      partition_count: progress.length,
      partitions: progress.map(p => p.partition),
      consumed: progress.map(p => p.committed),
      ends: progress.map(p => p.end),
      last_log_times: progress.map(p => new Date(report.lastLogTimes.get(p.partition) ?? 0).toISOString()),
      asked_at: new Date(askedAt).toISOString(),
    },
  ])
}
