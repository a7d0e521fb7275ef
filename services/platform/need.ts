// What a service needs from elsewhere (event log, warehouse) and what may come later than the service itself: meanwhile it
// listens, and /readyz says what it waits for.

import type { CheckResult } from './http-health.ts'
import type { App } from './lifecycle.ts'
import type { Logger } from './log.ts'
import { waitFor } from './wait-for.ts'

export interface Need<T> {
  /** Completes "waiting for ...". */
  readonly what: string
  /** undefined until it is there. */
  get(): T | undefined
  /** @throws Error before it is there */
  value(): T
  /** For /readyz: why it is not there, then how it does. */
  check(): Promise<CheckResult>
  /** Waits until it is there. @throws what no waiting can mend */
  arrive(signal: AbortSignal): Promise<T>
  close(): Promise<void>
}

export function createNeed<T extends { close(): Promise<void> }>(options: {
  readonly what: string
  /** Tries once; see waitFor for what may be tried again. */
  readonly open: () => Promise<T>
  readonly health: (there: T) => Promise<CheckResult>
  readonly log: Logger
}): Need<T> {
  const { what, open, health, log } = options
  let there: T | undefined
  let reason = `${what} was not reached yet`
  return {
    what,
    get: () => there,
    value() {
      if (there === undefined) throw new Error(reason)
      return there
    },
    check: async () => (there ? health(there) : { ok: false, reason }),
    async arrive(signal) {
      const onReason = (latest: string) => {
        reason = latest
      }
      there = await waitFor(what, open, { log, signal, onReason })
      return there
    },
    close: async () => there?.close(),
  }
}

/** Needs as the first part of a process, which is the last to stop: whoever uses them has ended by then. */
export const closing = (needs: readonly Need<unknown>[]): App => ({
  start: async () => undefined,
  async stop() {
    for (const need of needs) await need.close()
  },
})

/** A part of a process that has started once its needs are there. */
export const arrival = (needs: readonly Need<unknown>[]): App => ({
  start: signal => arriveAll(needs, signal),
  stop: async () => undefined,
})

/** A part of a process that is made, and starts, once its needs are there. */
export function whenThere(needs: readonly Need<unknown>[], create: () => App): App {
  let app: App | undefined
  return {
    async start(signal) {
      await arriveAll(needs, signal)
      const created = create()
      await created.start(signal)
      app = created
    },
    stop: async () => app?.stop(),
  }
}

/** Waits for all at once; when one is never to come, the others are not waited for. */
async function arriveAll(needs: readonly Need<unknown>[], signal: AbortSignal | undefined): Promise<void> {
  const failed = new AbortController()
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const arriving = needs.map(need => need.arrive(either))
  try {
    await Promise.all(arriving)
  } catch (error) {
    failed.abort()
    await Promise.allSettled(arriving)
    throw error
  }
}
