// The previous window in words, from the window itself: which one is fair is decided elsewhere, and words that guess it name
// hours that nobody compared.

import { DAY_MS, HOUR_MS } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'
import { dayOf, startOfDayIn, type Zone } from '#core/zones.ts'

/**
 * Completes "against ...". A period that has only begun is compared with the same part of the one before: then something lies
 * between the two.
 */
export function previousWords(previous: Window, window: Window, zone: Zone): string {
  if (previous.to === window.from) return `the ${lengthWords(previous, zone)} before`
  const unit = window.from - previous.from < 2 * DAY_MS ? 'day' : 'month'
  return `the same time the ${unit} before`
}

/** `day`, `month`, `10 hours`; an hour more or less is still a day where the clocks were changed. */
function lengthWords({ from, to }: Window, zone: Zone): string {
  const [first, end] = [dayOf(from, zone), dayOf(to, zone)]
  const isDays = startOfDayIn(first, zone) === from && startOfDayIn(end, zone) === to
  if (isDays && isMonth(first, end)) return 'month'
  const days = isDays ? end - first : (to - from) / DAY_MS
  if (days === 1) return 'day'
  if (days === 7) return 'week'
  if (Number.isInteger(days)) return `${days} days`
  const hours = (to - from) / HOUR_MS
  if (hours === 1) return 'hour'
  return Number.isInteger(hours) && hours < 24 ? `${hours} hours` : 'period'
}

/** Whether days (since 1970-01-01, the last not included) are one of the calendar's months. */
function isMonth(first: number, end: number): boolean {
  const start = new Date(first * DAY_MS)
  const next = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)
  return start.getUTCDate() === 1 && end * DAY_MS === next
}
