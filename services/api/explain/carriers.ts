// Who carries a change: of every dimension the values that changed most, and all others as one, so that each list adds up to the
// change exactly. Where a list would need events that are gone, or too many of them, there is none, and a reason.

import { LedgerError } from '#core/errors.ts'
import { DAY_MS } from '#core/hours.ts'
import { apportion, type Picos } from '#core/money.ts'
import { type ApiContext, ask } from '../context.ts'
import type { Dimension } from '../query/dimensions.ts'
import { EVENTS } from '../query/sources.ts'
import { picosOf, type SumsRow } from './measures.ts'
import type { ExplainQuery } from './question.ts'
import { compileCarriers, MAX_CARRIERS, sourceOf, windowsOf } from './statements.ts'

export const CARRIER_DIMENSIONS = [
  'feature',
  'model',
  'user_id',
  'tenant_id',
  'prompt_version',
  'task_type',
  'release',
] as const
export type CarrierDimension = (typeof CARRIER_DIMENSIONS)[number]

/** A value of a dimension, or the number of all that are not shown. */
export interface Carrier {
  readonly value: string | { readonly others: number }
  readonly cost: Picos
  /** Scaled. */
  readonly baseline: Picos
}

/** Picodollars of everything; the baseline as it is and scaled. */
export interface Whole {
  readonly cost: Picos
  readonly before: Picos
  readonly baseline: Picos
}

/** A list, or why there is none. */
export type Carriers = readonly Carrier[] | { readonly reason: string }

/** Days of both periods together, for lists that only events can tell. */
const MAX_DAYS = 31

/** Why events are not read for this question; undefined if they may be. */
export function whyNotEvents(query: ExplainQuery, droppedBefore: number): string | undefined {
  const windows = windowsOf(query)
  if (windows.some(({ from }) => from < droppedBefore))
    return 'single events of these windows are no longer kept'
  const length = windows.reduce((sum, { from, to }) => sum + to - from, 0)
  return length > MAX_DAYS * DAY_MS
    ? `it takes single events, and these are read for at most ${MAX_DAYS} days of both periods together`
    : undefined
}

export async function readCarriers(
  context: ApiContext,
  query: ExplainQuery,
  dimension: Dimension,
  { whole, noEvents }: { readonly whole: Whole; readonly noEvents: string | undefined },
): Promise<Carriers> {
  const source = sourceOf(query, [dimension])
  if (source === EVENTS && noEvents !== undefined) return { reason: noEvents }
  try {
    const rows = await ask<SumsRow>(context, compileCarriers(query, source, dimension))
    return carriersOf(rows, whole, query.baseline.scale)
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'query_too_large') return { reason: error.message }
    throw error
  }
}

/** @param rows the values that changed most */
export function carriersOf(
  rows: readonly SumsRow[],
  whole: Whole,
  scale: { readonly n: bigint; readonly d: bigint },
): Carrier[] {
  const shown = rows.map(row => ({
    value: String(row['value']),
    cost: picosOf(row, 'current_cost_usd'),
    before: picosOf(row, 'baseline_cost_usd'),
  }))
  const sum = (of: 'cost' | 'before') => shown.reduce((total, row) => total + row[of], 0n)
  const rest = {
    value: { others: Math.max(0, Number(rows[0]?.['values'] ?? 0) - MAX_CARRIERS) },
    cost: whole.cost - sum('cost'),
    before: whole.before - sum('before'),
  }
  // What arrived between two statements belongs to nobody that is shown.
  const isWhole = rest.value.others === 0 && rest.cost === 0n && rest.before === 0n
  const all = isWhole ? shown : [...shown, rest]
  const baselines = apportion(
    whole.baseline,
    all.map(({ before }) => before * scale.n),
    scale.d,
  )
  return all.map(({ value, cost }, i) => ({ value, cost, baseline: baselines[i] ?? 0n }))
}
