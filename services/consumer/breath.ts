// Long loops let others have a turn: without this a catch-up after an outage keeps posts and health checks waiting for a second.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** Some fifty milliseconds of work. */
const EVERY = 2_000

/** Asked once an item: every 2,000th time it answers with a turn of the event loop, to be awaited. */
export function createBreath(): () => Promise<void> | undefined {
  let count = 0
  return () => {
    count += 1
    return count % EVERY === 0 ? nextTurn() : undefined
  }
}
