// A stored event turned back into the event that was priced, so that its price can be shown line by line. Lines are not
// stored: they follow from the event and the book, and what is not the same book is not explained.

import { TOKEN_COLUMN } from '#core/columns.ts'
import { fromSqlTime } from '#core/hours.ts'
import { normaliseEvent } from '#core/normalise/index.ts'
import { priceEvent } from '#core/price.ts'
import type { PriceBook } from '#core/price-book.ts'
import { noTokens, TOKEN_BUCKETS } from '#core/tokens.ts'
import { EVENT_FIELDS, type EventField, type FieldKind, type UsageEvent } from '#core/usage-event.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'
import type { StoredEvent } from './answer/event-rows.ts'
import { amountOf, type PriceLine, priceLines } from './answer/price.ts'

export interface Explanation {
  /** Whether the lines below are known. */
  readonly explained: boolean
  /** Why they are not; '' where they are. */
  readonly reason: string
  readonly lines: readonly PriceLine[]
}

/** The price of a stored event line by line, if the book in force is the one that it was priced with. */
export function explainStored(row: StoredEvent, book: PriceBook): Explanation {
  const version = String(row['price_book_version'])
  if (version !== book.hash) {
    return unexplained(`priced with another price book (${version || 'unknown'}) than the one in force`)
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

const READ: Readonly<Partial<Record<FieldKind, (value: unknown) => unknown>>> = {
  count: Number,
  optional_count: value => (value === null ? null : Number(value)),
  time: value => fromSqlTime(String(value)),
  count_map: value =>
    Object.fromEntries(Object.entries(value as object).map(([key, count]) => [key, Number(count)])),
}

/** Fields of the event by their columns; what no column holds keeps its default. */
export function toUsageEvent(row: StoredEvent): UsageEvent {
  const fields = Object.keys(EVENT_FIELDS).filter((name): name is EventField => row[name] !== undefined)
  const event = Object.assign(
    defaultEvent(),
    Object.fromEntries(fields.map(name => [name, (READ[EVENT_FIELDS[name]] ?? (value => value))(row[name])])),
  )
  event.tokens = noTokens()
  for (const bucket of TOKEN_BUCKETS) event.tokens[bucket] = Number(row[TOKEN_COLUMN[bucket]])
  event.reported_cost = String(row['reported_cost_usd'] ?? '')
  return event
}
