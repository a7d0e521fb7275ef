/** Where time comes from; a parameter, so that tests are exact. */
export interface Clock {
  /** Now, in ms since 1970, UTC. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
