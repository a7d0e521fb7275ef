// Heartbeats while a handler waits. kafkajs sends them between batches only, so a member whose handler waits for the warehouse
// would be expelled, and its batch handed to the next one, which waits for the same warehouse.

const EVERY_MS = 2_000

export interface Alive {
  /** Whether a heartbeat was refused: a rebalance has begun, or the member was expelled. The handler should return. */
  lost(): boolean
  stop(): void
}

/** @param onLost is called once */
export function keepAlive(heartbeat: () => Promise<void>, onLost: () => void): Alive {
  let lost = false
  const timer = setInterval(() => {
    heartbeat().catch(() => {
      if (lost) return
      lost = true
      onLost()
    })
  }, EVERY_MS)
  return { lost: () => lost, stop: () => clearInterval(timer) }
}
