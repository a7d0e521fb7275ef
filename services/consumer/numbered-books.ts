// The prices in force with their number in the warehouse. When the user's own prices change, the new book gets its number
// first and prices events only then: a price without a number would lose against the old one.

import { LedgerError } from '#core/errors.ts'
import type { App } from '#platform/lifecycle.ts'
import type { Logger } from '#platform/log.ts'
import type { PriceBooks, Pricing } from '#platform/price-books.ts'
import type { Clock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { identityOf, registerBook } from './book-version.ts'
import type { NumberedBook } from './context.ts'
import { createPersist } from './persist.ts'

export interface NumberedBooks extends App {
  current(): NumberedBook
}

export function createNumberedBooks(options: {
  readonly books: PriceBooks
  /** What was given a number, and that number: prices that changed since then have none yet. */
  readonly numbered: { readonly pricing: Pricing; readonly sequence: number }
  /** As user writer. */
  readonly warehouse: Warehouse
  readonly log: Logger
  readonly clock: Clock
}): NumberedBooks {
  const { books, warehouse, log, clock } = options
  const stopping = new AbortController()
  const persist = createPersist({ log, clock, stopping: stopping.signal, onRetry: () => undefined })
  const { pricing: first, sequence } = options.numbered
  let current: NumberedBook = { book: first.book, sequence }
  let following: Promise<void> = Promise.resolve()

  async function take(pricing: Pricing): Promise<void> {
    // A newer one waits already.
    if (books.current() !== pricing) return
    const { book } = pricing
    const register = () => registerBook(warehouse, identityOf(pricing), book)
    const sequence = await persist('number the price book', register)
    current = { book, sequence }
    log.info(
      { price_book_version: book.hash, sequence },
      'events are priced with the new prices from here on',
    )
  }

  const follow = (pricing: Pricing): void => {
    following = following
      .then(() => take(pricing))
      .catch(error => {
        if (error instanceof LedgerError && error.code === 'stopping') return
        log.error({ err: error }, 'new prices have no number, and are not in force')
      })
  }

  return {
    current: () => current,
    async start() {
      books.onChange(follow)
      // What changed before anybody listened.
      if (books.current() !== first) follow(books.current())
    },
    async stop() {
      stopping.abort()
      await following
    },
  }
}
