// Once a day: hours whose rows never got their batch row are found by comparing counts, and old raw partitions are dropped.

import { DAY_MS, fromSqlTime, startOfDay, toSqlTime } from '#core/hours.ts'
import type { AggregatorContext } from './context.ts'

/** Days back from now that are compared; older hours were compared while they were young. */
const COMPARED_DAYS = 3

/** Whole partitions are dropped this many days below the floor: nothing that is still accepted can be in them. */
const DROP_MARGIN_DAYS = 2

const DIFFERENT_SQL = `SELECT hour FROM
(
  SELECT toStartOfHour(occurred_at) AS hour, count() AS events, 0 AS calls
  FROM usage_events FINAL WHERE occurred_at >= {from:DateTime64(3, 'UTC')} GROUP BY hour
  UNION ALL
  SELECT toStartOfHour(quarter) AS hour, 0 AS events, sum(r.calls) AS calls
  FROM usage_by_feature AS r FINAL WHERE quarter >= {from:DateTime64(3, 'UTC')} GROUP BY hour
)
GROUP BY hour
HAVING sum(events) != sum(calls)`

/** Marks hours dirty in which raw events and rollups do not count the same (a crash between rows and batch row). */
export async function reconcileRecentHours(context: AggregatorContext): Promise<number[]> {
  const from = toSqlTime(startOfDay(context.clock.now() - COMPARED_DAYS * DAY_MS))
  const rows = await context.warehouse.query<{ hour: string }>(DIFFERENT_SQL, { params: { from } })
  const hours = rows.map(row => fromSqlTime(row.hour))
  if (hours.length > 0) await markDirty(context, hours, 'reconcile')
  return hours
}

/** Says in the warehouse that hours need a recompute; every aggregator sees it. */
export async function markDirty(
  context: Pick<AggregatorContext, 'warehouse'>,
  hours: readonly number[],
  kind: 'reconcile' | 'reprice' | 'import' | 'deletion',
): Promise<void> {
  await context.warehouse.insertObjects('ingest_batches', [{ kind, hours: hours.map(hour => hour / 1000) }])
}

/** Drops whole days of raw events below the retention floor. Rollups are kept. */
export async function dropExpiredDays(context: AggregatorContext): Promise<string[]> {
  const floor = startOfDay(context.clock.now() - (context.retentionDays + DROP_MARGIN_DAYS) * DAY_MS)
  const last = new Date(floor).toISOString().slice(0, 10).replaceAll('-', '')
  const rows = await context.warehouse.query<{ partition: string }>(
    `SELECT DISTINCT partition FROM system.parts
WHERE database = currentDatabase() AND table = 'usage_events' AND active AND partition < {last:String} ORDER BY partition`,
    { params: { last } },
  )
  for (const { partition } of rows) {
    await context.warehouse.command(`ALTER TABLE usage_events DROP PARTITION ${Number(partition)}`)
    context.log.info({ partition }, 'dropped a day of raw events below the retention floor')
  }
  return rows.map(row => row.partition)
}
