// The sequence number of what events are priced with. It stands in every event's version, so that what was priced with newer
// knowledge wins; a consumer without a number does not start.

import { LedgerError } from '#core/errors.ts'
import type { Warehouse } from '#ports/warehouse.ts'

/** Everything that decides a price besides the event. */
export interface BookIdentity {
  readonly bookHash: string
  /** '' without an overlay */
  readonly overlayHash: string
  readonly normaliserVersion: number
}

/** 18 bits in the version. */
const MAX_SEQUENCE = 2 ** 18 - 1

const FIND_SQL = `SELECT max(sequence) AS newest, maxIf(sequence, book_hash = {book:String} AND overlay_hash = {overlay:String}
  AND normaliser_version = {normaliser:UInt32}) AS found FROM price_book_versions`

async function find(
  warehouse: Warehouse,
  identity: BookIdentity,
): Promise<{ newest: number; found: number }> {
  const params = {
    book: identity.bookHash,
    overlay: identity.overlayHash,
    normaliser: identity.normaliserVersion,
  }
  const [row] = await warehouse.query<{ newest: number; found: number }>(FIND_SQL, { params })
  return row ?? { newest: 0, found: 0 }
}

/**
 * The number of this combination, given out now if it has none. To be called by one process at a time (migrate, or the one
 * process of embedded mode). A combination that was in force before gets a new number when it comes back: it is the newest
 * decision again.
 */
export async function registerBook(warehouse: Warehouse, identity: BookIdentity): Promise<number> {
  const { newest, found } = await find(warehouse, identity)
  if (found > 0 && found === newest) return found
  const sequence = newest + 1
  if (sequence > MAX_SEQUENCE) throw new LedgerError('internal', 'price_book_versions is full')
  await warehouse.insertObjects('price_book_versions', [
    {
      sequence,
      book_hash: identity.bookHash,
      overlay_hash: identity.overlayHash,
      normaliser_version: identity.normaliserVersion,
    },
  ])
  return sequence
}
