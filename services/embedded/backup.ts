// A backup of the embedded warehouse while it works, and the way back. Both pass through a directory that the engine's sandbox
// shows it; a file stays there only meanwhile, because whoever types SQL could read it.

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
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

const passageOf = (config: Config): string => backupDirectory(join(config.dataDir, 'warehouse'))

/** The engine tells formats apart by the name's ending. */
const passageName = (): string => `${randomUUID()}.tar.zst`

export interface BackupReport {
  readonly bytes: number
  readonly events: bigint
}

/** Copies of events, with those that are hidden: what a backup holds is compared with what is put back by it. */
async function countEvents(warehouse: Warehouse): Promise<bigint> {
  const [row] = await warehouse.query<{ n: string }>('SELECT count() AS n FROM usage_events')
  return BigInt(row?.n ?? 0)
}

/**
 * Writes the warehouse of a running ledger to a file (tar, zstd). Events that arrive meanwhile may be in it or not.
 * @throws LedgerError of the Warehouse port; an error of the file system
 */
export async function backUp(config: Config, file: string): Promise<BackupReport> {
  const warehouse = await warehouseFrom(config, 'writer')
  const name = passageName()
  const passage = join(passageOf(config), name)
  try {
    await warehouse.query(`BACKUP DATABASE ${DATABASE} TO File('${name}')`, { timeoutMs: TIMEOUT_MS })
    const partial = `${file}.${name}`
    try {
      await copyFile(passage, partial)
      await chmod(partial, OWNER_ONLY)
      await rename(partial, file)
    } finally {
      await rm(partial, { force: true })
    }
    return { bytes: (await stat(file)).size, events: await countEvents(warehouse) }
  } finally {
    await rm(passage, { force: true })
    await warehouse.close()
  }
}

/** Why nothing was put back. */
export class NotEmpty extends Error {}

/**
 * Puts a backup into a data directory that has no warehouse, and leaves it stopped. The next start brings the schema up to date.
 * @throws NotEmpty where there is one; LedgerError of the Warehouse port for a file that is no backup
 */
export async function putBack(config: Config, file: string): Promise<BackupReport> {
  const log = createLogger({ level: 'warn', format: config.logFormat, service: 'restore' })
  const lock = await lockDataDir(config, 'spendledger restore', log)
  const warehouseDir = join(config.dataDir, 'warehouse')
  try {
    if (existsSync(warehouseDir)) throw new NotEmpty(`${warehouseDir} is there already`)
    try {
      return await restoreInto(config, file)
    } catch (error) {
      await rm(warehouseDir, { recursive: true, force: true })
      throw error
    }
  } finally {
    lock.release()
  }
}

async function restoreInto(config: Config, file: string): Promise<BackupReport> {
  const name = passageName()
  const passage = join(passageOf(config), name)
  await mkdir(passageOf(config), { recursive: true, mode: 0o700 })
  await copyFile(file, passage)
  const log = createLogger({ level: 'warn', format: config.logFormat, service: 'restore' })
  const engine = await startEngine(config, log)
  const warehouse = createWarehouse({ url: engine.url, user: 'writer', password: engine.passwords.writer })
  try {
    // The database is there, and nobody but the engine may create one.
    await warehouse.query(`RESTORE DATABASE ${DATABASE} FROM File('${name}') SETTINGS create_database = 0`, {
      timeoutMs: TIMEOUT_MS,
    })
    return { bytes: (await stat(passage)).size, events: await countEvents(warehouse) }
  } finally {
    await warehouse.close()
    await engine.stop()
    await rm(passage, { force: true })
  }
}
