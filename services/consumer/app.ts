// The consumer as an object with start and stop: two loops over the log (events, dead letters) and a heartbeat.

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { LedgerError } from '#core/errors.ts'
import { abortable } from '#platform/abortable.ts'
import type { UsageEventCodec } from '#platform/avro/codec.ts'
import type { App } from '#platform/lifecycle.ts'
import { type Logger, rateLimited } from '#platform/log.ts'
import type { Registry } from '#platform/metrics.ts'
import { createOutage } from '#platform/outage.ts'
import { waitFor } from '#platform/wait-for.ts'
import type { Clock } from '#ports/clock.ts'
import type { EventLog, LogBatch, Subscription } from '#ports/event-log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { ConsumerContext, NumberedBook } from './context.ts'
import { copyDeadLetters } from './dead-letter-copy.ts'
import type { Delivery } from './delivery.ts'
import { createConsumerMetrics } from './metrics.ts'
import { createPersist } from './persist.ts'
import { settleDelivery } from './pipeline.ts'
import { prepare } from './prepare.ts'
import { createProgressReport } from './progress.ts'

export interface ConsumerOptions {
  readonly eventLog: EventLog
  /** As user writer. */
  readonly warehouse: Warehouse
  readonly codec: UsageEventCodec
  readonly pricing: () => NumberedBook
  readonly topic: string
  readonly deadLetterTopic: string
  readonly group: string
  readonly retentionDays: number
  /** Raw events before this instant were dropped, ms. */
  readonly notBefore?: number
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

/**
 * Large inserts are cheap and small ones are not: a delivery takes what waits, up to this much, and lingers a little for more.
 * Two deliveries are held at most, so this is what bounds memory; the linger is part of the two seconds in which an event is
 * to be visible.
 */
const POLL = { maxRecords: 25_000, maxBytes: 16 * 1024 * 1024, waitMs: 1_000, lingerMs: 250 } as const

const HEARTBEAT_MS = 15_000

/** How long a stop lets statements finish, ms; what they would have stored comes again. */
const STOP_GRACE_MS = 8_000

export function createConsumer(options: ConsumerOptions): App {
  const { log, clock, eventLog } = options
  const consumer = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`
  const metrics = createConsumerMetrics(options.registry)
  const stopping = new AbortController()
  const givenUp = new AbortController()
  const warehouse = abortable(options.warehouse, givenUp.signal)
  const complain = rateLimited(log, 30_000, clock)
  const subscriptions: Subscription[] = []
  let running: Promise<unknown> = Promise.resolve()
  let heartbeat: NodeJS.Timeout | undefined

  const persist = createPersist({
    log,
    clock,
    stopping: stopping.signal,
    onRetry: action => metrics.retries.inc({ action }),
  })

  async function contextFor(group: string, topic: string, signal: AbortSignal): Promise<ConsumerContext> {
    const join = () => eventLog.subscribe({ group, topics: [topic] })
    const subscription = await waitFor(`consumer group ${group}`, join, { log, signal, clock })
    subscriptions.push(subscription)
    return { ...options, warehouse, subscription, metrics, persist, complain }
  }

  async function settle(context: ConsumerContext, delivery: Delivery): Promise<void> {
    const done = metrics.settleSeconds.startTimer()
    metrics.batchRows.observe(delivery.events.length)
    await settleDelivery(context, delivery)
    done()
    for (const share of delivery.shares) metrics.stored.inc(share.stored)
  }

  /** Prepares one delivery while the one before is being stored; more than that is never held. */
  async function consumeEvents(context: ConsumerContext): Promise<void> {
    let settling: Promise<void> = Promise.resolve()
    let failed: (error: unknown) => void = () => undefined
    const failure = new Promise<never>((_, reject) => {
      failed = reject
    })
    const polling = eachPoll(context, async batches => {
      const delivery = await prepare(context, batches)
      await settling
      settling = settle(context, delivery)
      settling.catch(failed)
    })
    await Promise.race([polling, failure])
    await settling
  }

  async function eachPoll(
    context: ConsumerContext,
    handle: (batches: LogBatch[]) => Promise<void>,
  ): Promise<void> {
    while (!stopping.signal.aborted) {
      const batches = await persist('read the log', () => context.subscription.poll(POLL))
      if (batches.length > 0) await handle(batches)
    }
  }

  /** Ends quietly when the service stops. Anything else is a defect: left unhandled, it ends the process, which restarts clean. */
  const loop = (work: Promise<void>): Promise<void> =>
    work.catch(error => {
      if (error instanceof LedgerError && error.code === 'stopping') return
      log.fatal({ err: error }, 'the consumer ended with an error')
      throw error
    })

  return {
    async start(signal = stopping.signal) {
      const events = await contextFor(options.group, options.topic, signal)
      const letters = await contextFor(`${options.group}-dead`, options.deadLetterTopic, signal)
      const progress = createProgressReport(events, { consumer, topic: options.topic })
      const says = { began: 'cannot report progress at the moment', over: 'can report progress again' }
      const outage = createOutage(says, log, clock)
      const report = () => progress.report().then(outage.over, outage.began)
      await report()
      heartbeat = setInterval(report, HEARTBEAT_MS)
      running = Promise.all([
        loop(consumeEvents(events)),
        loop(eachPoll(letters, batches => copyDeadLetters(letters, batches))),
      ])
    },

    async stop() {
      clearInterval(heartbeat)
      stopping.abort()
      const timer = setTimeout(() => givenUp.abort(), STOP_GRACE_MS)
      await running
      clearTimeout(timer)
      await Promise.all(subscriptions.map(subscription => subscription.close()))
    },
  }
}
