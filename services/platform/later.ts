// An event log and a warehouse for those who serve requests from their first second: while the real one is away, every call
// rejects as if it did not answer, and callers are told to come again.

import { type ErrorCode, LedgerError } from '#core/errors.ts'
import type { EventLog } from '#ports/event-log.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'
import type { Need } from './need.ts'

export const logLater = (need: Need<EventLog>): Pick<EventLog, 'append'> => ({
  append: async (...call) => (await there(need, 'log_unavailable')).append(...call),
})

/** Closing it is the need's own business. */
export const warehouseLater = (need: Need<Warehouse>, user: WarehouseUser): Warehouse => {
  const warehouse = () => there(need, 'warehouse_unavailable')
  return {
    user,
    command: async (...call) => (await warehouse()).command(...call),
    insert: async (...call) => (await warehouse()).insert(...call),
    insertObjects: async (...call) => (await warehouse()).insertObjects(...call),
    query: async <Row extends object>(...call: Parameters<Warehouse['query']>) =>
      (await warehouse()).query<Row>(...call),
    ping: () => need.check(),
    close: async () => undefined,
  }
}

async function there<T>(need: Need<T>, code: ErrorCode): Promise<T> {
  const found = need.get()
  if (found !== undefined) return found
  const result = await need.check()
  throw new LedgerError(code, result.ok ? undefined : result.reason)
}
