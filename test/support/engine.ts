// A real warehouse for one test file: the embedded engine on a free port and a fresh directory, with the schema of today and
// the three users that a deployment has. Starting takes about a second, so a file starts one and its tests share it:
//
//   import { after } from 'node:test'
//   const engine = await startEngine({ after })
//   const reader = engine.warehouse('reader')
//
// at the top of the file, where `after` means the file; inside of a `before` hook it means the hook.
// Tests keep apart by what they write (other hours, other features), not by cleaning up.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { migrate, readMigrations } from '#adapters/clickhouse/migrations.ts'
import type { Passwords } from '#adapters/clickhouse/server/passwords.ts'
import { startServer } from '#adapters/clickhouse/server/server.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'
import { silentLog } from './silent.ts'

export interface TestEngine {
  /** A connection as one user; the same one each time, closed with the engine. */
  warehouse(user: WarehouseUser): Warehouse
  /** http://127.0.0.1:port */
  readonly url: string
  readonly passwords: Passwords
}

/** A test's context, or `{ after }` of node:test. */
export interface Cleanup {
  after(work: () => Promise<void>): void
}

/** bytes; enough for tests, and little enough to run beside other engines. */
const MEMORY = 1_024 * 2 ** 20

/**
 * @param context whose `after` ends the engine and removes its directory
 * @param options.migrated false leaves the database empty
 */
export async function startEngine(
  context: { after(ending: () => Promise<void>): void },
  options: { readonly migrated?: boolean } = {},
): Promise<TestEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'spendledger-engine-'))
  const connections = new Map<WarehouseUser, Warehouse>()
  const server = await startServer({ dataDir, httpPort: 0, memoryBytes: MEMORY, log: silentLog() })
  context.after(async () => {
    // The engine waits for open connections.
    await Promise.all([...connections.values()].map(warehouse => warehouse.close()))
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  function warehouse(user: WarehouseUser): Warehouse {
    const open =
      connections.get(user) ?? createWarehouse({ url: server.url, user, password: server.passwords[user] })
    connections.set(user, open)
    return open
  }

  if (options.migrated ?? true) await migrate(warehouse('writer'), await readMigrations())
  return { warehouse, url: server.url, passwords: server.passwords }
}
