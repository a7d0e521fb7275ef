// From bytes to a usage event, whichever of the accepted forms it came in.

import type { Refusal } from '#core/errors.ts'
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
  // The position, so that a replay makes the same event of it.
  const ownId = `log:${logId}:${topic}:${partition}:${record.offset}`
  const read = readJsonEvent(decoded.value, {
    strict: false,
    receivedAt: record.timestamp,
    source: 'log',
    newId: () => ownId,
  })
  if (!read.ok) return deadLetter(read.refusal)
  const untimed = read.event.event_id === ownId && !Object.hasOwn(Object(decoded.value), 'occurred_at')
  return record.guessed && untimed ? deadLetter(NO_TIME) : ok({ event: read.event, place })
}

/** Its time would be that of the read, so a replay would count it again in another hour. */
const NO_TIME: Refusal = {
  code: 'missing_occurred_at',
  field: 'occurred_at',
  got: '',
  expected: 'occurred_at: this topic does not say when it took a record',
}
