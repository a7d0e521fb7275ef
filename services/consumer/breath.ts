// Long loops let others have a turn: without this a catch-up after an outage keeps posts and health checks waiting for a second.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** About ten milliseconds of work on one event each. */
const EVERY = 500

/** Awaited once an item; gives the event loop a turn every 500th time. */
export function createBreath(): () => Promise<void> | undefined {
  let count = 0
  return () => {
    count += 1
    return count % EVERY === 0 ? nextTurn() : undefined
  }
}
