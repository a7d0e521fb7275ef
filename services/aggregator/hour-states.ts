// Step 1: what happened since the last look. Batches make hours dirty, finished runs (of any aggregator) make them clean.

import { BATCH_SLACK_MS, UNKNOWN_HOUR } from '#core/dirty-hours.ts'
import { fromSqlTime, toSqlTime } from '#core/hours.ts'
import type { AggregatorContext } from './context.ts'

interface BatchRow {
  hour: string
  newest: string
  kind: string
}

interface RunRow {
  hour: string
  started: string
  finished: string
  duration_ms: string
}

const BATCHES_SQL = `SELECT hour, max(inserted_at) AS newest, argMax(kind, inserted_at) AS kind
FROM ingest_batches ARRAY JOIN hours AS hour
WHERE inserted_at >= {since:DateTime64(3, 'UTC')}
GROUP BY hour`

const RUNS_SQL = `SELECT hour, fromUnixTimestamp64Micro(toInt64(max(version)), 'UTC') AS started,
  max(finished_at) AS finished, argMax(duration_ms, version) AS duration_ms
FROM rollup_runs
WHERE finished_at >= {since:DateTime64(3, 'UTC')}
GROUP BY hour`

/** Reads new batch and run rows into `hours`. At start everything that the tables still hold is read. */
export async function readHourStates(context: AggregatorContext): Promise<void> {
  const { warehouse, hours } = context
  // Rows may become visible a little after the instant that they carry: look back further than that.
  const params = { since: toSqlTime(Math.max(0, context.seenUntil - 2 * BATCH_SLACK_MS)) }
  const [clock] = await warehouse.query<{ now: string }>('SELECT now64(3) AS now')
  const [batches, runs] = await Promise.all([
    warehouse.query<BatchRow>(BATCHES_SQL, { params }),
    warehouse.query<RunRow>(RUNS_SQL, { params }),
  ])
  for (const row of batches) {
    const hour = fromSqlTime(row.hour)
    const known = hours.get(hour) ?? UNKNOWN_HOUR
    const newestBatch = fromSqlTime(row.newest)
    if (newestBatch > known.newestBatch) hours.set(hour, { ...known, newestBatch, kind: row.kind })
  }
  for (const row of runs) {
    const hour = fromSqlTime(row.hour)
    const known = hours.get(hour) ?? UNKNOWN_HOUR
    const lastRun = fromSqlTime(row.started)
    if (lastRun > known.lastRun) {
      hours.set(hour, {
        ...known,
        lastRun,
        lastFinished: fromSqlTime(row.finished),
        lastDurationMs: Number(row.duration_ms),
      })
    }
  }
  if (clock) context.seenUntil = fromSqlTime(clock.now)
}
