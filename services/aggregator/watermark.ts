// Step 3: how far the log is read, from the consumers' heartbeats; kept in the warehouse so that it never goes back.

import { fromSqlTime, toSqlTime } from '#core/hours.ts'
import { completeUntil } from '#core/watermark.ts'
import type { AggregatorContext } from './context.ts'

interface ProgressRow {
  partition_number: number
  partition_total: number
  stored: string
}

/**
 * What was said of each partition of the log and topic that the newest heartbeat speaks of. Every heartbeat stays true, whoever
 * sent it, so the furthest counts; one of an older version says so where everything was consumed.
 */
const PROGRESS_SQL = `WITH (
  SELECT (log_id, topic, partition_count) FROM ingest_progress
  WHERE topic = {topic:String} ORDER BY inserted_at DESC LIMIT 1
) AS newest
SELECT partitions[place] AS partition_number, newest.3 AS partition_total,
  max(if(consumed[place] >= ends[place], asked_at, stored_until[place])) AS stored
FROM ingest_progress
ARRAY JOIN arrayEnumerate(partitions) AS place
WHERE log_id = newest.1 AND topic = newest.2 AND inserted_at >= now64(6) - INTERVAL 1 DAY
GROUP BY partition_number`

/** Heartbeats come every 15 s; ms. */
const ASK_EVERY_MS = 5_000

/** Advances `context.watermark` to what the newest heartbeats say. */
export async function advanceWatermark(context: AggregatorContext, topic: string): Promise<void> {
  const { warehouse } = context
  if (context.seenUntil - context.watermarkAskedAt < ASK_EVERY_MS) return
  context.watermarkAskedAt = context.seenUntil
  if (context.watermark === 0) {
    const [kept] = await warehouse.query<{ value: string }>(
      "SELECT max(value) AS value FROM watermarks WHERE name = 'complete_until'",
    )
    setWatermark(context, kept ? fromSqlTime(kept.value) : 0)
  }
  const rows = await warehouse.query<ProgressRow>(PROGRESS_SQL, { params: { topic } })
  const states = rows.map(row => ({
    partition: row.partition_number,
    storedUntil: fromSqlTime(row.stored),
  }))
  // It never goes back, so a consumer whose clock is ahead must not take it into the future.
  const value = Math.min(completeUntil(rows[0]?.partition_total ?? 0, states), context.seenUntil)
  if (value <= context.watermark) return
  await warehouse.insertObjects('watermarks', [{ name: 'complete_until', value: toSqlTime(value) }])
  setWatermark(context, value)
}

function setWatermark(context: AggregatorContext, value: number): void {
  context.watermark = value
  context.metrics.completeUntil.set(value / 1000)
}
