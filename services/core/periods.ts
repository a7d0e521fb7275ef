// Times as people write them: `7d`, `month`, `2026-11-24`. What these mean decides which spend a total holds, so every
// window is stated in the answer as two instants, and a window is compared with one that is fair to it.

import { DAY_MS, HOUR_MS, MINUTE_MS } from './hours.ts'
import { dayOf, instantOf, nextStart, startOf, startOfDayIn, type Zone } from './zones.ts'

/** [from, to), ms since 1970. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** Totals are kept by quarter-hours: windows that begin and end on one are answered from them. */
export const QUARTER_MS = 15 * MINUTE_MS

/** The end of the quarter-hour that runs: a window up to here holds what just happened. */
export const endOfQuarter = (now: number): number => Math.floor(now / QUARTER_MS) * QUARTER_MS + QUARTER_MS

const LENGTH = { h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS } as const

const LAST_HOURS = /^([1-9]\d{0,4})([hdw])$/

/** Completes "expected ...". */
export const TIME_WORDS =
  '24h, 7d, 4w, today, yesterday, month, last-month, or a time such as 2026-11-24 or 2026-11-24T10:00:00Z'

/**
 * The period that a word names: `24h`, `7d` and `4w` are hours, days of 24 hours and weeks up to now, `today` and `month` have
 * begun and go on, `yesterday` and `last-month` are over. undefined for any other text.
 */
export function periodOf(word: string, now: number, zone: Zone): Window | undefined {
  const to = endOfQuarter(now)
  const [, count, unit] = LAST_HOURS.exec(word) ?? []
  if (count !== undefined) return { from: to - Number(count) * LENGTH[unit as keyof typeof LENGTH], to }
  const month = startOf('month', now, zone)
  switch (word) {
    case 'today':
      return { from: startOf('day', now, zone), to }
    case 'yesterday': {
      const today = startOf('day', now, zone)
      return { from: startOf('day', today - 1, zone), to: today }
    }
    case 'month':
      return { from: month, to }
    case 'last-month':
      return { from: startOf('month', month - 1, zone), to: month }
    default:
      return undefined
  }
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d{0,6})?)?(Z|[+ -]\d\d:?\d\d)?)?$/i

/**
 * An ISO 8601 time as ms; undefined if it is none. A date alone is the start of that day in the zone; a time without an
 * offset is the zone's. A blank in the place of the offset's sign is a plus that a URL has eaten.
 */
export function parseInstant(text: string, zone: Zone): number | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second = 0, fraction = '0', offset] = match
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day))
  if (new Date(date).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return undefined
  if (hour === undefined) return startOfDayIn(date / DAY_MS, zone)
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const clock =
    date +
    Number(hour) * HOUR_MS +
    Number(minute) * MINUTE_MS +
    Number(second) * 1_000 +
    Number(fraction.padEnd(3, '0'))
  return offset === undefined ? instantOf(clock, zone) : clock - parseOffset(offset)
}

function parseOffset(text: string): number {
  if (/^z$/i.test(text)) return 0
  const size = Number(text.slice(1, 3)) * HOUR_MS + Number(text.slice(-2)) * MINUTE_MS
  return text.startsWith('-') ? -size : size
}

/**
 * The window that a window is compared with. Whole months and whole days (in the zone): as many, just before. A month or day
 * that has only begun: the one before up to the same day and time of day, since spend follows the clock. Anything else: the
 * same length of time, just before.
 */
export function previousWindow(window: Window, zone: Zone): Window {
  return wholeUnitsBefore(window, zone) ?? begunUnitBefore(window, zone) ?? lengthBefore(window)
}

const lengthBefore = ({ from, to }: Window): Window => ({ from: 2 * from - to, to: from })

function wholeUnitsBefore({ from, to }: Window, zone: Zone): Window | undefined {
  const [first, end] = [dayOf(from, zone), dayOf(to, zone)]
  if (startOfDayIn(first, zone) !== from || startOfDayIn(end, zone) !== to) return undefined
  const [start, stop] = [new Date(first * DAY_MS), new Date(end * DAY_MS)]
  const months = monthNumber(stop) - monthNumber(start)
  const before =
    start.getUTCDate() === 1 && stop.getUTCDate() === 1
      ? Date.UTC(start.getUTCFullYear(), start.getUTCMonth() - months, 1) / DAY_MS
      : 2 * first - end
  return { from: startOfDayIn(before, zone), to: from }
}

const monthNumber = (date: Date): number => date.getUTCFullYear() * 12 + date.getUTCMonth()

function begunUnitBefore({ from, to }: Window, zone: Zone): Window | undefined {
  const unit = (['day', 'month'] as const).find(
    candidate => startOf(candidate, from, zone) === from && to < nextStart(candidate, from, zone),
  )
  if (unit === undefined) return undefined
  const clock = (ms: number): number => ms + zone.offsetAt(ms)
  const before = startOf(unit, from - 1, zone)
  const same = instantOf(clock(before) + clock(to) - clock(from), zone)
  // 30 March is compared with all of February.
  return { from: before, to: Math.min(same, from) }
}
