// Once a day: hours whose rows never got their batch row, or got it too late to be seen, are found by comparing counts.

import { BATCH_SLACK_MS } from '#core/dirty-hours.ts'
import { DAY_MS, fromSqlTime, startOfDay, toSqlTime } from '#core/hours.ts'
import { serverNow } from '#platform/server-clock.ts'
import type { AggregatorContext } from './context.ts'
import { recomputeFloor } from './retention.ts'

/** Days back from now that are compared; older hours were compared while they were young. */
const COMPARED_DAYS = 3

const DIFFERENT_SQL = `SELECT hour FROM
(
  SELECT toStartOfHour(occurred_at) AS hour, count() AS events, 0 AS calls
  FROM usage_events FINAL WHERE occurred_at >= {from:DateTime64(3, 'UTC')} GROUP BY hour
  UNION ALL
  SELECT toStartOfHour(quarter) AS hour, 0 AS events, sum(r.calls) AS calls
  FROM usage_by_feature AS r FINAL WHERE quarter >= {from:DateTime64(3, 'UTC')} GROUP BY hour
)
GROUP BY hour
HAVING sum(events) != sum(calls)
ORDER BY hour`

/** Marks hours dirty in which raw events and rollups do not count the same (a crash between rows and batch row). */
export async function reconcileRecentHours(context: AggregatorContext): Promise<number[]> {
  const recent = startOfDay((await serverNow(context.warehouse)) - COMPARED_DAYS * DAY_MS)
  const from = Math.max(recent, await recomputeFloor(context))
  const params = { from: toSqlTime(from) }
  const rows = await context.warehouse.query<{ hour: string }>(DIFFERENT_SQL, { params })
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
  const row = { kind, hours: hours.map(hour => hour / 1000) }
  await context.warehouse.insertObjects('ingest_batches', [row], { timeoutMs: BATCH_SLACK_MS / 2 })
}
