// How an outage of Kafka is said: the same words for all that it may not do, so that one search finds them.

import type { Logger } from '#platform/log.ts'
import { type Outage, createOutage as outageThatSays } from '#platform/outage.ts'
import type { Clock } from '#ports/clock.ts'

/** @param what completes the sentence "Kafka does not ..." */
export const createOutage = (what: string, log: Logger, clock: Clock): Outage =>
  outageThatSays(
    { began: `Kafka does not ${what}; trying again until it does`, over: `Kafka does ${what} again` },
    log,
    clock,
  )
