// What a month will have cost: what it cost so far, and for the time that is left the mean of the last seven whole days. A share
// of the month alone takes a launch of last week for half of what it is.

import { DAY_MS } from '#core/hours.ts'
import { createZone, nextStart, startOf } from '#core/zones.ts'
import type { CostRow } from './answers.ts'
import { portion, sum } from './figures.ts'

const DAYS = 7

export interface ProjectionInput {
  /** Decimal text. */
  readonly soFar: string
  /** Rows by day that reach back to `projectionStart`. */
  readonly days: readonly CostRow[]
  readonly zone: string
  /** ms */
  readonly now: number
}

/** From when on (ms) days must be known: those of the mean, and a week before, so that a beginning shows. */
export function projectionStart(zoneName: string, now: number): number {
  const zone = createZone(zoneName)
  return zone ? startOf('day', startOf('day', now, zone) - 2 * DAYS * DAY_MS, zone) : now
}

/**
 * Decimal text; undefined where no whole day lies behind. What began within the seven days has the mean of the days since then.
 */
export function projectMonth({ soFar, days, zone: zoneName, now }: ProjectionInput): string | undefined {
  const zone = createZone(zoneName)
  if (!zone) return undefined
  const today = startOf('day', now, zone)
  const known = days.map(row => ({ at: Date.parse(row.time ?? ''), cost: row.cost_usd }))
  const first = Math.min(...known.map(({ at }) => at))
  const from = Math.max(startOf('day', today - DAYS * DAY_MS + DAY_MS / 2, zone), first)
  if (!(from < today)) return undefined
  const spent = sum(known.filter(({ at }) => at >= from && at < today).map(({ cost }) => cost))
  const left = nextStart('month', now, zone) - now
  return sum([soFar, portion(spent, BigInt(left), BigInt(today - from))])
}
