// The sequence number of what events are priced with. It stands in every event's version, so that what was priced with newer
// knowledge wins; a consumer without a number does not start. Two books with one number would undo that.

import { LedgerError } from '#core/errors.ts'
import { NORMALISER_VERSION } from '#core/normalise/index.ts'
import type { PriceBook } from '#core/price-book.ts'
import type { Pricing } from '#platform/price-books.ts'
import type { Warehouse } from '#ports/warehouse.ts'

/** Everything that decides a price besides the event. */
export interface BookIdentity {
  readonly bookHash: string
  /** '' without an overlay */
  readonly overlayHash: string
  readonly normaliserVersion: number
}

/** What this program prices with. */
export const identityOf = ({ shippedHash, overlayHash }: Pricing): BookIdentity => ({
  bookHash: shippedHash,
  overlayHash,
  normaliserVersion: NORMALISER_VERSION,
})

/** 18 bits in the version. */
const MAX_SEQUENCE = 2 ** 18 - 1

/** Numbers that others may take at the same moment before something else must be wrong. */
const MAX_ATTEMPTS = 100

/** A start that is told to stop does not wait for longer than that. */
const ASK_MS = 10_000

const SAME = `book_hash = {book:String} AND overlay_hash = {overlay:String} AND normaliser_version = {normaliser:UInt32}`

const paramsOf = ({ bookHash, overlayHash, normaliserVersion }: BookIdentity) => ({
  book: bookHash,
  overlay: overlayHash,
  normaliser: normaliserVersion,
})

/** Keeps the whole book beside its numbers, so that what it priced can be explained and compared for ever. */
async function storeBook(warehouse: Warehouse, { hash, json }: PriceBook): Promise<void> {
  const params = { hash }
  const sql = 'SELECT hash FROM price_books WHERE hash = {hash:String} LIMIT 1'
  const kept = await warehouse.query(sql, { params, timeoutMs: ASK_MS })
  if (kept.length > 0) return
  await warehouse.insertObjects('price_books', [{ hash, json: JSON.stringify(json) }])
}

async function find(
  warehouse: Warehouse,
  identity: BookIdentity,
): Promise<{ newest: number; found: number }> {
  const [row] = await warehouse.query<{ newest: number; found: number }>(
    `SELECT max(sequence) AS newest, maxIf(sequence, ${SAME}) AS found FROM price_book_versions`,
    { params: paramsOf(identity), timeoutMs: ASK_MS },
  )
  return row ?? { newest: 0, found: 0 }
}

/**
 * The newest number of this combination, or undefined if it has none. It need not be the newest of all: who prices with an
 * older book loses against the newer one.
 */
export async function findBook(warehouse: Warehouse, identity: BookIdentity): Promise<number | undefined> {
  const { found } = await find(warehouse, identity)
  return found === 0 ? undefined : found
}

/**
 * The number of this combination, given out now if it has none; the book is stored with it. Several processes may call it at
 * once: a number is claimed with an insert that has the number as its token, of which the server keeps the first, and who came
 * second takes the next. A combination that was in force before gets a new number when it comes back: it is the newest decision
 * again.
 */
export async function registerBook(
  warehouse: Warehouse,
  identity: BookIdentity,
  book: PriceBook,
): Promise<number> {
  await storeBook(warehouse, book)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const { newest, found } = await find(warehouse, identity)
    if (found > 0 && found === newest) return found
    if (await claim(warehouse, newest + 1, identity, book)) return newest + 1
  }
  throw new LedgerError('internal', 'no number could be had for the price book')
}

/** Resolves with whether the number is this combination's now, whoever claimed it. */
async function claim(
  warehouse: Warehouse,
  sequence: number,
  identity: BookIdentity,
  book: PriceBook,
): Promise<boolean> {
  if (sequence > MAX_SEQUENCE) throw new LedgerError('internal', 'price_book_versions is full')
  const row = {
    sequence,
    book_hash: identity.bookHash,
    overlay_hash: identity.overlayHash,
    normaliser_version: identity.normaliserVersion,
    effective_hash: book.hash,
  }
  const settings = { insert_deduplicate: 1, insert_deduplication_token: `sequence ${sequence}` }
  await warehouse.insertObjects('price_book_versions', [row], { settings })
  const held = await warehouse.query(
    `SELECT sequence FROM price_book_versions WHERE sequence = {sequence:UInt32} AND ${SAME}`,
    { params: { ...paramsOf(identity), sequence } },
  )
  return held.length > 0
}
