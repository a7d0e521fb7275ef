// A backup of the embedded warehouse while it works, and the way back. Both pass through a directory that the engine's sandbox
// shows it. Files stay there only meanwhile: what a killed command leaves, the engine's next start removes.

import { randomUUID } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { chmod, copyFile, type FileHandle, link, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { backupDirectory } from '#adapters/clickhouse/server/launch.ts'
import { DATABASE } from '#adapters/clickhouse/server/users.ts'
import { warehouseFrom } from '#adapters/from-config.ts'
import type { Config } from '#platform/config.ts'
import { createLogger } from '#platform/log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { lockDataDir, startEngine } from './warehouse.ts'

/** ms; a warehouse of hundreds of gigabytes takes its time. */
const TIMEOUT_MS = 6 * 3_600_000

const OWNER_ONLY = 0o600

const warehouseIn = (dataDir: string): string => join(dataDir, 'warehouse')

/** The engine tells formats apart by the name's ending. */
const passageName = (): string => `${randomUUID()}.tar.zst`

const passageIn = (dataDir: string, name: string): string => join(backupDirectory(warehouseIn(dataDir)), name)

export interface BackupReport {
  readonly bytes: number
  /** Calls, each once. */
  readonly events: bigint
}

async function countEvents(warehouse: Warehouse): Promise<bigint> {
  const [row] = await warehouse.query<{ n: string }>('SELECT count() AS n FROM usage_events FINAL')
  return BigInt(row?.n ?? 0)
}

/**
 * Writes the warehouse of a running ledger to a new file (tar, zstd). Events that arrive meanwhile may be in it or not.
 * @throws LedgerError of the Warehouse port; an error of the file system, before anything is done where the file cannot be made
 */
export async function backUp(config: Config, file: string): Promise<BackupReport> {
  const name = passageName()
  const partial = `${file}.${name}`
  const target = await open(partial, 'wx', OWNER_ONLY)
  const passage = passageIn(config.dataDir, name)
  let warehouse: Warehouse | undefined
  try {
    warehouse = await warehouseFrom(config, 'writer')
    await warehouse.query(`BACKUP DATABASE ${DATABASE} TO File('${name}')`, { timeoutMs: TIMEOUT_MS })
    const bytes = await copyInto(target, passage)
    // Unlike a rename, it does not replace a file that was made meanwhile.
    await link(partial, file)
    return { bytes, events: await countEvents(warehouse) }
  } finally {
    await target.close()
    await rm(partial, { force: true })
    await rm(passage, { force: true })
    await warehouse?.close()
  }
}

/** @returns bytes, which are on disk */
async function copyInto(target: FileHandle, source: string): Promise<number> {
  await writeFile(target, createReadStream(source))
  await target.sync()
  return (await target.stat()).size
}

/** Why nothing was put back. */
export class NotRestored extends Error {}

/**
 * Puts a backup into a data directory that has no warehouse, and leaves it stopped. The next start brings the schema up to date.
 * The warehouse appears whole or not at all, whenever this is killed.
 * @throws NotRestored where there is one, or the file is no backup
 */
export async function putBack(config: Config, file: string): Promise<BackupReport> {
  const log = createLogger({ level: 'warn', format: config.logFormat, service: 'restore' })
  const lock = await lockDataDir(config, 'spendledger restore', log)
  // On any free port: another ledger may run.
  const aside = {
    ...config,
    dataDir: join(config.dataDir, 'restoring'),
    sqlPort: 0,
    sqlNativePort: undefined,
  }
  const clear = () => rm(aside.dataDir, { recursive: true, force: true })
  try {
    if (existsSync(warehouseIn(config.dataDir))) {
      throw new NotRestored(
        `${warehouseIn(config.dataDir)} is there already; stop spendledger and move it away`,
      )
    }
    await clear()
    const report = await restoreInto(aside, file)
    await rename(warehouseIn(aside.dataDir), warehouseIn(config.dataDir))
    return report
  } finally {
    await clear()
    lock.release()
  }
}

async function restoreInto(config: Config, file: string): Promise<BackupReport> {
  const name = passageName()
  const passage = passageIn(config.dataDir, name)
  const log = createLogger({ level: 'warn', format: config.logFormat, service: 'restore' })
  const engine = await startEngine(config, log)
  const warehouse = createWarehouse({ url: engine.url, user: 'writer', password: engine.passwords.writer })
  try {
    await copyFile(file, passage)
    await chmod(passage, OWNER_ONLY)
    // The database is there, and nobody but the engine may create one.
    await warehouse
      .query(`RESTORE DATABASE ${DATABASE} FROM File('${name}') SETTINGS create_database = 0`, {
        timeoutMs: TIMEOUT_MS,
      })
      .catch(error => {
        throw new NotRestored(`${file} is no backup, or not all of one`, { cause: error })
      })
    return { bytes: (await stat(passage)).size, events: await countEvents(warehouse) }
  } finally {
    await warehouse.close()
    await engine.stop()
    await rm(passage, { force: true })
  }
}
