// Only the embedded ClickHouse: `spendledger warehouse` for development, and what `spendledger migrate` starts for a moment
// when nothing runs.

import { mkdir } from 'node:fs/promises'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { migrate, readMigrations } from '#adapters/clickhouse/migrations.ts'
import { type EngineServer, startServer } from '#adapters/clickhouse/server/server.ts'
import { type DirectoryLock, lockDirectory } from '#adapters/native/directory-lock.ts'
import { NORMALISER_VERSION } from '#core/normalise/index.ts'
import type { PriceBook } from '#core/price-book.ts'
import type { Config } from '#platform/config.ts'
import { type App, runApps } from '#platform/lifecycle.ts'
import { createLogger, type Logger } from '#platform/log.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { registerBook } from '../consumer/book-version.ts'

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

/** Brings the schema up to date and gives the price book its number; resolves with both. */
export async function prepareWarehouse(
  writer: Warehouse,
  book: PriceBook,
): Promise<{ applied: string[]; sequence: number }> {
  const applied = await migrate(writer, await readMigrations())
  const sequence = await registerBook(writer, {
    bookHash: book.hash,
    overlayHash: '',
    normaliserVersion: NORMALISER_VERSION,
  })
  return { applied, sequence }
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

/**
 * Brings the warehouse of a ledger that does not run to the newest schema; resolves with the names of what was applied. One
 * that runs holds the directory and did this at its start.
 */
export async function migrateWarehouse(config: Config): Promise<string[]> {
  const log = createLogger({ level: 'warn', format: config.logFormat, service: 'migrate' })
  const lock = await lockDataDir(config, 'spendledger migrate', log)
  try {
    const engine = await startEngine(config, log)
    const writer = createWarehouse({ url: engine.url, user: 'writer', password: engine.passwords.writer })
    try {
      const { applied } = await prepareWarehouse(writer, await loadPriceBook())
      return applied
    } finally {
      await writer.close()
      await engine.stop()
    }
  } finally {
    lock.release()
  }
}
