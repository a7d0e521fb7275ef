// Thirty days of a company that ships LLM features, up to now. Every hour is made from its own seed, so the same hour holds
// the same events in every window: a second start of the demo on the same directory doubles nothing.

import { DAY_MS, HOUR_MS, startOfHour } from '#core/hours.ts'
import { QUARTER_MS } from '#core/periods.ts'
import { type DemoEvent, eventsOf } from './call.ts'
import { createCustomers } from './customers.ts'
import { expectedCalls, FEATURES } from './features.ts'
import { type Incidents, incidentsBefore } from './incidents.ts'
import { loopEvents } from './loop.ts'
import { createRandom } from './random.ts'

export const DEMO_SEED = 2026

/** Where answers about the last thirty days begin: the period before them is empty. */
export const historyStart = (now: number): number =>
  Math.floor(now / QUARTER_MS) * QUARTER_MS + QUARTER_MS - 30 * DAY_MS

export interface World {
  readonly seed: number
  readonly incidents: Incidents
  readonly pickUser: ReturnType<typeof createCustomers>
}

export const createWorld = (seed: number, now: number): World => ({
  seed,
  incidents: incidentsBefore(now),
  pickUser: createCustomers(seed),
})

/**
 * About 60,000 events of the thirty days before `now`, in order of time.
 * @param options.now ms
 */
export async function* demoHistory(options: {
  readonly now: number
  readonly seed?: number
}): AsyncGenerator<DemoEvent> {
  const { now, seed = DEMO_SEED } = options
  const world = createWorld(seed, now)
  const first = historyStart(now)
  for (let hour = startOfHour(first); hour < now; hour += HOUR_MS) {
    yield* eventsBetween(world, hour, Math.max(hour, first), Math.min(hour + HOUR_MS, now))
  }
}

/** The events of an hour that happened in [from, to), in order of time. */
export function eventsBetween(world: World, hour: number, from: number, to: number): DemoEvent[] {
  const [first, last] = [new Date(from).toISOString(), new Date(to).toISOString()]
  return hourOf(world, hour).filter(event => event.occurred_at >= first && event.occurred_at < last)
}

function hourOf({ seed, incidents, pickUser }: World, hour: number): DemoEvent[] {
  const name = new Date(hour).toISOString().slice(0, 13)
  const events = loopEvents(seed, hour, incidents)
  for (const feature of FEATURES) {
    const random = createRandom(seed, feature.name, hour)
    const calls = random.count(expectedCalls(feature, hour))
    for (let i = 0; i < calls; i++) {
      const call = {
        id: `demo:${name}:${feature.name}:${i}`,
        // Retries follow within seconds and stay inside of the hour.
        at: hour + Math.floor(random.next() * (HOUR_MS - 10_000)),
        feature,
        user: pickUser(random),
      }
      events.push(...eventsOf(call, incidents, random))
    }
  }
  return events.sort((a, b) => (a.occurred_at < b.occurred_at ? -1 : a.occurred_at > b.occurred_at ? 1 : 0))
}
