// GET /v1/explain as data: which window, which baseline, whose spend.

import { LedgerError } from '#core/errors.ts'
import { DAY_MS, startOfHour } from '#core/hours.ts'
import { endOfQuarter } from '#core/periods.ts'
import { formatInstant } from '#core/zones.ts'
import { COLUMN_DIMENSIONS, dimensionOf } from '../query/dimensions.ts'
import { type Filter, readFilters } from '../query/filters.ts'
import { checkNames, type Query, single } from '../query/parameters.ts'
import { readWindow, WINDOW_PARAMETERS, type ZonedWindow } from '../query/window.ts'
import { type Baseline, DEFAULT_BASELINE, readBaseline } from './baseline.ts'

export interface ExplainQuery extends ZonedWindow {
  readonly filters: readonly Filter[]
  readonly baseline: Baseline
  /** Whether nobody chose the baseline. */
  readonly baselineIsDefault: boolean
}

/** The names that a question may have, besides tags. */
export const EXPLAIN_PARAMETERS: readonly string[] = [
  'baseline',
  'format',
  ...WINDOW_PARAMETERS,
  ...COLUMN_DIMENSIONS,
]

/** @throws LedgerError `bad_query` that names the parameter, what came and what was expected */
export function readExplainQuery(
  query: Query,
  { now, defaultZone }: { readonly now: number; readonly defaultZone: string },
): ExplainQuery {
  checkNames(query, EXPLAIN_PARAMETERS, name => dimensionOf(name) !== undefined)
  const asked = windowOf(query, now, defaultZone)
  const name = single(query, 'baseline')
  return {
    ...asked,
    filters: readFilters(query),
    baseline: readBaseline(name ?? DEFAULT_BASELINE, asked),
    baselineIsDefault: name === undefined,
  }
}

/**
 * Without `from` a day: the last 24 whole hours, or those before `to`. It ends now at the latest: against a whole baseline, what
 * has not happened yet would be a fall.
 */
function windowOf(query: Query, now: number, defaultZone: string): ZonedWindow {
  const asked = readWindow(query, now, defaultZone)
  const end = Math.min(asked.window.to, endOfQuarter(now))
  if (single(query, 'from') === undefined) {
    const to = single(query, 'to') === undefined ? startOfHour(now) : end
    return { ...asked, window: { from: to - DAY_MS, to } }
  }
  const { from } = asked.window
  if (from < end) return { ...asked, window: { from, to: end } }
  throw new LedgerError('bad_query', `from (${formatInstant(from, asked.zone)}) is in the future`)
}
