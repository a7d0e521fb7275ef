// The aggregator as an object with start and stop. node-cron only wakes it; what is due is decided from the warehouse.

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import cron, { type ScheduledTask } from 'node-cron'
import type { App } from '#platform/lifecycle.ts'
import { type Logger, rateLimited } from '#platform/log.ts'
import type { Registry } from '#platform/metrics.ts'
import type { Clock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { AggregatorContext } from './context.ts'
import { dropExpiredDays, reconcileRecentHours } from './housekeeping.ts'
import { createAggregatorMetrics } from './metrics.ts'
import { wake } from './pipeline.ts'

export interface AggregatorOptions {
  /** As user aggregator. */
  readonly warehouse: Warehouse
  readonly log: Logger
  readonly registry: Registry
  readonly clock: Clock
  readonly topic: string
  readonly retentionDays: number
}

/** What the scheduler says of itself (a wake took longer than a second) is of no use to an operator. */
const schedulerLog = (log: Logger) => ({
  info: (message: string) => log.debug(message),
  warn: (message: string) => log.debug(message),
  error: (message: string | Error) => log.debug({ err: message }, 'scheduler'),
  debug: (message: string | Error) => log.trace({ err: message }, 'scheduler'),
})

const EVERY_SECOND = '* * * * * *'
const DAILY = '17 3 * * *'

export function createAggregatorContext(options: AggregatorOptions): AggregatorContext {
  return {
    warehouse: options.warehouse,
    log: options.log,
    clock: options.clock,
    metrics: createAggregatorMetrics(options.registry),
    retentionDays: options.retentionDays,
    runner: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
    hours: new Map(),
    seenUntil: 0,
    watermark: 0,
    watermarkAskedAt: 0,
    settledBefore: 0,
  }
}

export function createAggregator(options: AggregatorOptions): App & { readonly context: AggregatorContext } {
  const context = createAggregatorContext(options)
  const complain = rateLimited(options.log, 30_000, options.clock)
  const quiet = schedulerLog(options.log)
  const tasks: ScheduledTask[] = []
  let working: Promise<void> = Promise.resolve()
  let stopping = false

  /** Runs a job alone; an error is counted and logged, and the work stays due. */
  function schedule(pattern: string, job: () => Promise<void>): void {
    const task = cron.schedule(
      pattern,
      () => {
        working = working.then(async () => {
          if (stopping) return
          try {
            await job()
          } catch (error) {
            context.metrics.failedWakes.inc()
            complain.warn('aggregator', { err: error }, 'a wake failed; the work stays due')
          }
        })
        return working
      },
      { noOverlap: true, logger: quiet, timezone: 'UTC' },
    )
    tasks.push(task)
  }

  return {
    context,
    async start() {
      schedule(EVERY_SECOND, () => wake(context, options.topic))
      schedule(DAILY, async () => {
        await reconcileRecentHours(context)
        await dropExpiredDays(context)
      })
    },
    async stop() {
      stopping = true
      for (const task of tasks) await task.destroy()
      await working
    },
  }
}
