// Which occurred_at an event may bring. Older ones would land in partitions that are about to be dropped, later ones in
// hours that are not open yet: both would be accepted and then never be seen in a total.

import { type Refusal, shown } from './errors.ts'
import { DAY_MS, HOUR_MS, startOfDay } from './hours.ts'

export interface TimeWindow {
  /** Now, ms since 1970; in a consumer the log time of the record, so that a replay decides alike. */
  readonly now: number
  /** How long raw events are kept, days. */
  readonly retentionDays: number
  /** Raw events before this instant were dropped once, ms: raising the retention does not bring their hours back. */
  readonly notBefore?: number | undefined
}

/** The first instant that is still accepted: the start of the UTC day `retentionDays` ago, ms since 1970. */
export const oldestAccepted = ({ now, retentionDays, notBefore = 0 }: TimeWindow): number =>
  Math.max(startOfDay(now - retentionDays * DAY_MS), notBefore)

/**
 * Refuses `too_old` below the floor and `in_future` more than one hour ahead of now.
 *
 * @param occurredAt ms since 1970, UTC.
 */
export function checkOccurredAt(occurredAt: number, window: TimeWindow): Refusal | undefined {
  const oldest = oldestAccepted(window)
  if (occurredAt < oldest) {
    return refusal('too_old', occurredAt, `${iso(oldest)} or later`)
  }
  const newest = window.now + HOUR_MS
  if (occurredAt > newest) {
    return refusal('in_future', occurredAt, `${iso(newest)} or earlier`)
  }
  return undefined
}

const refusal = (code: 'too_old' | 'in_future', occurredAt: number, expected: string): Refusal => ({
  code,
  field: 'occurred_at',
  got: iso(occurredAt),
  expected,
})

const MAX_DATE_MS = 8.64e15

const iso = (ms: number): string =>
  Math.abs(ms) <= MAX_DATE_MS ? new Date(ms).toISOString() : `${shown(ms)} ms`
