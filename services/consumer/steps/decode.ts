// From bytes to a usage event, whichever of the accepted forms it came in.

import { deadLetter, type Outcome, ok } from '#core/outcome.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import type { Placed } from '../delivery.ts'
import type { RecordStep } from '../steps.ts'
import type { Guarded } from './guard.ts'

export interface DecodedEvent {
  readonly event: UsageEvent
  readonly place: Placed
}

export const decode: RecordStep<Guarded, DecodedEvent> = (
  context,
  { place, frame },
): Outcome<DecodedEvent> => {
  const decoded = context.codec.read(place.record.value, frame)
  if (decoded.kind === 'refused') return deadLetter(decoded.refusal)
  if (decoded.kind === 'avro') return ok({ event: decoded.event, place })
  const { record, logId, topic, partition } = place
  const read = readJsonEvent(decoded.value, {
    strict: false,
    receivedAt: record.timestamp,
    source: 'log',
    // The position, so that a replay makes the same event of it.
    newId: () => `log:${logId}:${topic}:${partition}:${record.offset}`,
  })
  return read.ok ? ok({ event: read.event, place }) : deadLetter(read.refusal)
}
