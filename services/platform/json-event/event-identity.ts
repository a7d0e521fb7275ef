// Which event a JSON event is, and when it happened. A retry must come out as the same event: what brings an id must bring its
// time, or a retry in the next hour would be counted again there.

import type { Refusal } from '#core/errors.ts'
import { isUuidV7, responseEventId, uuidV7Time } from '#core/identity.ts'
import type { JsonEvent } from './event-schema.ts'
import { readTime } from './event-time.ts'

export interface Identity {
  readonly event_id: string
  /** ms since 1970. */
  readonly occurred_at: number
}

export interface Stamps {
  /** When the event arrived, ms since 1970. */
  readonly receivedAt: number
  /** Makes an id for an event that brings none. */
  readonly newId: () => string
}

export function identify(json: JsonEvent, stamps: Stamps): Identity | Refusal {
  const time = json.occurred_at === undefined ? undefined : readTime('occurred_at', json.occurred_at)
  if (typeof time === 'object') return time

  if (typeof json.event_id === 'string') {
    const occurredAt = time ?? (isUuidV7(json.event_id) ? uuidV7Time(json.event_id) : undefined)
    return occurredAt === undefined ? MISSING_TIME : { event_id: json.event_id, occurred_at: occurredAt }
  }
  if (json.response_id) {
    const eventId = responseEventId(json.provider ?? '', json.response_id)
    return time === undefined ? MISSING_TIME : { event_id: eventId, occurred_at: time }
  }
  return { event_id: stamps.newId(), occurred_at: time ?? stamps.receivedAt }
}

const MISSING_TIME: Refusal = {
  code: 'missing_occurred_at',
  field: 'occurred_at',
  got: '',
  expected: 'the time of the request, the same in every retry',
}
