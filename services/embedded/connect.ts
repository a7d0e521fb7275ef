// Connections to the embedded warehouse from outside its process: the command line beside a running `npm start`.
// The passwords are files that only this OS user can read.

import { readFile } from 'node:fs/promises'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { passwordFile } from '#adapters/clickhouse/server/passwords.ts'
import { LedgerError } from '#core/errors.ts'
import type { Config } from '#platform/config.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'

/** @throws LedgerError `warehouse_unavailable` with what to do, if there is no password file or nothing answers */
export async function connectWarehouse(
  config: Config,
  user: WarehouseUser,
): Promise<{ warehouse: Warehouse; close(): Promise<void> }> {
  const file = passwordFile(config.dataDir, user)
  const password = await readFile(file, 'utf8').catch(cause => {
    throw new LedgerError(
      'warehouse_unavailable',
      `no ${file}; was it ever started here? SPENDLEDGER_DATA_DIR says where`,
      {
        cause,
      },
    )
  })
  const url = `http://127.0.0.1:${config.sqlPort}`
  const warehouse = createWarehouse({ url, user, password: password.trim() })
  const answer = await warehouse.ping()
  if (!answer.ok) {
    await warehouse.close()
    throw new LedgerError('warehouse_unavailable', `${url}: ${answer.reason}; is spendledger running?`)
  }
  return { warehouse, close: () => warehouse.close() }
}
