// Repricing as a part of the consumer: the whole retention once after a book changed, then every minute the hours that were
// touched meanwhile, which is how a rolling deploy ends with one price for everything. It works in pauses of the machine: a
// consumer that falls behind because of it would be worse than an old price.

import { setTimeout as sleep } from 'node:timers/promises'
import { oldestAccepted } from '#core/accepted-times.ts'
import { fromSqlTime, HOUR_MS } from '#core/hours.ts'
import { abortable } from '#platform/abortable.ts'
import { readDroppedBefore } from '#platform/dropped-before.ts'
import type { App } from '#platform/lifecycle.ts'
import { type Logger, rateLimited } from '#platform/log.ts'
import { serverNow } from '#platform/server-clock.ts'
import type { Clock } from '#ports/clock.ts'
import type { Leadership } from '#ports/event-log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { NumberedBook } from '../context.ts'
import { findNewest } from './newest-book.ts'
import { reprice, touchedSince } from './reprice.ts'
import { healRuns } from './runs.ts'
import type { RepriceContext, RepriceScope } from './scope.ts'

export interface RepricerOptions {
  /** As user writer. */
  readonly warehouse: Warehouse
  /** The book in force with its number; asked at each look. */
  readonly pricing: () => NumberedBook
  readonly retentionDays: number
  readonly leadership: Leadership
  readonly newRunId: () => string
  readonly clock: Clock
  readonly log: Logger
  /** Between two looks, ms; default a minute. */
  readonly everyMs?: number
}

const EVERY_MS = 60_000

/** Until a new book is noticed, ms. */
const NOTICE_MS = 1_000

/** Rests as long as the last slice took, and at least this long, ms. */
const SHORTEST_PAUSE_MS = 50

export function createRepricer(options: RepricerOptions): App {
  const { log, clock, everyMs = EVERY_MS } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const warehouse = abortable(options.warehouse, signal)
  const complain = rateLimited(log, 30_000, clock)
  const rest = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined)
  /** Up to where everything was looked at under this number, ms of the warehouse's clock. */
  let done = { sequence: 0, until: 0 }
  let outdated = false
  let running: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    const context: RepriceContext = { warehouse, pricing: options.pricing(), log }
    const newest = await isNewest(context)
    if (!newest && !outdated) {
      log.warn('other prices were registered after those of this process; it leaves stored events alone')
    }
    outdated = !newest
    if (outdated) return
    await healRuns(context)
    const { sequence } = context.pricing
    if (done.sequence !== sequence) done = { sequence, until: await doneUntil(context) }
    const began = await serverNow(warehouse)
    const hours = done.until === 0 ? undefined : await touchedSince(context, done.until)
    if (hours?.size !== 0) await run(context, began, hours)
    if (!signal.aborted) done = { sequence, until: began }
  }

  async function run(context: RepriceContext, now: number, hours: Set<number> | undefined): Promise<void> {
    const notBefore = await readDroppedBefore(warehouse)
    const from = oldestAccepted({ now, retentionDays: options.retentionDays, notBefore })
    const scope: RepriceScope = { from, to: now + 2 * HOUR_MS }
    const pause = (workMs: number) => rest(Math.max(SHORTEST_PAUSE_MS, workMs))
    const inFull = { ...context, warehouse: options.warehouse }
    const report = await reprice(inFull, options.newRunId(), scope, { by: 'service', pause, signal }, hours)
    const { events, unpricedBefore, unpricedAfter } = report.total
    if (events === 0) return
    const fields = { events, unpriced_before: unpricedBefore, unpriced_after: unpricedAfter }
    log.info(fields, 'repriced events with the book in force')
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      const { sequence } = options.pricing()
      try {
        if (options.leadership.isLeader()) await look()
      } catch (error) {
        if (!signal.aborted) {
          complain.warn(
            'repricing',
            { err: error },
            'repricing was interrupted; it goes on with the next look',
          )
        }
      }
      await untilNextLook(sequence)
    }
  }

  /** A new book does not wait for its turn. */
  async function untilNextLook(sequence: number): Promise<void> {
    const due = performance.now() + everyMs
    while (!signal.aborted && performance.now() < due && options.pricing().sequence === sequence) {
      await rest(Math.min(everyMs, NOTICE_MS))
    }
  }

  return {
    async start() {
      running = loop()
    },
    async stop() {
      stopping.abort()
      await running
      await options.leadership.close()
    },
  }
}

/** Who prices with an older book leaves the past alone: it would lose anyway. */
async function isNewest({ warehouse, pricing }: RepriceContext): Promise<boolean> {
  return (await findNewest(warehouse))?.sequence === pricing.sequence
}

/** When the last finished run over everything under this number began, ms; 0 if there was none. */
async function doneUntil({ warehouse, pricing }: RepriceContext): Promise<number> {
  const [row] = await warehouse.query<{ began: string }>(
    `SELECT max(began) AS began FROM
(
  SELECT min(r.at) AS began FROM reprice_runs AS r
  WHERE r.sequence = {sequence:UInt32} AND r.started_by = 'service'
  GROUP BY r.run_id HAVING argMin(r.state, r.at) = 'started' AND argMax(r.state, r.at) = 'finished'
)`,
    { params: { sequence: pricing.sequence } },
  )
  return row ? Math.max(0, fromSqlTime(row.began)) : 0
}
