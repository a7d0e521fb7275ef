// Whose unread records stay. A group that is not used any more would keep everything behind its position for ever and fill the
// log; one that only has not come back yet must not lose a record. If this file lets go too early, that group misses events.

import { HOUR_MS } from '#core/hours.ts'
import type { Clock } from '#ports/clock.ts'
import type { Partition } from './catalog.ts'

/** A group of an earlier process has this long to subscribe again, ms. */
const GRACE_MS = HOUR_MS

export interface Holders {
  /** From now until the log is closed the group holds what it has not read of these topics. */
  join(group: string, topics: readonly string[]): void
  /**
   * Whether what the group has not read of the topic stays: it joined, or may still do so, or nobody did, because what no
   * group reads is not dropped.
   */
  holds(group: string, topic: string): boolean
  /** Below this offset every group that holds has read. With no group nothing is. */
  consumedBelow(partition: Partition): number
}

/** To be made when the log is opened. */
export function createHolders(clock: Clock): Holders {
  const graceEnds = clock.now() + GRACE_MS
  /** By topic. */
  const joined = new Map<string, Set<string>>()

  function join(group: string, topics: readonly string[]): void {
    for (const topic of topics) joined.set(topic, (joined.get(topic) ?? new Set()).add(group))
  }

  function holds(group: string, topic: string): boolean {
    const groups = joined.get(topic)
    return groups === undefined || groups.has(group) || clock.now() < graceEnds
  }

  function consumedBelow({ topic, positions, head }: Partition): number {
    const holding = [...positions].filter(([group]) => holds(group, topic))
    return holding.length === 0 ? head : Math.min(...holding.map(([, position]) => position))
  }

  return { join, holds, consumedBelow }
}
