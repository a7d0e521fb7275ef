// An outage is one event, not a flood: said when it begins and when it ends, however often something fails in between.

import type { Clock } from '#ports/clock.ts'
import type { Logger } from './log.ts'

export interface Outage {
  /** Something failed. Says so, unless it is known. */
  began(error: unknown): void
  /** Something succeeded. Says how long it took, if there was an outage. */
  over(): void
}

/** @param says the two lines: a warning with the error, and one for the end with `seconds` */
export function createOutage(
  says: { readonly began: string; readonly over: string },
  log: Logger,
  clock: Clock,
): Outage {
  let since: number | undefined
  return {
    began(error) {
      if (since !== undefined) return
      since = clock.now()
      log.warn({ err: error }, says.began)
    },
    over() {
      if (since === undefined) return
      log.info({ seconds: Math.round((clock.now() - since) / 1000) }, says.over)
      since = undefined
    },
  }
}
