// What one poll brought, on its way into the warehouse: the rows, the refused, and per partition the sums that must add up.

import type { DeadLetter } from '#core/dead-letter.ts'
import { touchedHours } from '#core/hours.ts'
import type { CostStatus, EventCost } from '#core/price.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import type { LogBatch, LogRecord, OffsetRange } from '#ports/event-log.ts'
import { createRowWriter, type RowWriter } from './row-binary.ts'

/** A record with the place where it stands. */
export interface Placed {
  readonly logId: string
  readonly topic: string
  readonly partition: number
  readonly record: LogRecord
}

/** An event of which all is known that its row says. */
export interface PricedEvent {
  readonly place: Placed
  /** Normalised. */
  readonly event: UsageEvent
  /** Whether its producer filled buckets or units itself. */
  readonly tokensGiven: boolean
  readonly cost: EventCost
  readonly version: bigint
  /** The received_at that stands in the version, ms. */
  readonly receivedAt: number
}

/** One partition's share: becomes one row of ingest_batches. read = stored + dead + dropped. */
export interface Share {
  readonly range: Required<OffsetRange>
  readonly read: number
  stored: number
  dead: number
  dropped: number
  readonly hours: Set<number>
  newestLogTime: number
}

/**
 * What is kept of an event once its row is written. The event itself is not: tens of thousands of them would live until the
 * delivery is stored, and collecting that garbage costs more than writing the rows.
 */
export interface WrittenEvent {
  readonly place: Placed
  /** The share that it counts in. */
  readonly share: Share
  readonly eventId: string
  /** ms */
  readonly occurredAt: number
  /** Where its row stands in the delivery's rows. */
  readonly start: number
  readonly end: number
}

export interface Delivery {
  readonly shares: Share[]
  /** The rows of `events`, one after the other. */
  readonly rows: RowWriter
  readonly events: WrittenEvent[]
  /** How many events have each cost status. */
  readonly priced: Map<CostStatus, number>
  readonly letters: DeadLetter[]
}

export const newDelivery = (): Delivery => ({
  shares: [],
  rows: createRowWriter(),
  events: [],
  priced: new Map(),
  letters: [],
})

/** The share of a batch that nothing was done with yet. */
export const newShare = ({ logId, topic, partition, first, last, records }: LogBatch): Share => ({
  range: { logId, topic, partition, first, last },
  read: records.length,
  stored: 0,
  dead: 0,
  dropped: 0,
  hours: new Set(),
  newestLogTime: records.at(-1)?.timestamp ?? 0,
})

export function countStored({ share, occurredAt }: WrittenEvent): void {
  share.stored += 1
  for (const hour of touchedHours(occurredAt)) share.hours.add(hour)
}
