// Brings the event into one form: disjoint buckets, the provider's one name, a time that can be counted.

import { checkOccurredAt } from '#core/accepted-times.ts'
import { type NormalisedEvent, normaliseEvent } from '#core/normalise/index.ts'
import { deadLetter, ok } from '#core/outcome.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import type { Placed } from '../delivery.ts'
import type { RecordStep } from '../steps.ts'

export const normalise: RecordStep<
  { event: UsageEvent; place: Placed },
  NormalisedEvent & { place: Placed }
> = (context, { event, place }) => {
  // Against the log's clock, so that a replay gives the same answer.
  const refusal = checkOccurredAt(event.occurred_at, {
    now: place.record.timestamp,
    retentionDays: context.retentionDays,
    notBefore: context.notBefore,
  })
  if (refusal) return deadLetter(refusal)
  const outcome = normaliseEvent(event)
  return outcome.kind === 'ok' ? ok({ ...outcome.value, place }) : outcome
}
