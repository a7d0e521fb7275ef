// Which time an answer is about: `from`, `to` and `tz` as two instants in a zone.

import { LedgerError } from '#core/errors.ts'
import { DAY_MS } from '#core/hours.ts'
import { endOfQuarter, parseInstant, periodOf, TIME_WORDS, type Window } from '#core/periods.ts'
import { createZone, formatInstant, type Zone } from '#core/zones.ts'
import { badQuery, meant, type Query, single } from './parameters.ts'

export const WINDOW_PARAMETERS = ['from', 'to', 'tz'] as const

/** ms before the end, where `from` is not given. */
const DEFAULT_LENGTH = 30 * DAY_MS

/** Years in which both the tables and the calendars are exact. */
export const EARLIEST = Date.UTC(2000, 0, 1)
export const LATEST = Date.UTC(2100, 0, 1)

export interface ZonedWindow {
  readonly window: Window
  readonly zone: Zone
}

/**
 * Reads a window; without parameters the last 30 days. A period as `from` (`7d`, `last-month`) brings its own end; as `to`
 * it stands for its start.
 *
 * @throws LedgerError `bad_query`
 */
export function readWindow(query: Query, now: number, defaultZone: string): ZonedWindow {
  const zone = readZone(query, defaultZone)
  const from = readTime(query, 'from', now, zone)
  const to = readTime(query, 'to', now, zone)?.from
  const end = to ?? from?.to ?? endOfQuarter(now)
  const window = { from: from?.from ?? Math.max(end - DEFAULT_LENGTH, EARLIEST), to: end }
  if (window.from >= window.to) {
    throw new LedgerError(
      'bad_query',
      `from (${formatInstant(window.from, zone)}) is not before to (${formatInstant(window.to, zone)})`,
    )
  }
  return { window, zone }
}

/** The window of the first page, on the pages after it: `7d` means later ones later. */
export const pinned = (asked: ZonedWindow, after: { readonly window: Window } | undefined): ZonedWindow =>
  after ? { ...asked, window: after.window } : asked

export function readZone(query: Query, defaultZone: string): Zone {
  const name = single(query, 'tz') ?? defaultZone
  const zone = createZone(name)
  if (zone) return zone
  const near = meant(name, ['UTC', ...Intl.supportedValuesOf('timeZone')])
  throw badQuery('tz', name, `a time zone of the IANA database, such as UTC or Europe/Berlin${near}`)
}

/** A period, or an instant without an end. */
function readTime(
  query: Query,
  name: 'from' | 'to',
  now: number,
  zone: Zone,
): { from: number; to?: number } | undefined {
  const text = single(query, name)
  if (text === undefined) return undefined
  const instant = parseInstant(text, zone)
  const time = instant === undefined ? periodOf(text, now, zone) : { from: instant }
  if (!time) throw badQuery(name, text, TIME_WORDS)
  if (time.from < EARLIEST || time.from > LATEST) throw badQuery(name, text, 'a time from 2000 to 2099')
  return time
}
