// How fast the warehouse answers, at rest and while events come in, and what it costs to keep. BENCH_EVENTS (10,000,000) is
// how many events the month has. BENCH_DIR keeps the world in that directory, and finds it there the next time.

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HOUR_MS, startOfHour } from '#core/hours.ts'
import { QUARTER_MS } from '#core/periods.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import type { Bench, Measurement } from './bench.ts'
import { questionsOf } from './queries-cases.ts'
import { startLoad } from './queries-load.ts'
import { type Asked, type Asker, startAsking, type Timing, timed } from './queries-measure.ts'
import { residentMemory, sizesOf } from './queries-sizes.ts'
import { openWorld, type World } from './queries-world.ts'

const EVENTS = 10_000_000
const DAYS = 30
const MEMORY = 4 * 2 ** 30
const EVENTS_PER_SECOND = 5_000

export interface QueriesOptions {
  readonly events: number
  readonly days: number
  readonly dataDir: string
  readonly now: number
  /** Repetitions of a question, and of its naive form. */
  readonly times: { readonly api: number; readonly naive: number }
  readonly eventsPerSecond: number
  readonly say?: (line: string) => void
}

export const queries: Bench = {
  name: 'queries',
  what: 'questions to the API over a month of events, at rest and under load; recomputing an hour; bytes and memory',
  async run() {
    const kept = process.env['BENCH_DIR']
    const dataDir = kept ?? (await mkdtemp(join(tmpdir(), 'spendledger-queries-')))
    await mkdir(dataDir, { recursive: true })
    try {
      return await measureQueries({
        events: Number(process.env['BENCH_EVENTS'] ?? EVENTS),
        days: DAYS,
        dataDir,
        now: Date.now(),
        times: { api: 20, naive: 2 },
        eventsPerSecond: EVENTS_PER_SECOND,
        say: line => console.error(line),
      })
    } finally {
      if (kept === undefined) await rm(dataDir, { recursive: true, force: true })
    }
  },
}

export async function measureQueries(options: QueriesOptions): Promise<Measurement[]> {
  const endings: (() => Promise<void>)[] = []
  const t = { after: (ending: () => Promise<void>) => void endings.push(ending) }
  try {
    const now = Math.floor(options.now / QUARTER_MS) * QUARTER_MS
    const world = await openWorld({ ...options, now, memoryBytes: MEMORY })
    t.after(world.stop)
    const asker = await startAsking(world)
    t.after(asker.stop)
    const { times } = options
    const results: Measurement[] = [
      ...(await sizesOf(world)),
      ...(await askAll(world, asker, 'at rest', options)),
    ]
    results.push(...(await recomputing(world, times.api)))
    const load = await startLoad(t, world, options.eventsPerSecond)
    t.after(load.stop)
    const began = performance.now()
    results.push(
      ...(await askAll(world, asker, 'events coming in', { ...options, times: { ...times, naive: 0 } })),
    )
    const perSecond = (load.stored() * 1_000) / (performance.now() - began)
    return [
      ...results,
      { name: 'events stored meanwhile', value: Math.round(perSecond), unit: 'events/s' },
      { name: 'memory of the engine', value: residentMemory(world.pid), unit: 'MB' },
    ]
  } finally {
    for (const end of endings.reverse()) await end()
  }
}

async function askAll(
  world: World,
  asker: Asker,
  when: string,
  { times, say = () => undefined }: Pick<QueriesOptions, 'times' | 'say'>,
): Promise<Measurement[]> {
  const rows = await world
    .warehouse('writer')
    .query<{ id: string }>('SELECT event_id AS id FROM usage_events WHERE log_offset % 9973 = 0 LIMIT 100')
  const results: Measurement[] = []
  for (const question of questionsOf(
    world.now,
    rows.map(({ id }) => id),
  )) {
    const answers = told(`${question.name}, ${when}`, await asker.ask(question, times))
    results.push(...answers)
    say(answers.map(({ name, value, unit }) => `${name} ${value} ${unit}`).join(' '))
  }
  return results
}

const told = (name: string, { api, engine, naive }: Asked): Measurement[] => [
  ...timing(name, api),
  ...timing('  the engine alone', engine),
  ...(naive ? timing('  naively, from events', naive) : []),
]

const timing = (name: string, { p50, p95, cpu }: Timing): Measurement[] => [
  { name, value: Number(p50.toFixed(1)), unit: 'ms p50' },
  { name: '', value: Number(p95.toFixed(1)), unit: 'ms p95' },
  { name: '', value: Number(cpu.toFixed(1)), unit: 'ms CPU' },
]

/** An hour of yesterday's middle, and the open one. */
async function recomputing(world: World, times: number): Promise<Measurement[]> {
  const hour = startOfHour(world.now - 26 * HOUR_MS)
  const open = startOfHour(world.now - 1)
  const one = (from: number) =>
    timed(world.pid, times, async () => {
      await recomputeSpan(world.aggregator, { from, to: from + HOUR_MS })
      return undefined
    })
  return [
    ...timing('one dirty hour recomputed', await one(hour)),
    ...timing('the open hour recomputed', await one(open)),
  ]
}
