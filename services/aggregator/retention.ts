// Where raw events begin. Below, only totals are left: an hour recomputed there would be recomputed from nothing, and its
// totals would be gone too.

import { DAY_MS, startOfDay, toSqlTime } from '#core/hours.ts'
import { readDroppedBefore } from '#platform/dropped-before.ts'
import { serverNow } from '#platform/server-clock.ts'
import type { AggregatorContext } from './context.ts'

/** Whole partitions are dropped this many days below the floor: nothing that is still recomputed can be in them. */
const DROP_MARGIN_DAYS = 2

/**
 * The start of the first day whose hours may be recomputed, ms. It is remembered what was dropped: raising the retention
 * later does not bring events back.
 */
export async function recomputeFloor(context: AggregatorContext): Promise<number> {
  context.droppedBefore ??= await readDroppedBefore(context.warehouse)
  return Math.max(startOfDay(context.seenUntil - context.retentionDays * DAY_MS), context.droppedBefore)
}

/** Drops whole days of raw events below the retention floor; resolves with the partitions. Rollups are kept. */
export async function dropExpiredDays(context: AggregatorContext): Promise<string[]> {
  const days = context.retentionDays + DROP_MARGIN_DAYS
  const before = startOfDay((await serverNow(context.warehouse)) - days * DAY_MS)
  const last = toSqlTime(before).slice(0, 10).replaceAll('-', '')
  const rows = await context.warehouse.query<{ partition: string }>(
    `SELECT DISTINCT partition FROM system.parts
WHERE database = currentDatabase() AND table = 'usage_events' AND active AND partition < {last:String} ORDER BY partition`,
    { params: { last } },
  )
  if (rows.length === 0) return []
  await context.warehouse.insertObjects('watermarks', [
    { name: 'raw_dropped_before', value: toSqlTime(before) },
  ])
  context.droppedBefore = Math.max(context.droppedBefore ?? 0, before)
  for (const { partition } of rows) {
    await context.warehouse.command(`ALTER TABLE usage_events DROP PARTITION ${Number(partition)}`)
    context.log.info({ partition }, 'dropped a day of raw events below the retention floor')
  }
  return rows.map(row => row.partition)
}
