// What every step of the aggregator is given.

import type { HourState } from '#core/dirty-hours.ts'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { AggregatorMetrics } from './metrics.ts'

export interface AggregatorContext {
  readonly warehouse: Warehouse
  readonly log: Logger
  readonly clock: Clock
  readonly metrics: AggregatorMetrics
  readonly retentionDays: number
  /** Names this process in rollup_runs. */
  readonly runner: string
  /** What this process knows of hours; rebuilt from the warehouse at start. */
  readonly hours: Map<number, HourState>
  /** Rows of the bookkeeping tables up to this instant of the warehouse's clock were read; 0 at start. */
  seenUntil: number
  /** Everything that the log took before this instant is stored, ms; 0 while unknown. */
  watermark: number
  /** When the heartbeats were last read, by the warehouse's clock, ms. */
  watermarkAskedAt: number
  /** Hours before this one have their closing total written, ms. */
  settledBefore: number
  /** Hours in one statement, at most; fewer after a span turned out to be too much. */
  longestSpan: number
  /** Raw events before this instant were dropped, ms; undefined until it was read. */
  droppedBefore: number | undefined
}
