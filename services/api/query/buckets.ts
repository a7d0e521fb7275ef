// The buckets of a timeseries. Their starts are computed here and bound, and the warehouse only sorts quarter-hours into
// them: two programs with two time zone databases would disagree on a day now and then.

import { LedgerError } from '#core/errors.ts'
import { DAY_MS, HOUR_MS } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'
import { type CalendarUnit, nextStart, startOf, type Zone } from '#core/zones.ts'
import { MAX_BUCKETS } from './limits.ts'

/** ms; the longest that each can be. A window that has too many buckets of this length is refused without counting them. */
const LONGEST = { hour: 2 * HOUR_MS, day: 2 * DAY_MS, week: 8 * DAY_MS, month: 32 * DAY_MS } as const

/**
 * The starts (ms) of the buckets that a window touches; the first may lie before the window.
 *
 * @throws LedgerError `bad_query` for more than MAX_BUCKETS
 */
export function bucketStarts(window: Window, granularity: CalendarUnit, zone: Zone): number[] {
  if ((window.to - window.from) / LONGEST[granularity] > MAX_BUCKETS) throw tooMany(granularity)
  const starts: number[] = []
  for (
    let start = startOf(granularity, window.from, zone);
    start < window.to;
    start = nextStart(granularity, start, zone)
  ) {
    if (starts.length === MAX_BUCKETS) throw tooMany(granularity)
    starts.push(start)
  }
  return starts
}

const tooMany = (granularity: CalendarUnit): LedgerError =>
  new LedgerError(
    'bad_query',
    `the window has more than ${MAX_BUCKETS} buckets of one ${granularity}; choose a coarser granularity`,
  )
