// How far the log has been read, and so which hours are complete: what alerts and "final" totals wait for.

import { MINUTE_MS, startOfHour } from './hours.ts'

/** What consumers know of one partition. */
export interface PartitionState {
  readonly partition: number
  /** Everything that the log took before this instant is stored, ms; 0 while that is not known. */
  readonly storedUntil: number
}

/** An hour is complete this long (ms) after its end: clients that send in batches get ten minutes of grace. */
export const GRACE_MS = 10 * MINUTE_MS

/**
 * Every event that the log took before this instant is stored. A partition that nobody spoke of counts as "since never".
 * @param count how many partitions the topic has
 */
export function completeUntil(count: number, states: readonly PartitionState[]): number {
  if (count === 0) return 0
  const known = new Map(states.map(({ partition, storedUntil }) => [partition, storedUntil]))
  return Math.min(...Array.from({ length: count }, (_, partition) => known.get(partition) ?? 0))
}

/** Hours that start before this one are complete. */
export const firstOpenHour = (watermark: number): number => startOfHour(watermark - GRACE_MS)
