// What one event would cost, by the same steps that the ledger takes: read, normalise, price. Nothing is stored and any date
// is allowed.

import { type Refusal, refusalMessage } from '#core/errors.ts'
import { normaliseEvent } from '#core/normalise/index.ts'
import { priceEvent } from '#core/price.ts'
import type { PriceBook, Target } from '#core/price-book.ts'
import { findTarget } from '#core/price-select.ts'
import { inputTotal, outputTotal } from '#core/tokens.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import { priceOf } from '../answer/price.ts'
import type { Readable } from './body.ts'
import { asEstimate, ESTIMATE_WARNING } from './estimate.ts'

export interface QuoteOptions {
  readonly book: PriceBook
  /** ms: the time of an event that names none. */
  readonly now: number
  readonly strict: boolean
}

export type Quote =
  | { readonly kind: 'quoted'; readonly data: object; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly eventId: string }

export function quote(given: Readable, { book, now, strict }: QuoteOptions): Quote {
  if ('refusal' in given) return refused(given.refusal, '')
  const { event: value } = given
  const estimate = asEstimate(value)
  // An event without an id gets none that anybody sees: there is nothing to find later.
  const read = readJsonEvent(estimate ?? value, {
    receivedAt: now,
    newId: () => 'quote',
    strict,
    source: 'quote',
  })
  if (!read.ok) return refused(read.refusal, read.eventId)
  const { event, warnings } = read
  const normalised = normaliseEvent(event)
  if (normalised.kind !== 'ok') {
    return refused(normalised.kind === 'dead-letter' ? normalised.refusal : NOT_AN_EVENT, event.event_id)
  }
  const { event: usage } = normalised.value
  return {
    kind: 'quoted',
    data: {
      provider: usage.provider,
      occurred_at: new Date(usage.occurred_at).toISOString(),
      input_tokens: inputTotal(usage.tokens),
      output_tokens: outputTotal(usage.tokens),
      ...resolvedOf(findTarget(usage, book)),
      ...priceOf(priceEvent(normalised.value, book)),
    },
    warnings: [...warnings.map(warning => warning.message), ...(estimate ? [ESTIMATE_WARNING] : [])],
  }
}

/** Which model the names of the call lead to, and where it runs as far as they say. */
const resolvedOf = (target: Target | undefined) => ({
  resolved_model: target?.name ?? null,
  region_class: target?.geo ? `${target.regionClass}:${target.geo}` : (target?.regionClass ?? ''),
})

const NOT_AN_EVENT: Refusal = { code: 'not_an_object', field: '', got: '', expected: 'one usage event' }

const refused = (refusal: Refusal, eventId: string): Quote => ({
  kind: 'refused',
  code: refusal.code,
  message: refusalMessage(refusal),
  eventId,
})
