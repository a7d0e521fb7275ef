// Step 5: why a closed hour's total moved. Totals of open hours grow by nature and are not recorded; the first row of an hour
// is its total once it is complete, every later row is a change that finance can ask about.

import { fromSqlTime, toSqlTime } from '#core/hours.ts'
import { firstOpenHour } from '#core/watermark.ts'
import type { AggregatorContext } from './context.ts'

/** Hours asked for in one statement: they are part of its URL. */
const HOURS_AT_ONCE = 1_000

export type ChangeReason = 'first' | 'late' | 'reprice' | 'correction'

interface TotalsRow {
  hour: string
  version: string
  new_calls: string
  new_cost: string
  recorded: number
  old_calls: string
  old_cost: string
}

/** What the rollup holds for these hours beside what was last recorded of them. */
const TOTALS_SQL = `SELECT run.hour AS hour, run.version AS version, now.calls AS new_calls, now.cost AS new_cost,
  recorded.hours > 0 AS recorded, recorded.calls AS old_calls, recorded.cost AS old_cost
FROM
(
  SELECT hour, max(version) AS version FROM rollup_runs WHERE hour IN {hours:Array(DateTime('UTC'))} GROUP BY hour
) AS run
LEFT JOIN
(
  SELECT toStartOfHour(quarter) AS hour, sum(calls) AS calls, sum(cost_usd) AS cost
  FROM usage_by_feature FINAL
  WHERE toStartOfHour(quarter) IN {hours:Array(DateTime('UTC'))}
    AND quarter >= {first:DateTime('UTC')} AND quarter < {last:DateTime('UTC')} + INTERVAL 1 HOUR
  GROUP BY hour
) AS now ON now.hour = run.hour
LEFT JOIN
(
  SELECT hour, count() AS hours, argMax(new_calls, changed_at) AS calls, argMax(new_cost_usd, changed_at) AS cost
  FROM rollup_changes WHERE hour IN {hours:Array(DateTime('UTC'))}
  GROUP BY hour
) AS recorded ON recorded.hour = run.hour
ORDER BY hour`

/** Closed hours of which nothing was recorded, or not what their last run found: it was killed before it could say so. */
const UNSETTLED_SQL = `SELECT run.hour AS hour
FROM
(
  SELECT hour, argMax(calls, version) AS calls, argMax(cost_usd, version) AS cost
  FROM rollup_runs WHERE hour < {open:DateTime64(3, 'UTC')}
  GROUP BY hour
) AS run
LEFT JOIN
(
  SELECT hour, count() AS rows, argMax(new_calls, changed_at) AS calls, argMax(new_cost_usd, changed_at) AS cost
  FROM rollup_changes GROUP BY hour
) AS recorded ON recorded.hour = run.hour
WHERE recorded.rows = 0 OR run.calls != recorded.calls OR run.cost != recorded.cost
ORDER BY hour`

/**
 * Hours that were repriced after the last run that found what is recorded. Rows are visible before the batch that tells of
 * them: what a run says that it is about to write counts as well.
 */
const REPRICED_SQL = `SELECT DISTINCT repriced.hour AS hour
FROM
(
  SELECT hour, inserted_at AS at FROM ingest_batches ARRAY JOIN hours AS hour
  WHERE kind = 'reprice' AND hour IN {hours:Array(DateTime('UTC'))}
  UNION ALL
  SELECT hour, at FROM reprice_runs ARRAY JOIN hours AS hour
  WHERE state = 'writing' AND hour IN {hours:Array(DateTime('UTC'))}
) AS repriced
LEFT JOIN
(
  SELECT run.hour AS hour, max(run.version) AS version
  FROM rollup_runs AS run
  INNER JOIN
  (
    SELECT hour, argMax(new_calls, changed_at) AS calls, argMax(new_cost_usd, changed_at) AS cost
    FROM rollup_changes WHERE hour IN {hours:Array(DateTime('UTC'))}
    GROUP BY hour
  ) AS recorded ON recorded.hour = run.hour AND recorded.calls = run.calls AND recorded.cost = run.cost_usd
  GROUP BY hour
) AS found ON found.hour = repriced.hour
WHERE toUnixTimestamp64Micro(repriced.at) > found.version`

/**
 * Why a recorded total changed. Another number of calls explains itself, whatever else happened: they came late, or went. With
 * the same calls it is the prices if the hour was repriced meanwhile; else copies were replaced.
 */
export function changeReason(change: {
  recorded: boolean
  repriced: boolean
  oldCalls: bigint
  newCalls: bigint
}): ChangeReason {
  if (!change.recorded) return 'first'
  if (change.newCalls > change.oldCalls) return 'late'
  return change.repriced && change.newCalls === change.oldCalls ? 'reprice' : 'correction'
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
async function recordSome(context: AggregatorContext, closed: readonly number[]): Promise<void> {
  const params = { hours: closed, first: Math.min(...closed), last: Math.max(...closed) }
  const rows = await context.warehouse.query<TotalsRow>(TOTALS_SQL, { params })
  const moved = rows.filter(
    row => !row.recorded || row.new_calls !== row.old_calls || row.new_cost !== row.old_cost,
  )
  if (moved.length === 0) return
  const repriced = await repricedOf(
    context,
    moved.filter(row => row.recorded),
  )
  await context.warehouse.insertObjects(
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
      old_cost_usd: row.old_cost,
      new_cost_usd: row.new_cost,
    })),
  )
}

async function repricedOf(
  { warehouse }: AggregatorContext,
  rows: readonly TotalsRow[],
): Promise<ReadonlySet<string>> {
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
    params: { open: toSqlTime(open) },
  })
  await recordChanges(
    context,
    rows.map(row => fromSqlTime(row.hour)),
  )
  context.settledBefore = open
}
