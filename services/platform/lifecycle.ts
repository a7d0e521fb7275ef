// Starting and stopping. A service is an object with start and stop; a process composes some and ends them in reverse
// order when it is told to. Wrong here means a deploy that drops what was in flight, or a process that never ends.

import type { Logger } from './log.ts'

/**
 * A part of a process.
 * start: resolves when the part does its work; if it rejects, it has cleaned up after itself. A start that may take long
 * gives up when the signal aborts.
 * stop: finishes what is under way and resolves; called once, and only after a successful start.
 */
export interface App {
  start(signal?: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** Parts by name, in the order in which they start. */
export type Apps = Readonly<Record<string, App>>

/** Several parts as one: starts them in order, stops them in reverse; a failed start stops what was started. */
export function composeApps(apps: Apps, log: Logger): App {
  const started: [name: string, app: App][] = []
  const abort = new AbortController()
  let starting: Promise<void> = Promise.resolve()

  async function startAll(): Promise<void> {
    for (const [name, app] of Object.entries(apps)) {
      if (abort.signal.aborted) return
      await app.start(abort.signal)
      started.push([name, app])
      log.debug({ app: name }, 'started')
    }
  }

  /** Stops everything even if one part fails, then rejects with the first failure. */
  async function stopAll(): Promise<void> {
    const failures: unknown[] = []
    for (let last = started.pop(); last; last = started.pop()) {
      const [name, app] = last
      try {
        await app.stop()
        log.debug({ app: name }, 'stopped')
      } catch (error) {
        log.error({ err: error, app: name }, 'stopping failed')
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    async start() {
      starting = startAll()
      try {
        await starting
      } catch (error) {
        if (!abort.signal.aborted) await stopAll().catch(() => {})
        throw error
      }
    },
    async stop() {
      abort.abort()
      await starting.catch(() => {})
      await stopAll()
    },
  }
}

/** What is used of `process`; a parameter, so that tests send signals without sending signals. */
export type ProcessEvents = Pick<NodeJS.Process, 'on' | 'off' | 'exit'>

/**
 * For an error that leaves a process alive and useless: one line, and exit code 1, so that whoever runs it starts it again.
 */
export const endProcess =
  (log: Logger, host: Pick<ProcessEvents, 'exit'> = process) =>
  (error: Error): void => {
    log.fatal({ err: error }, 'cannot go on; a new start is needed')
    host.exit(1)
  }

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** ms; orchestrators kill after 30 s. */
const STOP_DEADLINE = 25_000

/**
 * Starts parts and ties them to the process: SIGINT and SIGTERM stop them and exit with 0, or with 1 if they fail to stop
 * or take longer than the deadline (what they had not committed then comes again). Further signals change nothing: npm and
 * terminals send the same one twice. An exception that nobody caught is logged and ends the process with 1 at once, since
 * nothing is known any more. Resolves with true when everything runs, with false if a signal came first; rejects, with
 * everything stopped again, if something cannot start.
 *
 * @param options.deadlineMs how long stopping may take; default 25 s
 */
export async function runApps(
  apps: Apps,
  options: { readonly log: Logger; readonly process?: ProcessEvents; readonly deadlineMs?: number },
): Promise<boolean> {
  const { log, process: host = process, deadlineMs = STOP_DEADLINE } = options
  const app = composeApps(apps, log)
  let stopping = false

  async function onSignal(signal: NodeJS.Signals): Promise<void> {
    if (stopping) {
      log.info({ signal }, 'already stopping')
      return
    }
    stopping = true
    log.info({ signal }, 'stopping')
    const deadline = setTimeout(() => {
      log.fatal({ deadline_ms: deadlineMs }, 'stopping took too long; what was not committed comes again')
      host.exit(1)
    }, deadlineMs)
    try {
      await app.stop()
      log.info('stopped')
      host.exit(0)
    } catch {
      host.exit(1)
    } finally {
      clearTimeout(deadline)
    }
  }

  function onFatal(error: unknown): void {
    log.fatal({ err: error }, 'an error that nobody caught')
    host.exit(1)
  }

  for (const signal of SIGNALS) host.on(signal, onSignal)
  host.on('uncaughtException', onFatal)
  host.on('unhandledRejection', onFatal)
  try {
    await app.start()
    return !stopping
  } catch (error) {
    if (stopping) return false
    for (const signal of SIGNALS) host.off(signal, onSignal)
    host.off('uncaughtException', onFatal)
    host.off('unhandledRejection', onFatal)
    throw error
  }
}
