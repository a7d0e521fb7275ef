// Times in JSON events. A time that is read wrong puts spend into another hour, or for ever into 1970; so a unit is never
// guessed and a zone never assumed.

import type { Refusal } from '#core/errors.ts'
import { MINUTE_MS } from '#core/hours.ts'
import { describeValue } from './describe-value.ts'

/** From 1973 in ms, and from 1973 in seconds: the units do not overlap for any time that an event can have. */
const FIRST_SECONDS = 1e8
const FIRST_MILLIS = 1e11
const FIRST_MICROS = 1e14
const FIRST_NANOS = 1e17

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):?(\d{2}))$/i

/** ms since 1970, or the refusal of a value that is no such time. */
export const readTime = (field: string, value: string | number): number | Refusal =>
  typeof value === 'number' ? readEpoch(field, value) : readIso(field, value)

function readEpoch(field: string, value: number): number | Refusal {
  const expected = 'milliseconds since 1970'
  if (value >= FIRST_NANOS) return refused(field, value, `${expected}, not nanoseconds`)
  if (value >= FIRST_MICROS) return refused(field, value, `${expected}, not microseconds`)
  if (value >= FIRST_SECONDS && value < FIRST_MILLIS) return refused(field, value, `${expected}, not seconds`)
  if (value < FIRST_SECONDS) return refused(field, value, expected)
  return Number.isInteger(value) ? value : refused(field, value, `whole ${expected}`)
}

function readIso(field: string, value: string): number | Refusal {
  const match = ISO_TIME.exec(value)
  if (!match) {
    return {
      code: 'wrong_type',
      field,
      got: describeValue(value),
      expected: 'a time in ISO 8601 with its offset, such as 2026-11-24T09:30:00Z',
    }
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const [offsetHours = 0, offsetMinutes = 0] = match.slice(9, 11).map(digits => Number(digits ?? 0))

  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    return refused(field, value, 'a day of the calendar')
  }
  if (second === 60) return refused(field, value, 'seconds below 60: leap seconds have no place in Unix time')
  if (hour > 23 || minute > 59 || second > 59) return refused(field, value, 'a time of the day')
  if (offsetHours > 23 || offsetMinutes > 59) return refused(field, value, 'an offset below 24 hours')

  const millis = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const offset = (offsetHours * 60 + offsetMinutes) * (match[8] === '-' ? -1 : 1)
  return Date.UTC(year, month - 1, day, hour, minute, second, millis) - offset * MINUTE_MS
}

/** Day 0 of the next month is the last of this one. */
const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

const refused = (field: string, value: string | number, expected: string): Refusal => ({
  code: 'out_of_range',
  field,
  got: describeValue(value),
  expected,
})
