// Prices stored events again with the book in force, under its number: idempotent, resumable at any point, and harmless beside
// consumers, aggregators and other runs. A consumer on an older book may store meanwhile, so it goes on until the hours that
// were touched since it began hold nothing more to change.

import { BATCH_SLACK_MS } from '#core/dirty-hours.ts'
import { fromSqlTime, HOUR_MS, startOfHour, toSqlTime } from '#core/hours.ts'
import { abortable } from '#platform/abortable.ts'
import { serverNow } from '#platform/server-clock.ts'
import { endOfDay, findCandidates, slicesOf } from './candidates.ts'
import { createTally, type RepriceReport } from './report.ts'
import { healRuns, type Run, recordRun } from './runs.ts'
import type { RepriceContext, RepriceScope, RunOptions } from './scope.ts'
import { compareSlice, writeSlice } from './slice.ts'

/** A consumer that keeps storing under an older number is the service's affair, which looks again every minute. */
const MOST_ROUNDS = 10

/**
 * Reprices what the scope holds. A run that its signal ends has the state `stopped`.
 *
 * @param runId names the run in the account
 * @param hours only these hours of the scope, ms
 * @throws LedgerError of the Warehouse port; what was written until then is complete or healed by the next run
 */
export async function reprice(
  context: RepriceContext,
  runId: string,
  scope: RepriceScope,
  options: RunOptions,
  hours?: ReadonlySet<number>,
): Promise<RepriceReport> {
  const { signal } = options
  const run: Run = { id: runId, by: options.by, scope, tally: createTally(), writing: false }
  const stoppable = signal ? { ...context, warehouse: abortable(context.warehouse, signal) } : context
  const ending = await runRounds(stoppable, run, options, hours).catch(error => {
    if (!signal?.aborted) throw error
    return 'stopped' as const
  })
  // What was being written when it was stopped stays open, for the next run to mark.
  const said = !options.dryRun && !run.writing && (!hours || run.tally.total.events > 0)
  if (said) await recordRun(context, run, ending)
  return run.tally.report(runId)
}

async function runRounds(
  context: RepriceContext,
  run: Run,
  options: RunOptions,
  hours: ReadonlySet<number> | undefined,
): Promise<'finished' | 'stopped'> {
  if (!options.dryRun) await healRuns(context)
  let since = await serverNow(context.warehouse)
  if (!options.dryRun && !hours) await recordRun(context, run, 'started')
  let within = hours
  for (let round = 0; round < MOST_ROUNDS && !options.signal?.aborted; round++) {
    const before = run.tally.total.events
    await repriceOnce(context, run, options, within)
    const settled = round > 0 && run.tally.total.events === before
    if (options.dryRun || settled) break
    const began = since
    since = await serverNow(context.warehouse)
    within = await touchedSince(context, began)
    if (within.size === 0) break
  }
  return options.signal?.aborted ? 'stopped' : 'finished'
}

async function repriceOnce(
  context: RepriceContext,
  run: Run,
  options: RunOptions,
  within: ReadonlySet<number> | undefined,
): Promise<void> {
  const { tally, scope } = run
  const range = within ? narrowed(scope, within) : scope
  if (range.from >= range.to) return
  const candidates = await findCandidates(context, range)
  for (const day of candidates.days) {
    const part = { from: Math.max(day, range.from), to: Math.min(endOfDay(day), range.to) }
    for (const slice of await slicesOf(context, candidates, part, within)) {
      if (options.signal?.aborted) return
      const began = performance.now()
      const changed = await compareSlice(context, candidates, slice, run)
      const write = changed.length > 0 && !options.dryRun
      tally.add(write ? await writeSlice(context, changed, run) : changed)
      options.onProgress?.({ day, examined: tally.examined, changed: tally.total.events })
      await options.pause?.(performance.now() - began)
    }
  }
}

const narrowed = (scope: RepriceScope, hours: ReadonlySet<number>): RepriceScope => ({
  ...scope,
  from: Math.max(scope.from, Math.min(...hours)),
  to: Math.min(scope.to, Math.max(...hours) + HOUR_MS),
})

/** Hours that batches named since an instant of the warehouse's clock (ms), repricing itself aside. */
export async function touchedSince({ warehouse }: RepriceContext, since: number): Promise<Set<number>> {
  const rows = await warehouse.query<{ hour: string }>(
    `SELECT DISTINCT hour FROM ingest_batches ARRAY JOIN hours AS hour
WHERE inserted_at >= {since:DateTime64(3, 'UTC')} AND kind != 'reprice'`,
    // Rows may become visible a little after the instant that they carry.
    { params: { since: toSqlTime(since - 2 * BATCH_SLACK_MS) } },
  )
  return new Set(rows.map(row => startOfHour(fromSqlTime(row.hour))))
}
