// The buckets of a timeseries. Their starts are computed here and bound, and the warehouse only sorts quarter-hours into
// them: two programs with two time zone databases would disagree on a day now and then.

import { LedgerError } from '#core/errors.ts'
import type { Window } from '#core/periods.ts'
import { type CalendarUnit, nextStart, startOf, type Zone } from '#core/zones.ts'

/** A year of hours fits, and as many rows as an answer may have. */
export const MAX_BUCKETS = 10_000

/**
 * The starts (ms) of the buckets that a window touches; the first may lie before the window.
 *
 * @throws LedgerError `bad_query` for more than MAX_BUCKETS
 */
export function bucketStarts(window: Window, granularity: CalendarUnit, zone: Zone): number[] {
  const starts: number[] = []
  for (
    let start = startOf(granularity, window.from, zone);
    start < window.to;
    start = nextStart(granularity, start, zone)
  ) {
    if (starts.length === MAX_BUCKETS) {
      throw new LedgerError(
        'bad_query',
        `the window has more than ${MAX_BUCKETS} buckets of one ${granularity}; choose a coarser granularity`,
      )
    }
    starts.push(start)
  }
  return starts
}
