// What every step of the consumer is given.

import type { PriceBook } from '#core/price-book.ts'
import type { UsageEventCodec } from '#platform/avro/codec.ts'
import type { Logger, RateLimitedLog } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { EventLog, Subscription } from '#ports/event-log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { ConsumerMetrics } from './metrics.ts'

/** A price book with the sequence number that the warehouse gave it. */
export interface NumberedBook {
  readonly book: PriceBook
  readonly sequence: number
}

export interface ConsumerContext {
  readonly eventLog: EventLog
  readonly subscription: Subscription
  readonly warehouse: Warehouse
  readonly codec: UsageEventCodec
  /** Asked for each event: own prices may change while it runs. */
  readonly pricing: () => NumberedBook
  readonly deadLetterTopic: string
  readonly retentionDays: number
  /** Raw events before this instant were dropped, ms. */
  readonly notBefore?: number
  readonly clock: Clock
  readonly log: Logger
  /** For what may happen with every record. */
  readonly complain: RateLimitedLog
  readonly metrics: ConsumerMetrics
  /** Repeats an action until it succeeds; rejects only when the service stops. */
  readonly persist: Persist
}

/** @param what names the action in the log: "insert rows" */
export type Persist = <T>(what: string, action: () => Promise<T>) => Promise<T>
