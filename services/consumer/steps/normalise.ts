// Brings the event into one form: disjoint buckets, the provider's one name, a time that can be counted.

import { checkOccurredAt } from '#core/accepted-times.ts'
import { type NormalisedEvent, normaliseEvent } from '#core/normalise/index.ts'
import { deadLetter, ok } from '#core/outcome.ts'
import { TOKEN_BUCKETS } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import type { Placed } from '../delivery.ts'
import type { RecordStep } from '../steps.ts'
import type { DecodedEvent } from './decode.ts'

export interface PlacedUsage {
  readonly normalised: NormalisedEvent
  /** Whether the producer filled buckets itself: those are never read again from its usage object. */
  readonly tokensGiven: boolean
  readonly place: Placed
}

export const normalise: RecordStep<DecodedEvent, PlacedUsage> = (context, { event, place }) => {
  // Against the log's clock, so that a replay gives the same answer; never against a producer's, which may be hours behind.
  const refusal = checkOccurredAt(event.occurred_at, {
    now: place.record.takenBefore ?? place.record.timestamp,
    retentionDays: context.retentionDays,
    notBefore: context.notBefore,
  })
  if (refusal) return deadLetter(refusal)
  const outcome = normaliseEvent(event)
  if (outcome.kind !== 'ok') return outcome
  return ok({ normalised: outcome.value, tokensGiven: hasOwnTokens(event), place })
}

const hasOwnTokens = ({ tokens }: UsageEvent): boolean => TOKEN_BUCKETS.some(bucket => tokens[bucket] > 0)
