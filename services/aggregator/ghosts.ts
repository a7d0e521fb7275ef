// Step 4: ghosts. A run whose statement finished late writes rows under an old version; where the newer run had no such key,
// they stay visible. Since a run rewrites every key of its hour, a visible row older than the hour's newest run can be
// nothing else. Its hour becomes dirty again.

import { UNKNOWN_HOUR } from '#core/dirty-hours.ts'
import { fromSqlTime, MINUTE_MS } from '#core/hours.ts'
import type { AggregatorContext } from './context.ts'
import { ROLLUP_TABLES } from './rollup-tables.ts'

/** Hours whose last run finished within this time are looked at; a statement lasts at most a fifth of it. */
const LOOK_BACK_MINUTES = 5

export const ghostsSql = (table: string): string => `WITH recent AS
(
  SELECT DISTINCT hour FROM rollup_runs WHERE finished_at >= now64(6) - INTERVAL ${LOOK_BACK_MINUTES} MINUTE
)
SELECT DISTINCT r.hour AS hour
FROM
(
  SELECT toStartOfHour(quarter) AS hour, version FROM ${table} FINAL
  WHERE toStartOfHour(quarter) IN recent AND quarter >= (SELECT min(hour) FROM recent)
    AND quarter < (SELECT max(hour) FROM recent) + INTERVAL 1 HOUR
) AS r
INNER JOIN
(
  SELECT toStartOfHour(quarter) AS hour, max(version) AS newest FROM ${table}
  WHERE toStartOfHour(quarter) IN recent AND quarter >= (SELECT min(hour) FROM recent)
    AND quarter < (SELECT max(hour) FROM recent) + INTERVAL 1 HOUR
  GROUP BY hour
) AS runs ON runs.hour = r.hour
WHERE r.version < runs.newest - 1`

/** Makes the hours of ghosts dirty; resolves with them. */
export async function findGhosts(context: AggregatorContext): Promise<number[]> {
  const since = context.seenUntil - LOOK_BACK_MINUTES * MINUTE_MS
  if (![...context.hours.values()].some(hour => hour.lastFinished >= since)) return []
  const found = new Set<number>()
  for (const table of ROLLUP_TABLES) {
    const rows = await context.warehouse.query<{ hour: string }>(ghostsSql(table.name))
    for (const row of rows) found.add(fromSqlTime(row.hour))
  }
  for (const hour of found) {
    const known = context.hours.get(hour) ?? UNKNOWN_HOUR
    context.hours.set(hour, { ...known, newestBatch: Math.max(known.newestBatch, known.lastRun + 1) })
    context.metrics.ghosts.inc()
  }
  return [...found]
}
