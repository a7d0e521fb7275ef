// Part of step 4, for one span of adjacent dirty hours: hide losing copies, rewrite both rollup tables, and only then say so.
// A kill between any two statements leaves the hours dirty, and the next run does the same work again.

import { workOf } from '#core/dirty-hours.ts'
import type { HourSpan } from '#core/hours.ts'
import { fromSqlTime, HOUR_MS, hoursOf, toSqlTime } from '#core/hours.ts'
import { failpoint } from '#platform/failpoint.ts'
import type { AggregatorContext } from './context.ts'
import { hideLosersSql, ONE_PART_SETTINGS, recomputeSql, TWINS_EXIST_SQL } from './recompute-sql.ts'
import { ROLLUP_TABLES } from './rollup-tables.ts'

/** More groups than this in one hour: somebody puts an id into a dimension. Logged and counted, never regrouped. */
const MANY_GROUPS = 100_000

/** A statement may take this long on the server, ms. */
const STATEMENT_TIMEOUT_MS = 60_000

interface HourTotals {
  hour: string
  groups: string
  calls: string
  cost_usd: string
}

export async function recomputeSpan(context: AggregatorContext, span: HourSpan): Promise<void> {
  const { warehouse } = context
  const params = { from: toSqlTime(span.from), to: toSqlTime(span.to) }
  const options = { params, settings: ONE_PART_SETTINGS, timeoutMs: STATEMENT_TIMEOUT_MS }

  const [start] = await warehouse.query<{ version: string }>(
    'SELECT toUnixTimestamp64Micro(now64(6)) AS version',
  )
  const version = start?.version ?? '0'
  const began = context.clock.now()
  const [twins] = await warehouse.query(TWINS_EXIST_SQL, options)
  if (twins) await warehouse.command(hideLosersSql(), options)
  for (const table of ROLLUP_TABLES) {
    await warehouse.command(recomputeSql(table), options)
    failpoint('mid-recompute')
  }
  const durationMs = Math.max(0, context.clock.now() - began)

  const totals = await readTotals(context, span)
  const events = [...totals.values()].reduce((sum, hour) => sum + Number(hour.calls), 0)
  const run = { version, durationMs, workMs: workOf(durationMs, events), totals }
  await warehouse.insertObjects(
    'rollup_runs',
    hoursOf(span).map(hour => ({
      hour: hour / 1000,
      version,
      duration_ms: durationMs,
      work_ms: run.workMs,
      groups: totals.get(hour)?.groups ?? '0',
      calls: totals.get(hour)?.calls ?? '0',
      cost_usd: totals.get(hour)?.cost_usd ?? '0',
      runner: context.runner,
    })),
  )
  noteRun(context, span, run)
}

async function readTotals(context: AggregatorContext, span: HourSpan): Promise<Map<number, HourTotals>> {
  const rows = await context.warehouse.query<HourTotals>(
    `SELECT toStartOfHour(quarter) AS hour, count() AS groups, sum(r.calls) AS calls, sum(r.cost_usd) AS cost_usd
FROM usage_by_feature AS r FINAL
WHERE quarter >= {from:DateTime('UTC')} AND quarter < {to:DateTime('UTC')}
GROUP BY hour`,
    { params: { from: span.from / 1000, to: span.to / 1000 } },
  )
  return new Map(rows.map(row => [fromSqlTime(row.hour), row]))
}

function noteRun(
  context: AggregatorContext,
  span: HourSpan,
  run: { version: string; durationMs: number; workMs: number; totals: Map<number, HourTotals> },
): void {
  const lastRun = Math.floor(Number(run.version) / 1000)
  const hours = (span.to - span.from) / HOUR_MS
  for (const hour of hoursOf(span)) {
    const known = context.hours.get(hour)
    if (known && lastRun > known.lastRun) {
      context.hours.set(hour, {
        ...known,
        lastRun,
        lastFinished: lastRun + run.durationMs,
        lastWorkMs: run.workMs,
      })
    }
    const groups = Number(run.totals.get(hour)?.groups ?? 0)
    if (groups > MANY_GROUPS) {
      context.log.warn(
        { hour: toSqlTime(hour), groups },
        'hour has very many groups: is an id used as a dimension?',
      )
      context.metrics.crowdedHours.inc()
    }
  }
  context.metrics.recomputedHours.inc(hours)
  context.metrics.recomputeSeconds.observe(run.durationMs / 1000)
}
