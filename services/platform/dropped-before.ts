// What retention remembers: raising the number of days later does not bring events back, and an event accepted below would
// stand alone in an hour that only has totals left.

import { fromSqlTime } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'

/** A start that is told to stop does not wait for longer than that. */
const ASK_MS = 10_000

/** Raw events before this instant were dropped, ms; 0 if none were. */
export async function readDroppedBefore(warehouse: Warehouse): Promise<number> {
  const [kept] = await warehouse.query<{ value: string }>(
    "SELECT max(value) AS value FROM watermarks WHERE name = 'raw_dropped_before'",
    { timeoutMs: ASK_MS },
  )
  return kept ? fromSqlTime(kept.value) : 0
}
