// Decides what the call cost, or why nobody knows, and with which version the row competes with its copies.

import { effectiveReceivedAt, eventVersion } from '#core/identity.ts'
import type { NormalisedEvent } from '#core/normalise/index.ts'
import { ok } from '#core/outcome.ts'
import { priceEvent } from '#core/price.ts'
import type { Placed, PricedEvent } from '../delivery.ts'
import type { RecordStep } from '../steps.ts'

export const price: RecordStep<NormalisedEvent & { place: Placed }, PricedEvent> = (context, normalised) => {
  const { book, sequence } = context.pricing
  const receivedAt = effectiveReceivedAt(normalised.event.received_at, normalised.place.record.timestamp)
  const cost = priceEvent(normalised, book)
  context.metrics.priced.inc({ status: cost.status })
  return ok({
    ...normalised,
    cost,
    receivedAt,
    version: eventVersion({ usageSource: normalised.event.usage_source, bookSequence: sequence, receivedAt }),
  })
}
