// Only the embedded ClickHouse: `spendledger warehouse` for development and for tests of cluster mode, and its parts for those
// who start it with more.

import { mkdir } from 'node:fs/promises'
import { type EngineServer, startServer } from '#adapters/clickhouse/server/server.ts'
import { type DirectoryLock, lockDirectory } from '#adapters/native/directory-lock.ts'
import type { Config } from '#platform/config.ts'
import { type App, runApps } from '#platform/lifecycle.ts'
import { createLogger, type Logger } from '#platform/log.ts'

/** How long a start waits for a predecessor that is still ending, ms: its engine may take longer than itself. */
const ENGINE_WAIT_MS = 15_000
const LOCK_WAIT_MS = 6_000
const SAY_SO_AFTER_MS = 1_000

/** Locks the data directory; only its holder may start the engine or open the log in it. */
export async function lockDataDir(
  config: Config,
  command: string,
  log: Logger,
  signal?: AbortSignal,
): Promise<DirectoryLock> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const timer = setTimeout(
    () =>
      log.info({ dir: config.dataDir }, 'waiting for another spendledger to let go of the data directory'),
    SAY_SO_AFTER_MS,
  )
  try {
    return await lockDirectory(config.dataDir, {
      waitMs: LOCK_WAIT_MS,
      describe: command,
      ...(signal ? { signal } : {}),
    })
  } finally {
    clearTimeout(timer)
  }
}

/** Starts the engine; the caller holds the directory's lock. What is missing on this machine is said in one line each. */
export async function startEngine(config: Config, log: Logger, signal?: AbortSignal): Promise<EngineServer> {
  const engine = await startServer({
    dataDir: config.dataDir,
    httpPort: config.sqlPort,
    ...(config.sqlNativePort === undefined ? {} : { nativePort: config.sqlNativePort }),
    waitMs: ENGINE_WAIT_MS,
    log,
    ...(signal ? { signal } : {}),
  })
  for (const warning of engine.warnings) log.warn(warning)
  return engine
}

/** Runs the engine until a signal comes. */
export async function runWarehouse({ config }: { config: Config }): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'warehouse' })
  let lock: DirectoryLock | undefined
  let engine: EngineServer | undefined
  const app: App = {
    async start(signal) {
      lock = await lockDataDir(config, 'spendledger warehouse', log, signal)
      try {
        engine = await startEngine(config, log, signal)
      } catch (error) {
        lock.release()
        throw error
      }
    },
    async stop() {
      await engine?.stop()
      lock?.release()
    },
  }
  if (await runApps({ warehouse: app }, { log })) {
    console.log(
      `ClickHouse ${engine?.version} at ${engine?.url}, passwords in ${config.dataDir}. Stop with Ctrl-C.`,
    )
  }
}
