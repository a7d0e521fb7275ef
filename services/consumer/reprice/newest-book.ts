// The prices in force: the combination of book, overlay and normaliser that was numbered last. Whoever has another one must not
// reprice with it, or a command with other settings would change what every total says.

import type { Warehouse } from '#ports/warehouse.ts'
import type { BookIdentity } from '../book-version.ts'

export interface NewestBook extends BookIdentity {
  readonly sequence: number
  /** The `price_book_version` of shipped book and overlay as one. */
  readonly effectiveHash: string
}

/** Undefined while no book has a number. */
export async function findNewest(warehouse: Warehouse): Promise<NewestBook | undefined> {
  const [row] = await warehouse.query<NewestBook>(
    `SELECT sequence, book_hash AS bookHash, overlay_hash AS overlayHash, normaliser_version AS normaliserVersion,
  effective_hash AS effectiveHash
FROM price_book_versions ORDER BY sequence DESC LIMIT 1`,
  )
  return row
}

export const isSameBook = (a: BookIdentity, b: BookIdentity): boolean =>
  a.bookHash === b.bookHash && a.overlayHash === b.overlayHash && a.normaliserVersion === b.normaliserVersion
