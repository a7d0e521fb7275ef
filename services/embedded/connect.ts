// Connections of the command line to the warehouse: the server of CLICKHOUSE_URL, or the engine beside a running `npm start`.

import { warehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import { LedgerError } from '#core/errors.ts'
import type { Config } from '#platform/config.ts'
import { reasonOf } from '#platform/wait-for.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'

/** @throws LedgerError `warehouse_unavailable` or `warehouse_denied` with what to do */
export async function connectWarehouse(
  config: Config,
  user: WarehouseUser,
): Promise<{ warehouse: Warehouse; close(): Promise<void> }> {
  try {
    const warehouse = await warehouseFrom(config, user)
    return { warehouse, close: () => warehouse.close() }
  } catch (error) {
    if (!(error instanceof LedgerError && error.retryable)) throw error
    const detail = `${warehouseOf(config)}: ${reasonOf(error)}; does it run?`
    throw new LedgerError('warehouse_unavailable', detail, { cause: error })
  }
}
