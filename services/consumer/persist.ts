// Patience: the consumer never gives up on the warehouse or the log and never skips; it waits and tries again, holding at most
// what it has polled. One log line per cause and half minute.

import { setTimeout as sleep } from 'node:timers/promises'
import { LedgerError } from '#core/errors.ts'
import { type Logger, rateLimited } from '#platform/log.ts'
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
  const complain = rateLimited(options.log, 30_000, options.clock)
  return async (what, action) => {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return await action()
      } catch (error) {
        if (options.stopping.aborted) throw new LedgerError('stopping', what, { cause: error })
        if (error instanceof LedgerError && error.code === 'row_refused') throw error
        options.onRetry(what)
        complain.warn(
          what,
          { err: error, what },
          `cannot ${what} at the moment; trying again, nothing is lost`,
        )
        await sleep(wait, undefined, { signal: options.stopping }).catch(() => undefined)
        if (options.stopping.aborted) throw new LedgerError('stopping', what, { cause: error })
      }
    }
  }
}
