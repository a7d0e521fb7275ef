// The price book that priced an event: the one in force, or an older one as the warehouse keeps it. An old price can so be redone
// by hand long after prices have changed.

import { compileBook, type PriceBook } from '#core/price-book.ts'
import { type ApiContext, ask } from './context.ts'

/** Compiled books are large; events that people look at are of few. */
const KEPT = 3

/** @returns the book of a `price_book_version`; undefined where nobody has it any more */
export type BookOf = (context: ApiContext, version: string) => Promise<PriceBook | undefined>

export function createBookOf(): BookOf {
  const kept = new Map<string, PriceBook>()
  return async (context, version) => {
    const current = context.books.current().book
    if (current.hash === version) return current
    const known = kept.get(version)
    if (known) return known
    const book = await readBook(context, version)
    if (book === undefined) return undefined
    for (const oldest of [...kept.keys()].slice(0, kept.size - KEPT + 1)) kept.delete(oldest)
    kept.set(version, book)
    return book
  }
}

/** A book that this program no longer takes for valid explains nothing. */
async function readBook(context: ApiContext, version: string): Promise<PriceBook | undefined> {
  const [row] = await ask<{ book_json: string }>(context, {
    sql: 'SELECT book_json FROM v_price_books WHERE price_book_version = {version:String} LIMIT 1',
    params: { version },
  })
  if (!row?.book_json) return undefined
  const compiled = compileBook(JSON.parse(row.book_json))
  return compiled.kind === 'ok' ? compiled.book : undefined
}
