// What the routes are given, and how they ask the warehouse: as the user `reader`, from views only, in bounded time.

import type { Logger } from '#platform/log.ts'
import type { PriceBooks } from '#platform/price-books.ts'
import type { Clock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { Statement } from './query/compile.ts'

export interface ApiContext {
  /** As user reader. */
  readonly warehouse: Warehouse
  readonly clock: Clock
  /** The prices in force, for quotes and explanations. */
  readonly books: Pick<PriceBooks, 'current'>
  /** The zone of answers whose query names none. */
  readonly defaultZone: string
  readonly log: Logger
}

/** ms; who waits longer has gone away. */
const TIMEOUT_MS = 30_000

/** @throws LedgerError of the Warehouse port */
export async function ask<Row extends object>(
  { warehouse, log }: ApiContext,
  { sql, params }: Statement,
): Promise<Row[]> {
  const started = performance.now()
  const rows = await warehouse.query<Row>(sql, { params, timeoutMs: TIMEOUT_MS })
  log.debug({ ms: Math.round(performance.now() - started), rows: rows.length }, 'asked the warehouse')
  return rows
}
