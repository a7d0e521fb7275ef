// Events that come in while questions are asked: real deliveries through the consumer's own steps, and the aggregator waking as
// it does, both in this process.

import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR_MS, MINUTE_MS, startOfDay, startOfHour, toSpans } from '#core/hours.ts'
import type { LogBatch } from '#ports/event-log.ts'
import { wake } from '../../services/aggregator/pipeline.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { settleDelivery } from '../../services/consumer/pipeline.ts'
import { prepare } from '../../services/consumer/prepare.ts'
import { createStepWorld } from '../consumer/context.ts'
import type { Cleanup } from '../support/engine.ts'
import { benchEvent } from './events.ts'
import type { World } from './queries-world.ts'

const SECOND_MS = 1_000
const LOG_ID = 'load'
const WINDOW_MS = 10 * MINUTE_MS

export interface Load {
  /** Events stored so far. */
  stored(): number
  /** Ends when the delivery and the wake that are under way are done, and leaves the world as it was. */
  stop(): Promise<void>
}

/** A delivery each second, of calls of the last ten minutes of the world. */
export async function startLoad(t: Cleanup, world: World, eventsPerSecond: number): Promise<Load> {
  const writer = world.warehouse('writer')
  const { context: step } = await createStepWorld(t, writer.insert)
  const context = { ...step, warehouse: writer, clock: { now: () => world.now } }
  const stopping = new AbortController()
  let stored = 0

  function delivery(): LogBatch {
    const records = Array.from({ length: eventsPerSecond }, (_, n) => {
      const i = stored + n
      const event = { ...benchEvent(i, world.now), occurred_at: world.now - 1 - (i % WINDOW_MS) }
      return { key: event.event_id, value: context.codec.encode(event), offset: i, timestamp: world.now }
    })
    const last = stored + eventsPerSecond - 1
    return { logId: LOG_ID, topic: 'llm.usage.v1', partition: 0, first: stored, last, records }
  }

  async function everySecond(work: () => Promise<void>): Promise<void> {
    while (!stopping.signal.aborted) {
      const began = performance.now()
      await work()
      const rest = Math.max(0, SECOND_MS - (performance.now() - began))
      await sleep(rest, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  const consuming = everySecond(async () => {
    await settleDelivery(context, await prepare(context, [delivery()]))
    stored += eventsPerSecond
  })
  const waking = everySecond(() => wake(world.aggregator, 'llm.usage.v1'))
  return {
    stored: () => stored,
    async stop() {
      stopping.abort()
      await Promise.all([consuming, waking])
      await forget(world)
    },
  }
}

/** A world that is kept must be the same one the next time. */
async function forget(world: World): Promise<void> {
  const from = startOfHour(world.now - WINDOW_MS)
  const to = startOfHour(world.now - 1) + HOUR_MS
  const settings = { mutations_sync: 1 }
  for (const day of new Set([from, to - 1].map(startOfDay))) {
    const partition = new Date(day).toISOString().slice(0, 10).replaceAll('-', '')
    await world
      .warehouse('writer')
      .command(`ALTER TABLE usage_events DELETE IN PARTITION ${partition} WHERE log_id = '${LOG_ID}'`, {
        settings,
      })
  }
  for (const span of toSpans(Array.from({ length: (to - from) / HOUR_MS }, (_, i) => from + i * HOUR_MS))) {
    await recomputeSpan(world.aggregator, span)
  }
}
