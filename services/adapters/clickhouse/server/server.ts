// The embedded warehouse: a real ClickHouse server on loopback, from the engine that comes with npm, kept running in a
// child process. Everything that talks to it does so as one of its three users, as it would with a server elsewhere.
//
// In the data directory: <user>.password, and `warehouse`, which is all that the engine may see.
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '#platform/log.ts'
import { type Engine, type EngineStart, startEngine } from './engine.ts'
import { ABI_WITH_NETWORK } from './landlock.ts'
import type { EngineOptions } from './launch.ts'
import { engineLibrary, platformWarning } from './library.ts'
import { limitsFor, thisMachine } from './limits.ts'
import { logInAsEach } from './log-in.ts'
import { loadPasswords, type Passwords } from './passwords.ts'
import { directoryInUse, startError } from './start-failure.ts'
import { type SupervisorState, supervise } from './supervisor.ts'

export interface ServerOptions {
  /** SPENDLEDGER_DATA_DIR; the caller holds its lock. */
  readonly dataDir: string
  /** 0 picks a free port once and keeps it over restarts. */
  readonly httpPort: number
  /** The native protocol; off unless given. */
  readonly nativePort?: number
  /** The engine's share of the memory; default: half of the machine, at most 8 GiB. */
  readonly memoryBytes?: number
  /** Default true. Without it every SQL account reads the OS user's files. */
  readonly sandbox?: boolean
  /** How long a start waits for an engine that still holds the directory, ms; default 15 s. */
  readonly waitMs?: number
  readonly log: Logger
  readonly signal?: AbortSignal
}

export interface EngineServer {
  readonly url: string
  readonly httpPort: number
  readonly nativePort: number | undefined
  readonly version: string
  /** Changes when the engine is restarted. */
  readonly pid: number
  readonly passwords: Passwords
  /** Guards that are missing on this machine, one sentence each; the caller shows them. */
  readonly warnings: readonly string[]
  state(): SupervisorState
  /** Calls the listener with each new state. @returns a function that ends that */
  onStateChange(listener: (state: SupervisorState) => void): () => void
  /** Ends the engine within 8 s. Close clients first: it waits 5 s for connections that are open. */
  stop(): Promise<void>
}

const WAIT_MS = 15_000
const RETRY_MS = 250

/**
 * @throws StartError when a port is taken, the directory in use, or there is no engine for the platform; the signal's
 * reason when it aborts meanwhile, with nothing left running
 */
export async function startServer(options: ServerOptions): Promise<EngineServer> {
  const dataDir = resolve(options.dataDir)
  const passwords = loadPasswords(dataDir)
  const engineOptions = {
    directory: join(dataDir, 'warehouse'),
    library: engineLibrary(),
    httpPort: options.httpPort,
    nativePort: options.nativePort,
    limits: limitsFor(thisMachine(), options.memoryBytes),
    passwords,
    sandbox: options.sandbox ?? true,
  }

  const started = await startWhenFree(engineOptions, options)
  if (started.kind === 'failed') throw startError(started, engineOptions)
  const first = await checked(started.engine, passwords, options.signal)

  const fixed = { ...engineOptions, httpPort: first.httpPort, nativePort: first.nativePort }
  async function startAgain(signal: AbortSignal): Promise<Engine> {
    const again = await startEngine(fixed, signal)
    if (again.kind === 'failed') throw startError(again, fixed)
    return checked(again.engine, passwords, signal)
  }
  const supervisor = supervise(first, startAgain, { log: options.log })

  return {
    url: `http://127.0.0.1:${first.httpPort}`,
    httpPort: first.httpPort,
    nativePort: first.nativePort,
    version: first.version,
    get pid() {
      return supervisor.current().pid
    },
    passwords,
    warnings: warningsOf(first),
    state: supervisor.state,
    onStateChange: supervisor.onStateChange,
    stop: supervisor.stop,
  }
}

/** A predecessor that was killed a moment ago still holds the directory: waits for it rather than fail. */
async function startWhenFree(engine: EngineOptions, options: ServerOptions): Promise<EngineStart> {
  const deadline = performance.now() + (options.waitMs ?? WAIT_MS)
  for (;;) {
    const started = await startEngine(engine, options.signal)
    if (started.kind === 'running' || !directoryInUse(started) || performance.now() >= deadline)
      return started
    await sleep(RETRY_MS, undefined, options.signal ? { signal: options.signal } : {})
  }
}

/** The engine, if each user can log in to it; else it is stopped. */
async function checked(engine: Engine, passwords: Passwords, signal?: AbortSignal): Promise<Engine> {
  try {
    await logInAsEach(engine.httpPort, passwords, signal)
    return engine
  } catch (error) {
    await engine.stop()
    throw error
  }
}

function warningsOf({ landlockAbi }: Engine): string[] {
  const platform = platformWarning()
  const readsFiles = 'every SQL account can read the files of the OS user that runs spendledger'
  return [
    ...(platform ? [platform] : []),
    ...(landlockAbi === undefined ? [`The sandbox is off: ${readsFiles}`] : []),
    ...(landlockAbi === 0 ? [`This system has no Landlock (Linux 5.13 and later): ${readsFiles}`] : []),
    ...(landlockAbi && landlockAbi < ABI_WITH_NETWORK
      ? ['Landlock is older than Linux 6.7: only grants keep SQL from opening connections']
      : []),
  ]
}
