// What stands beside every total: which time it is about, up to when events are in, and how much of it has no price. A total
// without its coverage looks complete when it is not.

import { fromSqlTime } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'
import { formatInstant, type Zone } from '#core/zones.ts'
import { type ApiContext, ask } from '../context.ts'
import { compileCosts, sourceOf } from '../query/compile.ts'
import { COVERAGE_NAMES } from '../query/metrics.ts'
import { type CostQuery, totalsOf, withCoverage } from '../query/model.ts'
import { EVENTS } from '../query/sources.ts'
import type { ZonedWindow } from '../query/window.ts'
import { type CostRow, type RawRow, readMetrics } from './cost-rows.ts'
import { readUnknownValues, type UnknownValues } from './near-values.ts'
import { toCount } from './values.ts'

/** Calls. `unpriced` have no cost; `inconsistent` are a part of those; priced + unpriced + estimated = calls. */
export type Coverage = Readonly<Record<(typeof COVERAGE_NAMES)[number], number | string>>

/** Which time an answer is about. */
export interface WindowMeta {
  readonly from: string
  readonly to: string
  readonly tz: string
}

/** An answer with money adds what reading it took (`scanned`). */
export interface Meta extends WindowMeta {
  /** Every event that was accepted before this instant is in; null while nothing is known about it. */
  readonly fresh_until: string | null
  readonly coverage: Coverage
  /** The window of every `previous`; not `complete` where the ledger's first events lie after its start. */
  readonly previous?: { readonly from: string; readonly to: string; readonly complete: boolean }
  /** Which view the figures come from: "rollup by feature", "rollup by user" or "events". */
  readonly source: string
  /** Of an answer from events, where these are no longer kept over the whole window: nothing before this instant is in. */
  readonly events_from?: string
  /** Of an answer about no calls at all: values of its filters that no call ever had. */
  readonly unknown_values?: UnknownValues
}

export interface Totals {
  readonly meta: Meta
  /** The row of everything that matches. */
  readonly total: CostRow
}

/**
 * The totals of a question, whatever it groups by.
 *
 * @param freshUntil as it was before anything of the answer was read
 */
export async function readTotals(
  context: ApiContext,
  query: CostQuery,
  freshUntil: number | null,
): Promise<Totals> {
  const totals = totalsOf(query)
  const [row = {}] = await ask<RawRow>(context, compileCosts(totals))
  return { meta: costMeta(totals, freshUntil, row), total: readMetrics(query, row) }
}

/** The rows of a question and its totals, of one moment: the sum of all rows is the total while events arrive, too. */
export async function readRowsAndTotals(
  context: ApiContext,
  query: CostQuery,
): Promise<Totals & { readonly rows: readonly RawRow[] }> {
  // Both before the rows: what was in by then is in them. Read beside them, freshness could be of a later moment than the rows and
  // promise events that they lack. Of one another they are independent, so they share a round trip.
  const [freshUntil, previous, gap] = await Promise.all([
    readFreshUntil(context),
    query.previous && describePrevious(context, query.previous, query.zone),
    sourceOf(query) === EVENTS ? describeGap(context, query) : {},
  ])
  const found = await ask<RawRow>(context, compileCosts(withCoverage(query), { total: true }))
  const [row = {}] = found
  return {
    rows: 'is_total' in row ? found.slice(1) : found,
    meta: { ...costMeta(query, freshUntil, row), ...gap, ...(previous ? { previous } : {}) },
    total: readMetrics(query, row),
  }
}

const describePrevious = async (context: ApiContext, { from, to }: Window, zone: Zone) => ({
  from: formatInstant(from, zone),
  to: formatInstant(to, zone),
  complete: await hasReached(context, from),
})

/** Whether the ledger had begun at an instant. */
export async function hasReached(context: ApiContext, ms: number): Promise<boolean> {
  const [row] = await ask<{ reached: string }>(context, {
    sql: "SELECT count() AS reached FROM (SELECT 1 FROM v_costs_15m AS t WHERE t.quarter <= {at:DateTime('UTC')} LIMIT 1)",
    params: { at: Math.floor(ms / 1_000) },
  })
  return row !== undefined && row.reached !== '0'
}

/** Whether events were dropped that a question about events is about. */
export async function describeGap(
  context: ApiContext,
  { window, previous, zone }: CostQuery,
): Promise<Pick<Meta, 'events_from'>> {
  const kept = await readWatermark(context, 'raw_dropped_before')
  const isWhole = kept === null || kept <= (previous ?? window).from
  return isWhole ? {} : { events_from: formatInstant(kept, zone) }
}

/** Whether nothing matches because of a filter whose value never was. Reads nothing where there are calls. */
export async function describeUnknown(
  context: ApiContext,
  { filters }: CostQuery,
  { coverage }: Meta,
): Promise<Pick<Meta, 'unknown_values'>> {
  if (String(coverage.calls) !== '0') return {}
  const unknown = await readUnknownValues(context, filters)
  return Object.keys(unknown).length === 0 ? {} : { unknown_values: unknown }
}

export const windowOf = ({ window, zone }: ZonedWindow): WindowMeta => ({
  from: formatInstant(window.from, zone),
  to: formatInstant(window.to, zone),
  tz: zone.name,
})

const costMeta = (query: CostQuery, freshUntil: number | null, row: RawRow): Meta =>
  metaOf(query, { freshUntil, coverage: coverageOf(row), source: sourceOf(query).name })

/** @param known.freshUntil ms */
export const metaOf = (
  asked: ZonedWindow,
  known: { readonly freshUntil: number | null; readonly coverage: Coverage; readonly source: string },
): Meta => ({
  ...windowOf(asked),
  fresh_until: known.freshUntil === null ? null : formatInstant(known.freshUntil, asked.zone),
  coverage: known.coverage,
  source: known.source,
})

/** @param prefix of the columns in a row about more than one period */
export const coverageOf = (row: RawRow, prefix = ''): Coverage =>
  Object.fromEntries(COVERAGE_NAMES.map(name => [name, toCount(String(row[prefix + name] ?? 0))])) as Coverage

/** ms */
export const readFreshUntil = (context: ApiContext): Promise<number | null> =>
  readWatermark(context, 'complete_until')

/** ms; null where it is not known. */
export async function readWatermark(context: ApiContext, name: string): Promise<number | null> {
  const [row] = await ask<{ value: string }>(context, {
    sql: 'SELECT value FROM v_watermarks WHERE name = {name:String}',
    params: { name },
  })
  const ms = row ? fromSqlTime(row.value) : 0
  // The beginning of time means that a partition has not been heard of.
  return ms > 0 ? ms : null
}
