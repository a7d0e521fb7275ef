// Runs the record steps over what one poll brought and writes the rows. No I/O: it is done while the delivery before is still
// being stored.

import { shown } from '#core/errors.ts'
import { deadLetter, type Outcome } from '#core/outcome.ts'
import { LIMITS } from '#core/usage-event.ts'
import type { LogBatch } from '#ports/event-log.ts'
import { createBreath } from './breath.ts'
import type { ConsumerContext } from './context.ts'
import {
  type Delivery,
  newDelivery,
  newShare,
  type Placed,
  type PricedEvent,
  type Share,
} from './delivery.ts'
import { readRecord } from './pipeline.ts'
import { recordLetter } from './record-letter.ts'
import type { RowWriter } from './row-binary.ts'
import { writeRow } from './usage-row.ts'

export async function prepare(context: ConsumerContext, batches: readonly LogBatch[]): Promise<Delivery> {
  const breath = createBreath()
  const delivery = newDelivery()
  for (const batch of batches) {
    const share = newShare(batch)
    delivery.shares.push(share)
    context.metrics.read.inc(share.read)
    for (const record of batch.records) {
      const place = { logId: batch.logId, topic: batch.topic, partition: batch.partition, record }
      take(context, delivery, share, place)
      const pause = breath()
      if (pause) await pause
    }
  }
  for (const [status, events] of delivery.priced) context.metrics.priced.inc({ status }, events)
  return delivery
}

function take(context: ConsumerContext, delivery: Delivery, share: Share, place: Placed): void {
  const { rows } = delivery
  const start = rows.size()
  const outcome = readSafely(context, rows, place)
  if (outcome.kind === 'ok') {
    addEvent(delivery, share, outcome.value, start)
  } else if (outcome.kind === 'drop') {
    share.dropped += 1
    context.metrics.dropped.inc({ reason: outcome.reason })
  } else {
    share.dead += 1
    context.metrics.deadLetters.inc({ reason: outcome.refusal.code })
    const eventId = eventIdOf(context, place.record.value)
    delivery.letters.push(recordLetter(place, outcome.refusal, eventId))
  }
}

/** @param start where the event's row begins; it ends where the rows end. */
function addEvent(
  delivery: Delivery,
  share: Share,
  { event, place, cost }: PricedEvent,
  start: number,
): void {
  const { event_id: eventId, occurred_at: occurredAt } = event
  delivery.events.push({ place, share, eventId, occurredAt, start, end: delivery.rows.size() })
  delivery.priced.set(cost.status, (delivery.priced.get(cost.status) ?? 0) + 1)
}

/** A record that makes a step throw is a defect of ours; it must not take its neighbours with it. */
function readSafely(context: ConsumerContext, rows: RowWriter, place: Placed): Outcome<PricedEvent> {
  const before = rows.size()
  try {
    const outcome = readRecord(context, place)
    if (outcome.kind === 'ok') writeRow(rows, outcome.value)
    return outcome
  } catch (error) {
    rows.cut(before)
    context.complain.error(
      'record failed',
      { err: error, topic: place.topic, partition: place.partition, offset: place.record.offset },
      'a step failed',
    )
    return deadLetter({ code: 'record_failed', field: '', got: shown(String(error)), expected: '' })
  }
}

/** The id of a refused event, as far as the record can be read at all: what made a step throw may well do so here again. */
function eventIdOf(context: ConsumerContext, value: Uint8Array): string {
  try {
    const decoded = context.codec.decode(value)
    if (decoded.kind === 'avro') return decoded.event.event_id
    if (decoded.kind !== 'json') return ''
    const { event_id: id } = Object(decoded.value) as { event_id?: unknown }
    return typeof id === 'string' ? id.slice(0, LIMITS.event_id_bytes) : ''
  } catch {
    return ''
  }
}
