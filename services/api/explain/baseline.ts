// What spend is compared with. An unfair baseline (a weekend for a Monday, a month for a day) explains a change that nobody made.

import { LedgerError } from '#core/errors.ts'
import { DAY_MS } from '#core/hours.ts'
import { type Fraction, fraction, ONE } from '#core/money-fraction.ts'
import { parseInstant, previousWindow, type Window } from '#core/periods.ts'
import { formatInstant, instantOf, type Zone } from '#core/zones.ts'
import { badQuery } from '../query/parameters.ts'
import { EARLIEST, LATEST, type ZonedWindow } from '../query/window.ts'
import { previousWords } from './previous-words.ts'

export interface Baseline {
  /** As asked for: previous, week, 4w, or an interval. */
  readonly name: string
  /** The latest first; they overlap neither each other nor the window that is explained. */
  readonly windows: readonly Window[]
  /** What its sums are multiplied by. */
  readonly scale: Fraction
  /** Completes "against ...". */
  readonly words: string
}

export const DEFAULT_BASELINE = 'previous'

const EXPECTED =
  'previous, week, 4w, or two times FROM/TO such as 2026-11-01/2026-11-08; an end that is a date is not included'

const WEEK_MS = 7 * DAY_MS
const WEEKS = 4

/** @throws LedgerError `bad_query` for what is no baseline, or none for this window */
export function readBaseline(text: string, asked: ZonedWindow): Baseline {
  const baseline = baselineOf(text, asked)
  if (baseline.windows.every(({ from, to }) => from >= EARLIEST && to <= LATEST)) return baseline
  throw new LedgerError('bad_query', 'the baseline begins before 2000 or ends after 2099')
}

function baselineOf(name: string, { window, zone }: ZonedWindow): Baseline {
  switch (name) {
    case 'previous': {
      const previous = previousWindow(window, zone)
      return { name, windows: [previous], scale: ONE, words: previousWords(previous, window, zone) }
    }
    case 'week':
      return scaled(window, {
        name,
        windows: weeksBefore(1, window, zone),
        words: 'the same time one week before',
      })
    case '4w':
      return scaled(window, {
        name,
        windows: weeksBefore(WEEKS, window, zone),
        words: 'the same time in the four weeks before',
      })
    default:
      return scaled(window, intervalOf(name, window, zone))
  }
}

/** Only the windows that the ledger has all of count for a mean; where it has none, the baseline stays what it was. */
export function reachedBaseline(
  baseline: Baseline,
  window: Window,
  reached: readonly boolean[],
): { readonly baseline: Baseline; readonly complete: boolean } {
  const windows = baseline.windows.filter((_, i) => reached[i])
  const complete = windows.length === baseline.windows.length
  if (complete || windows.length === 0) return { baseline, complete }
  const words = `the same time in ${windows.length} of the four weeks before`
  return { baseline: scaled(window, { ...baseline, windows, words }), complete }
}

const lengthOf = ({ from, to }: Window): number => to - from

/** As if it had been as long as the window: a mean for several, and a share of a longer one. */
function scaled(window: Window, baseline: Omit<Baseline, 'scale'>): Baseline {
  const length = baseline.windows.reduce((sum, each) => sum + lengthOf(each), 0)
  return { ...baseline, scale: fraction(BigInt(lengthOf(window)), BigInt(length)) }
}

/**
 * As long as the window, from the same time on the clock in each of so many weeks before, the latest first. Ends do not follow
 * the clock, which may jump over all that lies between. A week of 167 hours ends where the next one begins.
 */
function weeksBefore(weeks: number, window: Window, zone: Zone): Window[] {
  if (lengthOf(window) > WEEK_MS) {
    throw new LedgerError(
      'bad_query',
      'baseline week and 4w are for windows of at most 7 days: longer ones would be compared with themselves',
    )
  }
  const clock = window.from + zone.offsetAt(window.from)
  const starts = Array.from({ length: weeks }, (_, i) => instantOf(clock - (i + 1) * WEEK_MS, zone))
  return starts.map((from, i) => ({
    from,
    to: Math.min(from + lengthOf(window), starts[i - 1] ?? window.from),
  }))
}

function intervalOf(text: string, window: Window, zone: Zone): Omit<Baseline, 'scale'> {
  const [from, to, more] = text.split('/').map(part => parseInstant(part, zone))
  if (from === undefined || to === undefined || more !== undefined || text.split('/').length !== 2) {
    throw badQuery('baseline', text, EXPECTED)
  }
  if (from >= to) throw badQuery('baseline', text, 'a start before the end')
  if (from < window.to && window.from < to) {
    throw badQuery('baseline', text, 'an interval that does not overlap the window that is explained')
  }
  return {
    name: text,
    windows: [{ from, to }],
    words: `${formatInstant(from, zone)} to ${formatInstant(to, zone)}`,
  }
}
