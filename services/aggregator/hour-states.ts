// Step 1: what happened since the last look. Batches make hours dirty, finished runs (of any aggregator) make them clean.

import { BATCH_SLACK_MS, type HourState, UNKNOWN_HOUR } from '#core/dirty-hours.ts'
import { fromSqlTime, toSqlTime } from '#core/hours.ts'
import type { AggregatorContext } from './context.ts'

interface NewsRow {
  what: 'clock' | 'batch' | 'run'
  hour: string
  /** clock: now; batch: the newest one's instant; run: when the newest one began. */
  instant: string
  finished: string
  work_ms: string
}

/** One statement, since it is asked every second. */
const NEWS_SQL = `SELECT 'clock' AS what, toDateTime(0, 'UTC') AS hour, now64(6, 'UTC') AS instant, now64(6, 'UTC') AS finished,
  toUInt64(0) AS work_ms
UNION ALL
SELECT 'batch', hour, max(b.inserted_at), max(b.inserted_at), toUInt64(0)
FROM ingest_batches AS b ARRAY JOIN hours AS hour
WHERE b.inserted_at >= {since:DateTime64(3, 'UTC')}
GROUP BY hour
UNION ALL
SELECT 'run', r.hour, fromUnixTimestamp64Micro(toInt64(max(r.version)), 'UTC'), max(r.finished_at),
  argMax(r.work_ms, r.version)
FROM rollup_runs AS r
WHERE r.finished_at >= {since:DateTime64(3, 'UTC')}
GROUP BY r.hour`

/** Reads new batch and run rows into `hours`. At start everything that the tables still hold is read. */
export async function readHourStates(context: AggregatorContext): Promise<void> {
  // Rows may become visible a little after the instant that they carry: look back further than that.
  const params = { since: toSqlTime(Math.max(0, context.seenUntil - 2 * BATCH_SLACK_MS)) }
  const rows = await context.warehouse.query<NewsRow>(NEWS_SQL, { params })
  const clock = rows.find(row => row.what === 'clock')
  const now = clock ? fromSqlTime(clock.instant) : context.seenUntil
  if (now < context.seenUntil - BATCH_SLACK_MS) return startOver(context)
  for (const row of rows) {
    // A run from the future began before the clock was put back, and does not know what came since.
    if (row.what === 'clock' || (row.what === 'run' && fromSqlTime(row.instant) > now)) continue
    const hour = fromSqlTime(row.hour)
    context.hours.set(hour, updated(context.hours.get(hour), row))
  }
  context.seenUntil = now
}

/** The warehouse's clock was put back: what is remembered cannot be put in order with what comes now. */
function startOver(context: AggregatorContext): Promise<void> {
  context.log.warn({ seen_until: toSqlTime(context.seenUntil) }, "the warehouse's clock was put back")
  context.hours.clear()
  context.seenUntil = 0
  context.watermarkAskedAt = 0
  return readHourStates(context)
}

function updated(known: HourState = UNKNOWN_HOUR, row: NewsRow): HourState {
  const instant = fromSqlTime(row.instant)
  if (row.what === 'batch') {
    return instant > known.newestBatch ? { ...known, newestBatch: instant } : known
  }
  if (instant <= known.lastRun) return known
  return {
    ...known,
    lastRun: instant,
    lastFinished: fromSqlTime(row.finished),
    lastWorkMs: Number(row.work_ms),
  }
}
