// Step 2: ghosts. A run whose statement finished late writes rows under an old version; where the newer run had no such key,
// they stay visible. Since a run rewrites every key of its hour, a visible row older than the hour's newest run can be
// nothing else. Its hour becomes dirty again. The newest run is known by its rows and by its entry in rollup_runs: it may
// have found no events and no rows to replace.

import { UNKNOWN_HOUR } from '#core/dirty-hours.ts'
import { fromSqlTime, MINUTE_MS } from '#core/hours.ts'
import type { AggregatorContext } from './context.ts'
import { ROLLUP_TABLES } from './rollup-tables.ts'

/** Hours whose last run finished within this time are looked at; a statement lasts at most a fifth of it. */
const LOOK_BACK_MINUTES = 5

const IN_RECENT = `toStartOfHour(quarter) IN (SELECT hour FROM recent)
    AND quarter >= (SELECT min(hour) FROM recent) AND quarter < (SELECT max(hour) FROM recent) + INTERVAL 1 HOUR`

/** Hours of a rollup table that hold ghosts. A run's tombstones bear its version, its groups one more. */
export const ghostsSql = (table: string): string => `WITH recent AS
(
  SELECT hour, max(version) AS version FROM rollup_runs
  WHERE finished_at >= now64(6) - INTERVAL ${LOOK_BACK_MINUTES} MINUTE
  GROUP BY hour
)
SELECT DISTINCT r.hour AS hour
FROM
(
  SELECT toStartOfHour(quarter) AS hour, version FROM ${table} FINAL
  WHERE ${IN_RECENT}
) AS r
INNER JOIN
(
  SELECT hour, max(version) AS newest
  FROM
  (
    SELECT toStartOfHour(quarter) AS hour, version FROM ${table}
    WHERE ${IN_RECENT}
    UNION ALL
    SELECT hour, version + 1 AS version FROM recent
  )
  GROUP BY hour
) AS runs ON runs.hour = r.hour
WHERE r.version + 1 < runs.newest`

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
    // Without a rest: a ghost is a wrong total that somebody may be looking at.
    const newestBatch = Math.max(known.newestBatch, known.lastRun + 1)
    context.hours.set(hour, { ...known, newestBatch, lastWorkMs: 0 })
    context.metrics.ghosts.inc()
  }
  return [...found]
}
