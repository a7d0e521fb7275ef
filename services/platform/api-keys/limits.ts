// How much a key may send: a token bucket of events and one of bytes. Both hold one minute's worth and fill continuously. A
// request is let in while they hold anything and may leave them in debt: no request is too large to be let in ever, and over
// any T minutes at most (T + 1) limits and one request get through. Each process counts for itself.

import { LedgerError } from '#core/errors.ts'

/** What a request takes of its key's limits. */
export interface Cost {
  readonly events: number
  /** After decompression. */
  readonly bytes: number
}

/** A minute's worth. */
export interface Limits {
  readonly events_per_minute: number
  readonly bytes_per_minute: number
}

/** Of a key that names none. */
export const DEFAULT_LIMITS = {
  events_per_minute: 600_000,
  bytes_per_minute: 512 * 2 ** 20,
} as const satisfies Limits

const MINUTE_MS = 60_000

export interface Budget {
  /** @throws LedgerError `rate_limited` while the key is in debt */
  check(): void
  /** Checks and takes, in one step. @throws LedgerError `rate_limited`: nothing is taken */
  take(cost: Cost): void
  /** From now on; what was taken stays taken. */
  setLimits(limits: Limits): void
}

interface Bucket {
  readonly unit: keyof Cost
  perMinute: number
  balance: number
}

/** @param now the clock, ms; one that goes back adds nothing */
export function createBudget(limits: Limits, now: () => number): Budget {
  const events = fullBucket('events', limits.events_per_minute)
  const bytes = fullBucket('bytes', limits.bytes_per_minute)
  let filledAt = now()

  function fill(): void {
    const at = now()
    const minutes = Math.max(0, at - filledAt) / MINUTE_MS
    filledAt = at
    for (const bucket of [events, bytes]) {
      bucket.balance = Math.min(bucket.perMinute, bucket.balance + minutes * bucket.perMinute)
    }
  }

  function check(): void {
    fill()
    const last = secondsInDebt(events) > secondsInDebt(bytes) ? events : bytes
    const retryAfter = secondsInDebt(last)
    if (retryAfter === 0) return
    throw new LedgerError('rate_limited', `${last.perMinute} ${last.unit} a minute`, { retryAfter })
  }

  return {
    check,
    take(cost) {
      check()
      events.balance -= cost.events
      bytes.balance -= cost.bytes
    },
    setLimits({ events_per_minute, bytes_per_minute }) {
      fill()
      events.perMinute = events_per_minute
      bytes.perMinute = bytes_per_minute
      fill()
    },
  }
}

const fullBucket = (unit: keyof Cost, perMinute: number): Bucket => ({ unit, perMinute, balance: perMinute })

/** Whole seconds until there is something in the bucket; 0 if there is. */
const secondsInDebt = ({ balance, perMinute }: Bucket): number =>
  balance > 0 ? 0 : Math.floor((-balance * 60) / perMinute) + 1
