// The warehouse's clock. Every instant that processes compare with one another's is taken from it: heartbeats, batches, runs
// and versions of several machines can only be put in order by one clock.

import { fromSqlTime } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'

/** Now by the warehouse's clock, ms. */
export async function serverNow(warehouse: Warehouse): Promise<number> {
  const [row] = await warehouse.query<{ now: string }>("SELECT now64(3, 'UTC') AS now")
  return row ? fromSqlTime(row.now) : 0
}
