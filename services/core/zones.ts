// The calendar of a time zone: where its hours, days, weeks and months begin, on the one UTC time line. A day that is an
// hour too long or too short around a clock change shows as spend that belongs to its neighbour.
//
// Offsets come from Intl (the IANA database of the running Node). Instants are ms since 1970.

import { DAY_MS, HOUR_MS, MINUTE_MS } from './hours.ts'

export interface Zone {
  /** As it was asked for: "Asia/Kathmandu". */
  readonly name: string
  /** ms that the zone's clocks are ahead of UTC at an instant. */
  offsetAt(ms: number): number
}

const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

/** A zone of the IANA database by its name; undefined if there is none. */
export function createZone(name: string): Zone | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', hour: 'numeric' })
  } catch {
    return undefined
  }
  return {
    name,
    offsetAt(ms) {
      const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(format.format(ms)) ?? []
      const size = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1_000
      return sign === '-' ? -size : size
    },
  }
}

/** Weeks begin on Monday (ISO 8601). */
export const CALENDAR_UNITS = ['hour', 'day', 'week', 'month'] as const
export type CalendarUnit = (typeof CALENDAR_UNITS)[number]

/** The start of the hour, day, week or month that an instant lies in. */
export function startOf(unit: CalendarUnit, ms: number, zone: Zone): number {
  if (unit === 'hour') return startOfHourIn(ms, zone)
  const first = firstDay(unit, dayOf(ms, zone))
  // Clocks that are set back over midnight show the old day once more; the new one has begun all the same.
  const next = startOfDayIn(nextFirstDay(unit, first), zone)
  return next <= ms ? next : startOfDayIn(first, zone)
}

/** The start of the next one: the first after this instant. */
export function nextStart(unit: CalendarUnit, ms: number, zone: Zone): number {
  if (unit === 'hour') return nextHourIn(ms, zone)
  let first = firstDay(unit, dayOf(ms, zone))
  for (;;) {
    first = nextFirstDay(unit, first)
    const start = startOfDayIn(first, zone)
    if (start > ms) return start
  }
}

/**
 * The instant at which a zone's clocks show a time (ms since 1970 as read off the clock). Of two such instants the earlier;
 * a time that the clocks jump over counts on from before the jump.
 */
export function instantOf(clock: number, zone: Zone): number {
  const before = zone.offsetAt(clock - DAY_MS)
  const after = zone.offsetAt(clock + DAY_MS)
  const found = [before, after]
    .map(offset => clock - offset)
    .filter((ms, i) => zone.offsetAt(ms) === (i === 0 ? before : after))
  return found.length > 0 ? Math.min(...found) : clock - before
}

/** `2026-11-24T00:00:00+05:45`; with `Z` where the offset is zero, with milliseconds only where there are some. */
export function formatInstant(ms: number, zone: Zone): string {
  const offset = zone.offsetAt(ms)
  const clock = new Date(ms + offset).toISOString().replace('.000', '').slice(0, -1)
  if (offset === 0) return `${clock}Z`
  const [sign, minutes] = [offset < 0 ? '-' : '+', Math.abs(offset) / MINUTE_MS]
  return `${clock}${sign}${twoDigits(minutes / 60)}:${twoDigits(minutes % 60)}`
}

const twoDigits = (n: number): string => String(Math.floor(n)).padStart(2, '0')

/** The calendar day that the clocks show, as days since 1970-01-01. */
export const dayOf = (ms: number, zone: Zone): number => Math.floor((ms + zone.offsetAt(ms)) / DAY_MS)

/** The first instant of a calendar day or a later one: some days have no midnight, and Samoa had no 30 December 2011. */
export function startOfDayIn(day: number, zone: Zone): number {
  const midnight = day * DAY_MS
  const [lo, hi] = [midnight - DAY_MS, midnight + DAY_MS]
  const starts = [zone.offsetAt(lo), zone.offsetAt(hi)]
    .map(offset => midnight - offset)
    .filter(ms => dayOf(ms, zone) >= day && dayOf(ms - 1, zone) < day)
  return starts.length > 0 ? Math.min(...starts) : clockChange(lo, hi, zone)
}

/** The day, Monday or first of the month on or before a day. */
function firstDay(unit: Exclude<CalendarUnit, 'hour'>, day: number): number {
  if (unit === 'day') return day
  if (unit === 'week') return day - ((((day + 3) % 7) + 7) % 7)
  const date = new Date(day * DAY_MS)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS
}

function nextFirstDay(unit: Exclude<CalendarUnit, 'hour'>, first: number): number {
  if (unit === 'day') return first + 1
  if (unit === 'week') return first + 7
  const date = new Date(first * DAY_MS)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS
}

// An hour begins where the clocks show a full hour, or jump into another one. Most changes are by whole hours; on Lord Howe
// Island they are by thirty minutes, which makes one hour of ninety and one of thirty.

function startOfHourIn(ms: number, zone: Zone): number {
  const offset = zone.offsetAt(ms)
  const full = floorHour(ms + offset) - offset
  if (zone.offsetAt(full) === offset) return full
  const change = clockChange(full, ms, zone)
  return sameClockHour(change, zone) ? startOfHourIn(change - 1, zone) : change
}

function nextHourIn(ms: number, zone: Zone): number {
  const offset = zone.offsetAt(ms)
  const full = floorHour(ms + offset) + HOUR_MS - offset
  const next = zone.offsetAt(full) === offset ? full : clockChange(ms, full, zone)
  return startOfHourIn(next, zone) === next ? next : nextHourIn(next, zone)
}

const floorHour = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS

/** Whether a clock change stays inside of the hour that the clocks showed. */
function sameClockHour(change: number, zone: Zone): boolean {
  const [before, after] = [change - 1 + zone.offsetAt(change - 1), change + zone.offsetAt(change)]
  return floorHour(before) === floorHour(after) && after !== floorHour(after)
}

/** The instant in (lo, hi] at which the offset changes; there is one. */
function clockChange(lo: number, hi: number, zone: Zone): number {
  const before = zone.offsetAt(lo)
  let [from, to] = [lo, hi]
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2)
    if (zone.offsetAt(middle) === before) from = middle
    else to = middle
  }
  return to
}
