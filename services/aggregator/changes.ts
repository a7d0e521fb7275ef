// Step 5: why a closed hour's total moved. Totals of open hours grow by nature and are not recorded; the first row of an hour
// is its total once it is complete, every later row is a change that finance can ask about.

import { fromSqlTime, toSqlTime } from '#core/hours.ts'
import { firstOpenHour } from '#core/watermark.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { AggregatorContext } from './context.ts'

/** Hours asked for in one statement: they are part of its URL. */
const HOURS_AT_ONCE = 1_000

export type ChangeReason = 'first' | 'late' | 'reprice' | 'late_and_reprice' | 'correction'

interface TotalsRow {
  hour: string
  version: string
  new_calls: string
  new_unpriced: string
  new_cost: string
  recorded: number
  old_calls: string
  /** null: recorded before it was a part of the record */
  old_unpriced: string | null
  old_cost: string
}

/**
 * Versions come before totals, so that a total is never older than the version that it is recorded under. Two aggregators may
 * record in either order: what counts is the greatest version.
 */
const VERSIONS_SQL = `SELECT hour, max(version) AS version
FROM rollup_runs WHERE hour IN {hours:Array(DateTime('UTC'))}
GROUP BY hour`

/** What was last recorded of an hour. */
const recordedSql = (
  where: string,
): string => `SELECT c.hour AS hour, count() AS rows, max(c.version) AS version,
    argMax(c.new_calls, (c.version, c.changed_at)) AS calls,
    argMax(tuple(c.new_unpriced), (c.version, c.changed_at)).1 AS unpriced,
    argMax(c.new_cost_usd, (c.version, c.changed_at)) AS cost
  FROM rollup_changes AS c WHERE ${where}
  GROUP BY hour`

const THESE_HOURS = "hour IN {hours:Array(DateTime('UTC'))}"

/** What the rollup holds for these hours beside what was last recorded of them. */
const TOTALS_SQL = `SELECT run.hour AS hour, run.version AS version,
  now.calls AS new_calls, now.unpriced AS new_unpriced, now.cost AS new_cost,
  recorded.rows > 0 AS recorded, recorded.calls AS old_calls, recorded.unpriced AS old_unpriced, recorded.cost AS old_cost
FROM
(
  SELECT known.1 AS hour, known.2 AS version
  FROM (SELECT arrayJoin(arrayZip({hours:Array(DateTime('UTC'))}, {versions:Array(UInt64)})) AS known)
) AS run
LEFT JOIN
(
  SELECT toStartOfHour(quarter) AS hour, sum(calls) AS calls, sum(unpriced_calls) AS unpriced, sum(cost_usd) AS cost
  FROM usage_by_feature FINAL
  WHERE toStartOfHour(quarter) IN {hours:Array(DateTime('UTC'))}
    AND quarter >= {first:DateTime('UTC')} AND quarter < {last:DateTime('UTC')} + INTERVAL 1 HOUR
  GROUP BY hour
) AS now ON now.hour = run.hour
LEFT JOIN
(
  ${recordedSql(THESE_HOURS)}
) AS recorded ON recorded.hour = run.hour
ORDER BY hour`

/**
 * Closed hours of which nothing was recorded, or not what their last run found: it was killed before it could say so. Runs do
 * not say how many calls are unpriced, so each that is newer than the record is looked at once.
 */
const UNSETTLED_SQL = `SELECT run.hour AS hour
FROM
(
  SELECT hour, max(r.version) AS version, argMax(r.calls, r.version) AS calls, argMax(r.cost_usd, r.version) AS cost,
    max(r.finished_at) AS finished
  FROM rollup_runs AS r WHERE hour < {open:DateTime64(3, 'UTC')}
  GROUP BY hour
) AS run
LEFT JOIN
(
  ${recordedSql('true')}
) AS recorded ON recorded.hour = run.hour
WHERE recorded.rows = 0 OR run.calls != recorded.calls OR run.cost != recorded.cost
  OR (run.version > recorded.version AND run.finished >= {since:DateTime64(3, 'UTC')})
ORDER BY hour`

/**
 * Hours that were repriced after the last run that found what is recorded; the newest run is the one that found something else.
 * Rows are visible before the batch that tells of them: what a run says that it is about to write counts as well.
 */
