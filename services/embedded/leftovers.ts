// Moving from the log on disk to Kafka: what was accepted there and is not stored yet goes to the brokers. A kill in between
// repeats some of it, and what comes twice counts once.

import type { EmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import type { Logger } from '#platform/log.ts'
import type { EventLog, Subscription } from '#ports/event-log.ts'

const POLL = { maxRecords: 5_000, maxBytes: 8 * 1024 * 1024, waitMs: 1_000, lingerMs: 0 } as const

/** Where records go. Names may have been others while the log on disk was in use, so there are several of each. */
export interface Route {
  readonly topics: readonly string[]
  readonly groups: readonly string[]
  readonly to: string
}

export interface LeftoverOptions {
  readonly from: EmbeddedLog
  readonly to: EventLog
  readonly routes: readonly Route[]
  readonly log: Logger
  /** Ends the move between two batches; the next start goes on with it. */
  readonly signal: AbortSignal
}

/**
 * Appends to `to` what no group has committed in `from`, and commits it there; resolves with the number of records. Says which
 * topics it leaves alone because no route has them.
 */
export async function moveLeftovers({ from, to, routes, log, signal }: LeftoverOptions): Promise<number> {
  const everyGroup = routes.flatMap(({ groups }) => groups)
  let moved = 0
  for (const [topic, kept] of from.stats().records) {
    if (kept === 0) continue
    const route = routes.find(({ topics }) => topics.includes(topic))
    const { group, unread } = await furthestReader(from, topic, route?.groups ?? everyGroup)
    if (unread === 0) continue
    if (route) moved += await move({ from, topic, group, to, target: route.to, signal })
    else
      log.warn({ topic, records: unread }, 'the log on disk holds records of a topic that no setting names')
  }
  return moved
}

/** The group that has least left of a topic: the others were named later, or never read here. */
async function furthestReader(from: EmbeddedLog, topic: string, groups: readonly string[]) {
  let furthest = { group: '', unread: Number.POSITIVE_INFINITY }
  for (const group of groups) {
    const subscription = await from.subscribe({ group, topics: [topic] })
    const unread = await unreadBy(subscription, topic)
    await subscription.close()
    if (unread < furthest.unread) furthest = { group, unread }
  }
  return furthest
}

async function move(options: {
  readonly from: EmbeddedLog
  readonly topic: string
  readonly group: string
  readonly to: EventLog
  readonly target: string
  readonly signal: AbortSignal
}): Promise<number> {
  const { from, topic, group, to, target, signal } = options
  const subscription = await from.subscribe({ group, topics: [topic] })
  let moved = 0
  try {
    while ((await unreadBy(subscription, topic)) > 0) {
      for (const batch of await subscription.poll(POLL)) {
        signal.throwIfAborted()
        await to.append(target, batch.records)
        await subscription.commit([batch])
        moved += batch.records.length
      }
    }
    return moved
  } finally {
    await subscription.close()
  }
}

const unreadBy = async (subscription: Subscription, topic: string): Promise<number> =>
  (await subscription.progress(topic)).reduce((sum, { committed, end }) => sum + end - committed, 0)
