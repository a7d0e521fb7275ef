// Moving from the log on disk to Kafka: what was accepted there and is not stored yet goes to the brokers. A kill in between
// repeats some of it, and what comes twice counts once.

import type { EventLog, Subscription } from '#ports/event-log.ts'

const POLL = { maxRecords: 5_000, maxBytes: 8 * 1024 * 1024, waitMs: 1_000, lingerMs: 0 } as const

export interface LeftoverOptions {
  readonly from: EventLog
  readonly to: EventLog
  /** Each with the group that has read it so far. */
  readonly topics: readonly { readonly topic: string; readonly group: string }[]
}

/** Appends to `to` what the groups have not committed in `from`, and commits it there; resolves with the number of records. */
export async function moveLeftovers({ from, to, topics }: LeftoverOptions): Promise<number> {
  let moved = 0
  for (const { topic, group } of topics) {
    const subscription = await from.subscribe({ group, topics: [topic] })
    try {
      while (await hasMore(subscription, topic)) {
        for (const batch of await subscription.poll(POLL)) {
          await to.append(topic, batch.records)
          await subscription.commit([batch])
          moved += batch.records.length
        }
      }
    } finally {
      await subscription.close()
    }
  }
  return moved
}

const hasMore = async (subscription: Subscription, topic: string): Promise<boolean> =>
  (await subscription.progress(topic)).some(({ committed, end }) => committed < end)
