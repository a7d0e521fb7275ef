// Random histories of copies of events, and what the totals must be, computed in the simplest possible way: group all copies
// by event, take the best of those that lie together, add up. Shares nothing with the SQL that it judges.

import { DAY_MS, HOUR_MS, MINUTE_MS, startOfHour } from '#core/hours.ts'

export interface Copy {
  readonly event_id: string
  /** ms */
  readonly occurred_at: number
  readonly feature: string
  readonly tenant_id: string
  readonly version: bigint
  /** 1e-12 USD; null is unpriced. A function of the other fields, so that a full tie has one answer. */
  readonly cost: bigint | null
}

export type Random = () => number

/** A small seeded generator (mulberry32), so that a failing world can be run again. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit)

/** An id that is used again counts again, this much later. */
const REUSED_MS = 40 * MINUTE_MS

/**
 * Copies of a few events around the borders of three hours of one day. Copies of one event are within ten minutes.
 *
 * @param reused the part of copies that are no copies: their id is used again for another call
 */
export function randomCopies(random: Random, day: number, count: number, reused = 0): Copy[] {
  const events = Array.from({ length: Math.ceil(count / 3) }, (_, i) => ({
    id: `e${i}`,
    base: day + 3 * HOUR_MS + below(random, 3) * HOUR_MS - 12 * MINUTE_MS + below(random, 24 * MINUTE_MS),
  }))
  return Array.from({ length: count }, () => {
    const event = events[below(random, events.length)] ?? { id: 'e0', base: day }
    const spread = random() < 0.5 ? 0 : below(random, 10 * MINUTE_MS)
    const occurred_at = event.base + spread + (reused > 0 && random() < reused ? REUSED_MS : 0)
    const feature = `f${below(random, 3)}`
    const tenant_id = `t${below(random, 2)}`
    const version =
      (BigInt(below(random, 3)) << 62n) | (BigInt(1 + below(random, 3)) << 44n) | BigInt(below(random, 5))
    const mark = (BigInt(occurred_at % 9973) * 31n + version) % 1_000_003n
    const cost = mark % 7n === 0n ? null : mark * 1_000_000n + BigInt(feature.charCodeAt(1))
    return { event_id: event.id, occurred_at, feature, tenant_id, version, cost }
  })
}

/** Whether a beats b: version, then earlier time, then greater feature, then greater tenant. */
function beats(a: Copy, b: Copy): boolean {
  if (a.version !== b.version) return a.version > b.version
  if (a.occurred_at !== b.occurred_at) return a.occurred_at < b.occurred_at
  if (a.feature !== b.feature) return a.feature > b.feature
  return a.tenant_id > b.tenant_id
}

export function winners(copies: readonly Copy[]): Copy[] {
  const best: Copy[] = []
  let last: Copy | undefined
  const byEvent = (a: Copy, b: Copy) =>
    a.event_id === b.event_id ? a.occurred_at - b.occurred_at : a.event_id < b.event_id ? -1 : 1
  for (const copy of [...copies].sort(byEvent)) {
    const twins = last?.event_id === copy.event_id && copy.occurred_at - last.occurred_at <= 10 * MINUTE_MS
    const known = best.at(-1)
    if (!twins) best.push(copy)
    else if (known && beats(copy, known)) best[best.length - 1] = copy
    last = copy
  }
  return best
}

/** `quarter|key` -> calls and cost in 1e-12 USD. */
export function naiveTotals(copies: readonly Copy[], key: (copy: Copy) => string): Map<string, string> {
  const sums = new Map<string, { calls: number; cost: bigint; unpriced: number }>()
  for (const copy of winners(copies)) {
    const quarter = Math.floor(copy.occurred_at / (15 * MINUTE_MS)) * 15 * MINUTE_MS
    const group = `${new Date(quarter).toISOString().slice(0, 19).replace('T', ' ')}|${key(copy)}`
    const sum = sums.get(group) ?? { calls: 0, cost: 0n, unpriced: 0 }
    sum.calls += 1
    sum.cost += copy.cost ?? 0n
    sum.unpriced += copy.cost === null ? 1 : 0
    sums.set(group, sum)
  }
  return new Map(
    [...sums].map(([group, sum]) => [
      group,
      `${sum.calls} calls, ${sum.cost} picos, ${sum.unpriced} unpriced`,
    ]),
  )
}

export const hoursOfCopies = (copies: readonly Copy[]): number[] => [
  ...new Set(
    copies.flatMap(copy => [
      startOfHour(copy.occurred_at - 10 * MINUTE_MS),
      startOfHour(copy.occurred_at),
      startOfHour(copy.occurred_at + 10 * MINUTE_MS),
    ]),
  ),
]

/** A day of its own for each world, so that worlds do not meet. */
export const dayOf = (seed: number): number => Date.UTC(2026, 0, 1) + (seed % 300) * DAY_MS
