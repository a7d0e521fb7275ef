// The dead letter of a record of the log. It is named by its position: the record that comes again is the same letter.

import { createDeadLetter, type DeadLetter, positionId } from '#core/dead-letter.ts'
import type { Refusal } from '#core/errors.ts'
import type { Placed } from './delivery.ts'

/** @param eventId as far as it could be read, else '' */
export function recordLetter(place: Placed, refusal: Refusal, eventId: string): DeadLetter {
  const { logId, topic, partition, record } = place
  const origin = { log_id: logId, topic, partition, offset: record.offset }
  return createDeadLetter({
    id: positionId(origin),
    refusal,
    stage: 'consumer',
    bytes: record.value,
    origin,
    eventId,
    refusedAt: record.timestamp,
  })
}
