// What a month will have cost: what it cost so far, and for the time that is left the mean of the last seven whole days. A share
// of the month alone takes a launch of last week for half of what it is; a mean of the days with spend alone takes one day of
// work for a habit.

import { DAY_MS } from '#core/hours.ts'
import { createZone, nextStart, startOf, type Zone } from '#core/zones.ts'
import type { CostRow } from './answers.ts'
import { portion, sum } from './figures.ts'

const DAYS = 7

export interface ProjectionInput {
  /** Decimal text. */
  readonly soFar: string
  /** Rows by day that reach back to `projectionStart`; quiet days have none. */
  readonly days: readonly CostRow[]
  readonly zone: string
  /** ms */
  readonly now: number
}

/** From when on (ms) days must be known. */
export function projectionStart(zoneName: string, now: number): number {
  const zone = createZone(zoneName)
  return zone ? daysBefore(startOf('day', now, zone), zone) : now
}

/** The middle of a day is in it, also where clocks changed since. */
const daysBefore = (today: number, zone: Zone): number =>
  startOf('day', today - DAYS * DAY_MS + DAY_MS / 2, zone)

/** Decimal text; undefined where the seven days hold no call: that is no pace. */
export function projectMonth({ soFar, days, zone: zoneName, now }: ProjectionInput): string | undefined {
  const zone = createZone(zoneName)
  if (!zone) return undefined
  const today = startOf('day', now, zone)
  const from = daysBefore(today, zone)
  const counted = days.filter(({ time = '' }) => Date.parse(time) >= from && Date.parse(time) < today)
  if (counted.length === 0) return undefined
  const spent = sum(counted.map(({ cost_usd }) => cost_usd))
  const left = nextStart('month', now, zone) - now
  return sum([soFar, portion(spent, BigInt(left), BigInt(today - from))])
}
