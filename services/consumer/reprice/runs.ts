// The account of runs, and what heals one that was killed. Before rows are written it says which hours they touch: if the run
// dies before it could mark them, the next one does, and no total stays old.

import { BATCH_SLACK_MS } from '#core/dirty-hours.ts'
import { fromSqlTime } from '#core/hours.ts'
import { formatPicos } from '#core/money.ts'
import type { RepriceTally } from './report.ts'
import type { RepriceContext, RepriceScope } from './scope.ts'

export interface Run {
  readonly id: string
  readonly by: 'service' | 'cli'
  readonly scope: RepriceScope
  readonly tally: RepriceTally
  /** Whether a write was begun of which the hours are not marked yet. */
  writing: boolean
}

export type RunState = 'started' | 'writing' | 'finished' | 'stopped'

/** A stop waits for the last word of a run, and no longer than this. */
const SAY_MS = 5_000

/** @param hours ms */
export async function recordRun(
  { warehouse, pricing }: RepriceContext,
  { id, by, scope, tally }: Run,
  state: RunState,
  hours: readonly number[] = [],
): Promise<void> {
  const { total } = tally
  await warehouse.insertObjects(
    'reprice_runs',
    [
      {
        run_id: id,
        state,
        started_by: by,
        sequence: pricing.sequence,
        price_book_version: pricing.book.hash,
        window_from: new Date(scope.from).toISOString(),
        window_to: new Date(scope.to).toISOString(),
        provider: scope.provider ?? '',
        model: scope.model ?? '',
        hours: hours.map(hour => hour / 1000),
        events_examined: tally.examined,
        events_changed: total.events,
        old_cost_usd: formatPicos(total.before),
        new_cost_usd: formatPicos(total.after),
        old_unpriced: total.unpricedBefore,
        new_unpriced: total.unpricedAfter,
      },
    ],
    { timeoutMs: SAY_MS },
  )
}

/** Makes hours dirty; the aggregator counts on the bound of the statement. @param hours ms */
export async function markRepriced({ warehouse }: RepriceContext, hours: readonly number[]): Promise<void> {
  const row = { kind: 'reprice', hours: hours.map(hour => hour / 1000) }
  await warehouse.insertObjects('ingest_batches', [row], { timeoutMs: BATCH_SLACK_MS / 2 })
}

/** A write that was begun is over for certain after this long: its statement is bounded, and so is the pause of a process. */
const SURELY_OVER_MINUTES = 10

const OPEN_SQL = `SELECT run_id, argMax(r.hours, r.at) AS open, argMax(r.at, r.at) < now64(6) - INTERVAL ${SURELY_OVER_MINUTES} MINUTE AS over
FROM reprice_runs AS r
GROUP BY run_id
HAVING argMax(r.state, r.at) = 'writing'`

const ABANDON_SQL = `INSERT INTO reprice_runs
SELECT * REPLACE ('abandoned' AS state, now64(6) AS at) FROM reprice_runs
WHERE run_id = {run:String} ORDER BY at DESC LIMIT 1`

/**
 * Marks the hours that runs were writing when they were last heard of. One of them may still be at work: that costs a recompute
 * and changes nothing, and it is asked again until its write must be over.
 */
export async function healRuns(context: RepriceContext): Promise<void> {
  const rows = await context.warehouse.query<{ run_id: string; open: string[]; over: boolean | number }>(
    OPEN_SQL,
  )
  const hours = rows.flatMap(({ open }) => open.map(hour => fromSqlTime(hour)))
  if (hours.length > 0) await markRepriced(context, [...new Set(hours)])
  for (const { run_id: run, over } of rows) {
    if (over) await context.warehouse.command(ABANDON_SQL, { params: { run } })
  }
}
