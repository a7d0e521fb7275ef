// Says in the warehouse what was just stored: which offsets, how many, which hours. It makes those hours dirty, and it is what
// conservation is checked against. A repeated row is harmless.

import { failpoint } from '#platform/failpoint.ts'
import type { BatchStep } from '../steps.ts'

/** The aggregator counts on this bound: it looks back twice as far. */
const TIMEOUT_MS = 5_000

export const insertBatchRow: BatchStep = async (context, delivery) => {
  failpoint('after-rows')
  const rows = delivery.shares.map(share => ({
    kind: 'log',
    log_id: share.range.logId,
    topic: share.range.topic,
    partition: share.range.partition,
    first_offset: share.range.first,
    last_offset: share.range.last,
    read: share.read,
    stored: share.stored,
    dead: share.dead,
    dropped: share.dropped,
    hours: [...share.hours].sort((a, b) => a - b).map(hour => hour / 1000),
    newest_log_time: new Date(share.newestLogTime).toISOString(),
  }))
  await context.persist('insert the batch row', () =>
    context.warehouse.insertObjects('ingest_batches', rows, { timeoutMs: TIMEOUT_MS }),
  )
}
