// Events of the demo as the ledger reads and prices them, one by one: no warehouse, no sums.

import assert from 'node:assert/strict'
import { normaliseEvent } from '#core/normalise/index.ts'
import { type EventCost, priceEvent } from '#core/price.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import type { DemoEvent } from '../../../services/embedded/demo/call.ts'

/** As the ledger reads and prices it. */
export interface Priced {
  readonly event: DemoEvent
  readonly at: number
  readonly cost: EventCost
  readonly inputTokens: number
  readonly outputTokens: number
}

/** @param now ms, when they arrive */
export async function price(events: readonly DemoEvent[], now: number): Promise<Priced[]> {
  const book = await loadPriceBook()
  return events.map(event => {
    const read = readJsonEvent(event, { receivedAt: now, newId: () => '', strict: true, source: 'http' })
    if (!read.ok) assert.fail(`${event.event_id}: ${JSON.stringify(read.refusal)}`)
    const normalised = normaliseEvent(read.event)
    if (normalised.kind !== 'ok' || !normalised.value.consistent) assert.fail(event.event_id)
    const { value } = normalised
    const { input, cache_read, cache_write_5m, output, reasoning } = value.event.tokens
    return {
      event,
      at: Date.parse(event.occurred_at),
      cost: priceEvent(value, book),
      inputTokens: input + cache_read + cache_write_5m,
      outputTokens: output + reasoning,
    }
  })
}
