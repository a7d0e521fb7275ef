// What the collector's steps are given.

import type { UsageEventCodec } from '#platform/avro/codec.ts'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { EventLog } from '#ports/event-log.ts'
import type { CollectorMetrics } from './metrics.ts'

export interface CollectorContext {
  readonly eventLog: Pick<EventLog, 'append'>
  readonly codec: UsageEventCodec
  readonly topic: string
  readonly deadLetterTopic: string
  readonly retentionDays: number
  /** Raw events before this instant were dropped, ms. */
  readonly notBefore?: number
  readonly clock: Clock
  /** A UUIDv7: the event_id of an event that brings none, and of the letter of one that was refused. */
  readonly newEventId: (now: number) => string
  readonly log: Logger
  readonly metrics: CollectorMetrics
}
