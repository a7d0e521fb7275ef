// Calendars for the naive side of the differential test: what the clocks of a zone show, read off Intl one quarter-hour at a
// time, and nothing cleverer. It is slow and obvious, and shares nothing with the calendars that it judges.

export const QUARTER = 15 * 60_000
export const HOUR = 4 * QUARTER
export const DAY = 24 * HOUR

export type Granularity = 'hour' | 'day' | 'week' | 'month'

/** ms since 1970 */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface NaiveZone {
  readonly name: string
  /** What the clocks show at an instant, as if it were UTC. */
  wall(ms: number): number
  /**
   * The first instant at which the clocks show a time; one that they jump over counts on from before the jump.
   */
  instantAt(wall: number): number
  /** `2026-11-01T00:00:00-04:00` */
  iso(ms: number): string
  /** The start of the bucket of an instant. */
  bucketOf(granularity: Granularity, ms: number): number
  /** The starts of all buckets that a span touches. */
  buckets(granularity: Granularity, span: Span): number[]
  /** The window that a window is compared with. */
  before(span: Span): Span
}

const floorTo = (unit: number, ms: number): number => Math.floor(ms / unit) * unit

export function naiveZone(name: string): NaiveZone {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const shown = new Map<number, number>()

  /** Clocks change on quarter-hours, so one look at the clock serves for each. */
  function wall(ms: number): number {
    const quarter = floorTo(QUARTER, ms)
    let known = shown.get(quarter)
    if (known === undefined) {
      const parts = new Map(clock.formatToParts(quarter).map(({ type, value }) => [type, Number(value)]))
      const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
      known = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
      shown.set(quarter, known)
    }
    return known + ms - quarter
  }

  function instantAt(time: number): number {
    let at = floorTo(QUARTER, time - 15 * HOUR)
    while (wall(at + QUARTER) <= time) at += QUARTER
    return at + time - wall(at)
  }

  function bucketOf(granularity: Granularity, ms: number): number {
    if (granularity === 'hour') return hourOf(ms)
    return instantAt(dateOf(granularity, floorTo(DAY, wall(ms))))
  }

  /** Back to where the clocks showed a full hour, or jumped into another. */
  function hourOf(ms: number): number {
    const hour = (at: number): number => floorTo(HOUR, wall(at))
    let start = floorTo(QUARTER, ms)
    while (wall(start) !== hour(start) && hour(start - QUARTER) === hour(start)) start -= QUARTER
    return start
  }

  function buckets(granularity: Granularity, { from, to }: Span): number[] {
    const starts = new Set<number>()
    for (let at = from; at < to; at = floorTo(QUARTER, at) + QUARTER) starts.add(bucketOf(granularity, at))
    return [...starts]
  }

  const isMidnight = (ms: number): boolean => wall(ms) % DAY === 0 && instantAt(wall(ms)) === ms

  function before({ from, to }: Span): Span {
    const [start, end] = [new Date(wall(from)), new Date(wall(to))]
    if (isMidnight(from) && isMidnight(to)) {
      const months =
        (end.getUTCFullYear() - start.getUTCFullYear()) * 12 + end.getUTCMonth() - start.getUTCMonth()
      const wholeMonths = start.getUTCDate() === 1 && end.getUTCDate() === 1
      const earlier = wholeMonths ? addMonths(wall(from), -months) : 2 * wall(from) - wall(to)
      return { from: instantAt(earlier), to: from }
    }
    if (isMidnight(from)) {
      const sameDay = floorTo(DAY, wall(to)) === wall(from)
      const sameMonth = start.getUTCDate() === 1 && wall(to) < addMonths(wall(from), 1)
      if (sameDay || sameMonth) {
        const earlier = sameDay ? wall(from) - DAY : addMonths(wall(from), -1)
        const same = instantAt(earlier + wall(to) - wall(from))
        return { from: instantAt(earlier), to: Math.min(same, from) }
      }
    }
    return { from: 2 * from - to, to: from }
  }

  function iso(ms: number): string {
    const minutes = (wall(ms) - ms) / 60_000
    const text = new Date(wall(ms)).toISOString().replace('.000Z', '').replace('Z', '')
    if (minutes === 0) return `${text}Z`
    const two = (n: number): string => String(n).padStart(2, '0')
    const size = Math.abs(minutes)
    return `${text}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
  }

  return { name, wall, instantAt, iso, bucketOf, buckets, before }
}

/** The day, Monday or first of the month of a date; dates are midnights as if they were UTC. */
function dateOf(granularity: Exclude<Granularity, 'hour'>, date: number): number {
  const day = new Date(date)
  if (granularity === 'month') return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1)
  return granularity === 'day' ? date : date - ((day.getUTCDay() + 6) % 7) * DAY
}

function addMonths(date: number, months: number): number {
  const day = new Date(date)
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1)
}
