// Patience: the consumer never gives up on the warehouse or the log and never skips; it waits and tries again, holding at most
// what it has polled. One log line when an action begins to fail and one when it succeeds again.

import { setTimeout as sleep } from 'node:timers/promises'
import { LedgerError } from '#core/errors.ts'
import type { Logger } from '#platform/log.ts'
import { createOutage, type Outage } from '#platform/outage.ts'
import type { Clock } from '#ports/clock.ts'
import type { Persist } from './context.ts'

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5_000

export function createPersist(options: {
  log: Logger
  clock: Clock
  stopping: AbortSignal
  onRetry: (what: string) => void
}): Persist {
  const { log, clock } = options
  const outages = new Map<string, Outage>()

  function outageOf(what: string): Outage {
    const says = {
      began: `cannot ${what} at the moment; trying again, nothing is lost`,
      over: `can ${what} again`,
    }
    const outage = outages.get(what) ?? createOutage(says, log, clock)
    outages.set(what, outage)
    return outage
  }

  return async (what, action) => {
    const outage = outageOf(what)
    // A call that never failed says nothing about one beside it that still does.
    let failed = false
    const answered = () => {
      if (failed) outage.over()
    }
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        const result = await action()
        answered()
        return result
      } catch (error) {
        if (options.stopping.aborted) throw new LedgerError('stopping', what, { cause: error })
        if (error instanceof LedgerError && error.code === 'row_refused') {
          answered()
          throw error
        }
        options.onRetry(what)
        failed = true
        outage.began(error)
        await sleep(wait, undefined, { signal: options.stopping }).catch(() => undefined)
        if (options.stopping.aborted) throw new LedgerError('stopping', what, { cause: error })
      }
    }
  }
}
