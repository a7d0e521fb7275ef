// Keeps a process running: when it ends by itself it is started again, with pauses that grow while that does not help.
// Wrong here means a warehouse that stays away after one crash, or a machine busy with restarts.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '#platform/log.ts'

export interface Supervised {
  /** How it ended, in words; never rejects. */
  readonly exited: Promise<string>
  /** Ends it; a second call waits as well. */
  stop(): Promise<void>
}

export type SupervisorState = 'ready' | 'restarting' | 'stopped'

export interface Supervisor<P> {
  /** What runs now, or ran last. */
  current(): P
  state(): SupervisorState
  /** Calls the listener with each new state. @returns a function that ends that */
  onStateChange(listener: (state: SupervisorState) => void): () => void
  stop(): Promise<void>
}

export interface Pauses {
  /** ms before the first, second, ... try; the last is repeated. */
  readonly beforeTry: readonly number[]
  /** A process that ran for so long (ms) has recovered: the pauses begin anew. */
  readonly recoveredAfter: number
}

export const PAUSES: Pauses = { beforeTry: [0, 500, 1_000, 2_000, 5_000, 15_000], recoveredAfter: 60_000 }

/**
 * Watches a running process from now on.
 *
 * @param first what runs already
 * @param start starts it again, and gives up when the signal aborts; may reject, which counts as one more try
 */
export function supervise<P extends Supervised>(
  first: P,
  start: (signal: AbortSignal) => Promise<P>,
  options: { readonly log: Logger; readonly pauses?: Pauses },
): Supervisor<P> {
  const { log, pauses = PAUSES } = options
  const listeners = new Set<(state: SupervisorState) => void>()
  const stopping = new AbortController()
  let running = first
  let state: SupervisorState = 'ready'
  let tries = 0

  function enter(next: SupervisorState): void {
    state = next
    for (const listener of listeners) listener(next)
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      const since = performance.now()
      const reason = await running.exited
      if (stopping.signal.aborted) return
      if (performance.now() - since >= pauses.recoveredAfter) tries = 0
      log.error({ reason }, 'the warehouse engine ended by itself; starting it again')
      enter('restarting')
      await startAgain()
    }
  }

  /** Tries until something runs or we are told to stop. */
  async function startAgain(): Promise<void> {
    while (!stopping.signal.aborted) {
      const pause = pauses.beforeTry[Math.min(tries, pauses.beforeTry.length - 1)]
      tries += 1
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      try {
        running = await start(stopping.signal)
      } catch (error) {
        if (stopping.signal.aborted) return
        log.error({ err: error, tries }, 'the warehouse engine did not start')
        continue
      }
      if (stopping.signal.aborted) return running.stop()
      log.info({ tries }, 'the warehouse engine runs again')
      return enter('ready')
    }
  }

  const watching = watch()
  return {
    current: () => running,
    state: () => state,
    onStateChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async stop() {
      if (state !== 'stopped') {
        stopping.abort()
        enter('stopped')
      }
      await running.stop()
      await watching
    },
  }
}
