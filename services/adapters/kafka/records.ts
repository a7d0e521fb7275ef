// A message of kafkajs as a record of the log. A time that the log did not stamp must be known as such: what trusted it would
// count an event at another hour each time it is read, or refuse good ones of a producer whose clock is wrong.

import type { KafkaMessage } from 'kafkajs'
import type { LogRecord } from '#ports/event-log.ts'

/** https://kafka.apache.org/documentation/#recordbatch: bit 3 of a batch's attributes. kafkajs passes it on, untyped. */
interface WithBatch {
  readonly batchContext?: { readonly timestampType: number }
}
const LOG_APPEND_TIME = 1

const EARLIEST = Date.UTC(2020, 0, 1)

const EMPTY = Buffer.alloc(0)

/**
 * @param now when it was fetched, ms. A topic that does not stamp records itself has the producers' word for the time: where that
 * cannot be (none, before 2020, or later than now), this instant stands for it.
 */
export function recordOf(message: KafkaMessage, now: number): LogRecord {
  const told = Number(message.timestamp)
  const record = {
    offset: Number(message.offset),
    key: message.key === null ? '' : message.key.toString(),
    value: message.value ?? EMPTY,
  }
  const stamped = (message as WithBatch).batchContext?.timestampType === LOG_APPEND_TIME
  if (stamped) return { ...record, timestamp: told }
  if (told >= EARLIEST && told <= now) return { ...record, timestamp: told, takenBefore: now }
  return { ...record, timestamp: now, takenBefore: now, guessed: true }
}
