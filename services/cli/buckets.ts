// The buckets of a timeseries on one axis: the API answers none without calls, and a picture that leaves out quiet days shows
// another course.

import { DAY_MS } from '#core/hours.ts'
import { type CalendarUnit, createZone, nextStart, startOf } from '#core/zones.ts'
import type { CostRow, Meta } from './answers.ts'

/** The most characters that a sparkline is worth. */
const READABLE = 62

/** Starts (ms) of all buckets of an answer's window, up to now. */
export function bucketStarts({ from, to, tz }: Meta, unit: CalendarUnit, now: number): number[] {
  const zone = createZone(tz)
  if (!zone) return []
  const end = Math.min(Date.parse(to), now)
  const starts: number[] = []
  for (let at = startOf(unit, Date.parse(from), zone); at < end; at = nextStart(unit, at, zone)) {
    starts.push(at)
  }
  return starts
}

/** What each bucket cost. */
export function amountsAt(rows: readonly CostRow[], starts: readonly number[]): (string | undefined)[] {
  const amounts = new Map(rows.map(row => [Date.parse(row.time ?? ''), row.cost_usd]))
  return starts.map(at => amounts.get(at))
}

/** The unit that shows the course of a window in a line. */
export function unitFor({ from, to }: Meta): CalendarUnit {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS
  if (days <= 2) return 'hour'
  return days <= READABLE ? 'day' : days <= READABLE * 7 ? 'week' : 'month'
}
