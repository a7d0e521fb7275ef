// The price of a stored event line by line. Lines are not stored: they follow from the event and the book, and what is not the
// same book is not explained.

import { normaliseEvent } from '#core/normalise/index.ts'
import { priceEvent } from '#core/price.ts'
import type { PriceBook } from '#core/price-book.ts'
import { toUsageEvent } from '#platform/stored-event.ts'
import type { StoredEvent } from './answer/event-rows.ts'
import { amountOf, type PriceLine, priceLines } from './answer/price.ts'

export interface Explanation {
  /** Whether the lines below are known. */
  readonly explained: boolean
  /** Why they are not; '' where they are. */
  readonly reason: string
  readonly lines: readonly PriceLine[]
}

/** The price of a stored event line by line, by the book that it was priced with. */
export function explainStored(row: StoredEvent, book: PriceBook | undefined): Explanation {
  if (book === undefined) {
    const version = String(row['price_book_version'])
    return unexplained(`priced with a price book (${version || 'unknown'}) that is no longer kept`)
  }
  const normalised = normaliseEvent(toUsageEvent(row))
  if (normalised.kind !== 'ok') return unexplained('its usage is no longer readable')
  const cost = priceEvent(normalised.value, book)
  if (amountOf(cost.costUsd) !== row['cost_usd']) {
    return unexplained('priced with other rules of reading usage than those in force')
  }
  return { explained: true, reason: '', lines: priceLines(cost) }
}

const unexplained = (reason: string): Explanation => ({ explained: false, reason, lines: [] })
