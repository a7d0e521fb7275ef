// What one poll brought, on its way into the warehouse: the rows, the refused, and per partition the sums that must add up.

import type { DeadLetter } from '#core/dead-letter.ts'
import { touchedHours } from '#core/hours.ts'
import type { NormalisedEvent } from '#core/normalise/index.ts'
import type { EventCost } from '#core/price.ts'
import type { LogBatch, LogRecord, OffsetRange } from '#ports/event-log.ts'

/** A record with the place where it stands. */
export interface Placed {
  readonly logId: string
  readonly topic: string
  readonly partition: number
  readonly record: LogRecord
}

/** An event ready to be stored. */
export interface PricedEvent extends NormalisedEvent {
  readonly place: Placed
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

export interface Delivery {
  readonly shares: Share[]
  /** Each event with the share that it counts in. */
  readonly events: { readonly event: PricedEvent; readonly share: Share }[]
  readonly letters: DeadLetter[]
}

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

export function countStored(share: Share, event: PricedEvent): void {
  share.stored += 1
  for (const hour of touchedHours(event.event.occurred_at)) share.hours.add(hour)
}