const REPRICED_SQL = `SELECT DISTINCT repriced.hour AS hour
FROM
(
  SELECT hour, inserted_at AS at FROM ingest_batches ARRAY JOIN hours AS hour
  WHERE kind = 'reprice' AND ${THESE_HOURS}
  UNION ALL
  SELECT hour, at FROM reprice_runs ARRAY JOIN hours AS hour
  WHERE state = 'writing' AND ${THESE_HOURS}
) AS repriced
INNER JOIN
(
  SELECT recorded.hour AS hour, greatest(any(recorded.version), max(run.version)) AS version
  FROM (${recordedSql(THESE_HOURS)}) AS recorded
  LEFT JOIN
  (
    SELECT hour, version, calls, cost_usd AS cost FROM rollup_runs
    WHERE ${THESE_HOURS}
      AND (hour, version) NOT IN (SELECT hour, max(version) FROM rollup_runs WHERE ${THESE_HOURS} GROUP BY hour)
  ) AS run ON run.hour = recorded.hour AND run.calls = recorded.calls AND run.cost = recorded.cost
  GROUP BY hour
) AS found ON found.hour = repriced.hour
WHERE toUnixTimestamp64Micro(repriced.at) > found.version`

/**
 * Why a recorded total changed. More calls came late; if the hour was repriced meanwhile as well, nobody can say any more how much
 * of the money is due to which, and the reason names both. With the same calls it is the prices if the hour was repriced; else
 * copies were replaced or went.
 */
export function changeReason(change: {
  recorded: boolean
  repriced: boolean
  oldCalls: bigint
  newCalls: bigint
}): ChangeReason {
  const { recorded, repriced, oldCalls, newCalls } = change
  if (!recorded) return 'first'
  if (newCalls > oldCalls) return repriced ? 'late_and_reprice' : 'late'
  return repriced && newCalls === oldCalls ? 'reprice' : 'correction'
}

/** Records the totals of those of the hours that are complete and whose total is not the recorded one. */
export async function recordChanges(context: AggregatorContext, hours: readonly number[]): Promise<void> {
  const open = firstOpenHour(context.watermark)
  const closed = hours.filter(hour => hour < open).map(hour => hour / 1000)
  for (let first = 0; first < closed.length; first += HOURS_AT_ONCE) {
    await recordSome(context, closed.slice(first, first + HOURS_AT_ONCE))
  }
}

/** @param closed hours, s */
async function recordSome({ warehouse }: AggregatorContext, closed: readonly number[]): Promise<void> {
  const known = await warehouse.query<{ hour: string; version: string }>(VERSIONS_SQL, {
    params: { hours: closed },
  })
  if (known.length === 0) return
  const hours = known.map(({ hour }) => fromSqlTime(hour) / 1000)
  const versions = known.map(({ version }) => Number(version))
  const params = { hours, versions, first: Math.min(...hours), last: Math.max(...hours) }
  const moved = (await warehouse.query<TotalsRow>(TOTALS_SQL, { params })).filter(hasMoved)
  if (moved.length === 0) return
  const repriced = await repricedOf(
    warehouse,
    moved.filter(row => row.recorded),
  )
  await warehouse.insertObjects(
    'rollup_changes',
    moved.map(row => ({
      hour: row.hour,
      version: row.version,
      reason: changeReason({
        recorded: Boolean(row.recorded),
        repriced: repriced.has(row.hour),
        oldCalls: BigInt(row.old_calls),
        newCalls: BigInt(row.new_calls),
      }),
      old_calls: row.old_calls,
      new_calls: row.new_calls,
      old_unpriced: row.recorded ? row.old_unpriced : '0',
      new_unpriced: row.new_unpriced,
      old_cost_usd: row.old_cost,
      new_cost_usd: row.new_cost,
    })),
  )
}

/** A count that was not recorded yet is no change by itself. */
const hasMoved = (row: TotalsRow): boolean =>
  !row.recorded ||
  row.new_calls !== row.old_calls ||
  row.new_cost !== row.old_cost ||
  (row.old_unpriced !== null && row.new_unpriced !== row.old_unpriced)

async function repricedOf(warehouse: Warehouse, rows: readonly TotalsRow[]): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set()
  const hours = rows.map(row => fromSqlTime(row.hour) / 1000)
  const found = await warehouse.query<{ hour: string }>(REPRICED_SQL, { params: { hours } })
  return new Set(found.map(({ hour }) => hour))
}

/** Records the totals of hours that became complete after their last recompute, and what a kill left unsaid. */
export async function settleClosedHours(context: AggregatorContext): Promise<void> {
  const open = firstOpenHour(context.watermark)
  if (open <= context.settledBefore || context.watermark === 0) return
  const rows = await context.warehouse.query<{ hour: string }>(UNSETTLED_SQL, {
    // At start everything that is kept; later what ran since the last look.
    params: { open: toSqlTime(open), since: toSqlTime(context.settledBefore) },
  })
  await recordChanges(
    context,
    rows.map(row => fromSqlTime(row.hour)),
  )
  context.settledBefore = open
}
