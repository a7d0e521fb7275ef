// Which kind of day a window lies on. Spend of a working week falls on Saturday by itself: weekends compared with weekdays show
// a change that nobody made.

import type { Window } from '#core/periods.ts'
import { dayOf, type Zone } from '#core/zones.ts'

export type Days = 'weekdays' | 'weekend' | 'both'

/** By the zone's calendar; the weekend is Saturday and Sunday. */
export function daysOf({ from, to }: Window, zone: Zone): Days {
  const [first, last] = [dayOf(from, zone), dayOf(to - 1, zone)]
  // Seven days in a row have both.
  const days = Array.from({ length: Math.min(last - first + 1, 7) }, (_, i) => isWeekend(first + i))
  if (days.every(Boolean)) return 'weekend'
  return days.some(Boolean) ? 'both' : 'weekdays'
}

/** Of days since 1970-01-01, a Thursday. */
const isWeekend = (day: number): boolean => (day + 3) % 7 >= 5
