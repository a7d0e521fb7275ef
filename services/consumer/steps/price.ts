// Decides what the call cost, or why nobody knows, and with which version the row competes with its copies.

import { effectiveReceivedAt, eventVersion } from '#core/identity.ts'
import { ok } from '#core/outcome.ts'
import { priceEvent } from '#core/price.ts'
import type { PricedEvent } from '../delivery.ts'
import type { RecordStep } from '../steps.ts'
import type { PlacedUsage } from './normalise.ts'

export const price: RecordStep<PlacedUsage, PricedEvent> = (context, { normalised, tokensGiven, place }) => {
  const { book, sequence } = context.pricing()
  const { event } = normalised
  const receivedAt = effectiveReceivedAt(event.received_at, place.record.timestamp)
  return ok({
    place,
    event,
    tokensGiven,
    cost: priceEvent(normalised, book),
    receivedAt,
    version: eventVersion({ usageSource: event.usage_source, bookSequence: sequence, receivedAt }),
  })
}
