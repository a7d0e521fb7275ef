// What stands beside every total: which time it is about, up to when events are in, and how much of it has no price. A total
// without its coverage looks complete when it is not.

import { fromSqlTime } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'
import { formatInstant, type Zone } from '#core/zones.ts'
import { type ApiContext, ask } from '../context.ts'
import { compileCosts } from '../query/compile.ts'
import { type CostQuery, totalsOf, withAllMeasures } from '../query/model.ts'
import { COVERAGE_MEASURES } from '../query/sources.ts'
import type { ZonedWindow } from '../query/window.ts'
import { type RawRow, readMeasures } from './cost-rows.ts'
import { toCount } from './values.ts'

/** Calls. `unpriced` have no cost; `inconsistent` are a part of those; priced + unpriced + estimated = calls. */
export type Coverage = Readonly<Record<(typeof COVERAGE_MEASURES)[number], number | string>>

/** Which time an answer is about. */
export interface WindowMeta {
  readonly from: string
  readonly to: string
  readonly tz: string
}

export interface Meta extends WindowMeta {
  /** Every event that was accepted before this instant is in; null while nothing is known about it. */
  readonly fresh_until: string | null
  readonly coverage: Coverage
  /** The window of every `previous`; not `complete` where the ledger's first events lie after its start. */
  readonly previous?: { readonly from: string; readonly to: string; readonly complete: boolean }
}

export interface Totals {
  readonly meta: Meta
  /** The row of everything that matches. */
  readonly total: ReturnType<typeof readMeasures>
}

/** The totals of a question, whatever it groups by. */
export async function readTotals(context: ApiContext, query: CostQuery): Promise<Totals> {
  const freshUntil = await readFreshUntil(context)
  const [row = {}] = await ask<RawRow>(context, compileCosts(totalsOf(query)))
  return { meta: metaOf(query, freshUntil, coverageOf(row)), total: readMeasures(query, row) }
}

/** The rows of a question and its totals, of one moment: the sum of all rows is the total while events arrive, too. */
export async function readRowsAndTotals(
  context: ApiContext,
  query: CostQuery,
): Promise<Totals & { readonly rows: readonly RawRow[] }> {
  // First: what was in by then is in the rows.
  const freshUntil = await readFreshUntil(context)
  const previous = query.previous && (await describePrevious(context, query.previous, query.zone))
  const found = await ask<RawRow>(context, compileCosts(withAllMeasures(query), { total: true }))
  const [row = {}] = found
  return {
    rows: 'is_total' in row ? found.slice(1) : found,
    meta: { ...metaOf(query, freshUntil, coverageOf(row)), ...(previous ? { previous } : {}) },
    total: readMeasures(query, row),
  }
}

async function describePrevious(context: ApiContext, { from, to }: Window, zone: Zone) {
  const [row] = await ask<{ reached: string }>(context, {
    sql: "SELECT count() AS reached FROM (SELECT 1 FROM v_costs_15m AS t WHERE t.quarter <= {from:DateTime('UTC')} LIMIT 1)",
    params: { from: Math.floor(from / 1_000) },
  })
  return {
    from: formatInstant(from, zone),
    to: formatInstant(to, zone),
    complete: row !== undefined && row.reached !== '0',
  }
}

export const windowOf = ({ window, zone }: ZonedWindow): WindowMeta => ({
  from: formatInstant(window.from, zone),
  to: formatInstant(window.to, zone),
  tz: zone.name,
})

/** @param freshUntil ms */
export const metaOf = (asked: ZonedWindow, freshUntil: number | null, coverage: Coverage): Meta => ({
  ...windowOf(asked),
  fresh_until: freshUntil === null ? null : formatInstant(freshUntil, asked.zone),
  coverage,
})

const coverageOf = (row: RawRow): Coverage =>
  Object.fromEntries(COVERAGE_MEASURES.map(name => [name, toCount(String(row[name] ?? 0))])) as Coverage

const FRESH_SQL = "SELECT value FROM v_watermarks WHERE name = 'complete_until'"

/** ms */
export async function readFreshUntil(context: ApiContext): Promise<number | null> {
  const [row] = await ask<{ value: string }>(context, { sql: FRESH_SQL, params: {} })
  const ms = row ? fromSqlTime(row.value) : 0
  // The beginning of time means that a partition has not been heard of.
  return ms > 0 ? ms : null
}
