// Hours and days on the UTC time line. Times are ms since 1970; an hour is named by its start.

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

export const startOfHour = (ms: number): number => ms - (((ms % HOUR_MS) + HOUR_MS) % HOUR_MS)
export const startOfDay = (ms: number): number => ms - (((ms % DAY_MS) + DAY_MS) % DAY_MS)

/** Copies of one event may differ in occurred_at by up to this much and are still recognised as one (design: Identity). */
export const TWIN_WINDOW_MS = 10 * MINUTE_MS

/**
 * The hours whose totals an event at this time can change: its own, and a neighbour within the twin window, where a copy of
 * the same event may be the one that counts.
 */
export function touchedHours(occurredAt: number): number[] {
  const hour = startOfHour(occurredAt)
  if (occurredAt - hour < TWIN_WINDOW_MS) return [hour - HOUR_MS, hour]
  if (hour + HOUR_MS - occurredAt <= TWIN_WINDOW_MS) return [hour, hour + HOUR_MS]
  return [hour]
}

/** Hours [from, to), adjacent and of one UTC day, so of one partition of every table. */
export interface HourSpan {
  readonly from: number
  readonly to: number
}

/**
 * Joins hours into spans, in order of time: what is adjacent and of one day is recomputed in one statement.
 *
 * @param longest hours in a span, at most
 */
export function toSpans(hours: Iterable<number>, longest = 24): HourSpan[] {
  const spans: HourSpan[] = []
  for (const hour of [...new Set(hours)].sort((a, b) => a - b)) {
    const last = spans.at(-1)
    const joins = last?.to === hour && startOfDay(last.from) === startOfDay(hour)
    if (joins && hour - last.from < longest * HOUR_MS) {
      spans[spans.length - 1] = { from: last.from, to: hour + HOUR_MS }
    } else {
      spans.push({ from: hour, to: hour + HOUR_MS })
    }
  }
  return spans
}

export const hoursOf = (span: HourSpan): number[] =>
  Array.from({ length: (span.to - span.from) / HOUR_MS }, (_, i) => span.from + i * HOUR_MS)

/** `2026-11-24 10:00:00.000`: a time as ClickHouse reads it into DateTime64 UTC. */
export const toSqlTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '')

/** Reads ClickHouse's `2026-11-24 10:00:00[.123456]` (UTC) as ms. */
export const fromSqlTime = (text: string): number => Date.parse(`${text.replace(' ', 'T').slice(0, 23)}Z`)
