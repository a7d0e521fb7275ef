// An outage is one event, not a flood: said when it begins and when it ends, however often something fails in between.

import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'

export interface Outage {
  /** Something failed. Says so, unless it is known. */
  began(error: Error): void
  /** Something succeeded. Says how long it took, if there was an outage. */
  over(): void
}

/** @param what completes the sentence "Kafka does not take ..." */
export function createOutage(what: string, log: Logger, clock: Clock): Outage {
  let since: number | undefined
  return {
    began(error) {
      if (since !== undefined) return
      since = clock.now()
      log.warn({ err: error }, `Kafka does not ${what}; trying again until it does`)
    },
    over() {
      if (since === undefined) return
      log.info({ seconds: Math.round((clock.now() - since) / 1000) }, `Kafka does ${what} again`)
      since = undefined
    },
  }
}
