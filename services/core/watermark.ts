// How far the log has been read, and so which hours are complete: what alerts and "final" totals wait for.

import { MINUTE_MS, startOfHour } from './hours.ts'

/** What a consumer last said of one partition. Instants in ms. */
export interface PartitionState {
  readonly partition: number
  readonly consumed: number
  readonly end: number
  /** Just before the end offset was asked for: everything that the log took before it is below `end`. */
  readonly askedAt: number
  /** When the log took the last record stored; 0 if none was. */
  readonly lastLogTime: number
}

/** An hour is complete this long (ms) after its end: clients that send in batches get ten minutes of grace. */
export const GRACE_MS = 10 * MINUTE_MS

/**
 * Every event that the log took before this instant is stored. A partition that nobody spoke of counts as "since never".
 * @param count how many partitions the topic has
 */
export function completeUntil(count: number, states: readonly PartitionState[]): number {
  if (count === 0) return 0
  const known = new Map(states.map(state => [state.partition, state]))
  let least = Number.POSITIVE_INFINITY
  for (let partition = 0; partition < count; partition++) {
    const state = known.get(partition)
    if (!state) return 0
    least = Math.min(least, state.consumed >= state.end ? state.askedAt : state.lastLogTime)
  }
  return least
}

/** Hours that start before this one are complete. */
export const firstOpenHour = (watermark: number): number => startOfHour(watermark - GRACE_MS)
