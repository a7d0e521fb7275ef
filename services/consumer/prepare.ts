// Runs the record steps over what one poll brought. No I/O: it is done while the delivery before is still being stored.

import { createDeadLetter } from '#core/dead-letter.ts'
import { shown } from '#core/errors.ts'
import { deadLetter, type Outcome } from '#core/outcome.ts'
import { LIMITS } from '#core/usage-event.ts'
import type { LogBatch } from '#ports/event-log.ts'
import type { ConsumerContext } from './context.ts'
import type { Delivery, Placed, PricedEvent, Share } from './delivery.ts'
import { readRecord } from './pipeline.ts'

export function prepare(context: ConsumerContext, batches: readonly LogBatch[]): Delivery {
  const delivery: Delivery = { shares: [], events: [], letters: [] }
  for (const batch of batches) {
    const share = newShare(batch)
    if (!share) continue
    delivery.shares.push(share)
    context.metrics.read.inc(share.read)
    for (const record of batch.records) {
      const place = { logId: context.eventLog.id, topic: batch.topic, partition: batch.partition, record }
      take(context, delivery, share, place)
    }
  }
  return delivery
}

function newShare({ topic, partition, records }: LogBatch): Share | undefined {
  const first = records[0]
  const last = records.at(-1)
  if (!first || !last) return undefined
  return {
    range: { topic, partition, first: first.offset, last: last.offset },
    read: records.length,
    stored: 0,
    dead: 0,
    dropped: 0,
    hours: new Set(),
    newestLogTime: last.timestamp,
  }
}

function take(context: ConsumerContext, delivery: Delivery, share: Share, place: Placed): void {
  const outcome = readSafely(context, place)
  if (outcome.kind === 'ok') {
    delivery.events.push({ event: outcome.value, share })
  } else if (outcome.kind === 'drop') {
    share.dropped += 1
    context.metrics.dropped.inc({ reason: outcome.reason })
  } else {
    share.dead += 1
    context.metrics.deadLetters.inc({ reason: outcome.refusal.code })
    delivery.letters.push(
      createDeadLetter({
        refusal: outcome.refusal,
        stage: 'consumer',
        bytes: place.record.value,
        origin: {
          log_id: place.logId,
          topic: place.topic,
          partition: place.partition,
          offset: place.record.offset,
        },
        eventId: eventIdOf(context, place.record.value),
        refusedAt: place.record.timestamp,
      }),
    )
  }
}

/** A record that makes a step throw is a defect of ours; it must not take its neighbours with it. */
function readSafely(context: ConsumerContext, place: Placed): Outcome<PricedEvent> {
  try {
    return readRecord(context, place)
  } catch (error) {
    context.log.error(
      { err: error, topic: place.topic, partition: place.partition, offset: place.record.offset },
      'a step failed',
    )
    return deadLetter({ code: 'record_failed', field: '', got: shown(String(error)), expected: '' })
  }
}

/** The id of a refused event, as far as the record can be read at all. */
function eventIdOf(context: ConsumerContext, value: Uint8Array): string {
  const decoded = context.codec.decode(value)
  if (decoded.kind === 'avro') return decoded.event.event_id
  if (decoded.kind !== 'json') return ''
  const { event_id: id } = Object(decoded.value) as { event_id?: unknown }
  return typeof id === 'string' ? id.slice(0, LIMITS.event_id_bytes) : ''
}
