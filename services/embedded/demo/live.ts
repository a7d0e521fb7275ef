// What happens in the demo from now on: the history goes on at its own pace, and beside it comes a stream of short calls that
// makes every page and query move. They are cheap ones: a few expensive calls a second would be a thousand times the
// history's spend.

import { setTimeout as sleep } from 'node:timers/promises'
import { startOfHour } from '#core/hours.ts'
import type { Clock } from '#ports/clock.ts'
import { type DemoEvent, eventsOf } from './call.ts'
import { FEATURES, type Feature, INTENT_ROUTER } from './features.ts'
import { createWorld, DEMO_SEED, eventsBetween } from './history.ts'
import { createRandom } from './random.ts'

const TICK_MS = 1_000

/** Short calls that are expected in a tick. */
const CALLS_PER_TICK = 1.5

const SHORT: readonly Feature[] = FEATURES.filter(feature => feature.name === INTENT_ROUTER).map(feature => ({
  ...feature,
  input: 140,
  output: 6,
}))

export interface LiveOptions {
  readonly clock: Clock
  /** The history was sent up to here, ms. */
  readonly since: number
  readonly signal: AbortSignal
  readonly seed?: number
  /** Default: real time. */
  readonly pause?: (ms: number) => Promise<unknown>
}

/** What happened in each second, where something did, until the signal aborts. */
export async function* demoLive(options: LiveOptions): AsyncGenerator<DemoEvent[]> {
  const { clock, signal, seed = DEMO_SEED } = options
  const { pause = ms => sleep(ms, undefined, { signal }).catch(() => {}) } = options
  const world = createWorld(seed, options.since)
  const random = createRandom(seed, 'live', options.since)
  let last = options.since
  for (;;) {
    await pause(TICK_MS)
    if (signal.aborted) return
    const now = clock.now()
    const events: DemoEvent[] = []
    for (let from = last; from < now; ) {
      const hour = startOfHour(from)
      const to = Math.min(now, hour + 3_600_000)
      events.push(...eventsBetween(world, hour, from, to))
      from = to
    }
    for (const feature of SHORT) {
      const calls = random.count(CALLS_PER_TICK)
      for (let i = 0; i < calls; i++) {
        const call = { id: `demo:live:${now}:${i}`, at: now, feature, user: world.pickUser(random) }
        events.push(...eventsOf(call, world.incidents, random))
      }
    }
    last = now
    if (events.length > 0) yield events
  }
}
