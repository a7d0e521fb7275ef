// The aggregator as an object with start and stop. Timers only wake it; what is due is decided from the warehouse. The wake
// of every second is a plain loop: a calendar schedule would sleep for an hour when the clock is set back by one, and make up
// for a night of sleep second by second. node-cron is for what belongs to a time of day.

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import cron from 'node-cron'
import { HOUR_MS } from '#core/hours.ts'
import { abortable } from '#platform/abortable.ts'
import { ALONE, watchLeadership } from '#platform/leader-watch.ts'
import type { App } from '#platform/lifecycle.ts'
import { type Logger, rateLimited } from '#platform/log.ts'
import type { Registry } from '#platform/metrics.ts'
import type { Clock } from '#ports/clock.ts'
import type { Leadership } from '#ports/event-log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { checkConservation } from './conservation.ts'
import type { AggregatorContext } from './context.ts'
import { reconcileRecentHours } from './housekeeping.ts'
import { clearLeaderGauges, createAggregatorMetrics } from './metrics.ts'
import { wake } from './pipeline.ts'
import { dropExpiredDays } from './retention.ts'

export interface AggregatorOptions {
  /** As user aggregator. */
  readonly warehouse: Warehouse
  readonly log: Logger
  readonly registry: Registry
  readonly clock: Clock
  readonly topic: string
  readonly retentionDays: number
  /** Whether this aggregator works now; without it, it always does. */
  readonly leadership?: Leadership
}

/** What the scheduler says of itself (a wake took longer than a second) is of no use to an operator. */
const schedulerLog = (log: Logger) => ({
  info: (message: string) => log.debug(message),
  warn: (message: string) => log.debug(message),
  error: (message: string | Error) => log.debug({ err: message }, 'scheduler'),
  debug: (message: string | Error) => log.trace({ err: message }, 'scheduler'),
})

/** From the end of one wake to the next, ms. */
const PAUSE_MS = 1_000

const EVERY_TEN_MINUTES = '*/10 * * * *'
const EVERY_HOUR = '17 * * * *'

/** What is done once a day is due again after this long, ms: tried every hour, it then keeps its time of day. */
const ABOUT_A_DAY_MS = 23.5 * HOUR_MS

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
    longestSpan: 24,
    droppedBefore: undefined,
  }
}

export function createAggregator(options: AggregatorOptions): App & { readonly context: AggregatorContext } {
  const stopping = new AbortController()
  const context = createAggregatorContext({
    ...options,
    warehouse: abortable(options.warehouse, stopping.signal),
  })
  clearLeaderGauges(context.metrics)
  const complain = rateLimited(options.log, 30_000, options.clock)
  const quiet = schedulerLog(options.log)
  const stops: (() => Promise<void>)[] = []
  let lastHousekeeping = Number.NEGATIVE_INFINITY
  let keepHouse = async (): Promise<void> => undefined
  const leadership = watchLeadership(options.leadership ?? ALONE, {
    job: 'aggregator',
    log: options.log,
    registry: options.registry,
    // A laptop may never be on when the hour comes.
    onLead: () => void keepHouse(),
  })

  /** At every look, since work that was under way may have ended after the lead was lost. */
  function standBy(): void {
    clearLeaderGauges(context.metrics)
    // Read again by the next lead: another process may have moved it.
    context.watermark = 0
    context.watermarkAskedAt = 0
  }

  /** The leader's work. An error is counted and logged, and the work stays due. */
  async function attempt(job: () => Promise<unknown>): Promise<void> {
    if (stopping.signal.aborted) return
    if (!leadership.isLeader()) return standBy()
    try {
      await job()
    } catch (error) {
      if (stopping.signal.aborted) return
      context.metrics.failedWakes.inc()
      complain.warn('aggregator', { err: error }, 'a wake failed; the work stays due')
    }
  }

  async function wakeEverySecond(): Promise<void> {
    while (!stopping.signal.aborted) {
      await attempt(() => wake(context, options.topic))
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  /** Runs a job at its times of day, never twice at once. */
  function schedule(pattern: string, job: () => Promise<unknown>): () => Promise<void> {
    let working: Promise<void> = Promise.resolve()
    function run(): Promise<void> {
      working = working.then(() => attempt(job))
      return working
    }
    const task = cron.schedule(pattern, run, { noOverlap: true, logger: quiet, timezone: 'UTC' })
    stops.push(async () => {
      await task.destroy()
      await working
    })
    return run
  }

  async function housekeeping(): Promise<void> {
    if (performance.now() - lastHousekeeping < ABOUT_A_DAY_MS) return
    await reconcileRecentHours(context)
    await dropExpiredDays(context)
    lastHousekeeping = performance.now()
  }

  return {
    context,
    async start() {
      keepHouse = schedule(EVERY_HOUR, housekeeping)
      schedule(EVERY_TEN_MINUTES, () => checkConservation(context, stopping.signal))
      const waking = wakeEverySecond()
      stops.push(() => waking)
    },
    async stop() {
      stopping.abort()
      await Promise.all(stops.map(stop => stop()))
      await leadership.close()
    },
  }
}
