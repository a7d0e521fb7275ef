// Writers keep moving events to other groups (better copies, newer price books) while aggregators recompute, one of them
// paused now and then, and single statements are held up inside the server for seconds. Ten seconds after the last write
// all totals equal the naive computation, and stay.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { touchedHours } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { assertEqualsNaive, insertCopies } from '../aggregator/world-runner.ts'
import {
  type Copy,
  dayOf,
  naiveTotals,
  type Random,
  randomCopies,
  seeded,
  winners,
} from '../aggregator/worlds.ts'
import { startAggregators } from './aggregators.ts'
import { withEngine } from './engine.ts'
import type { Scenario } from './scenario.ts'
import { naiveTotal, totalOf, VIEWS } from './steady-totals.ts'

const COPIES = 3_000
const WRITES = 60
const SETTLE_MS = 10_000
const STAY_MS = 15_000

/** A better copy in another group: a newer book, or a final report. */
function moved(copy: Copy, random: Random, write: number): Copy {
  const version = (copy.version & ~((1n << 62n) - 1n)) | (BigInt(10 + write) << 44n) | BigInt(write)
  const feature = `f${Math.floor(random() * 3)}`
  const mark = (BigInt(copy.occurred_at % 9973) * 31n + version) % 1_000_003n
  return { ...copy, version, feature, cost: mark * 1_000_000n + BigInt(feature.charCodeAt(1)) }
}

async function write(warehouse: Warehouse, copies: readonly Copy[]): Promise<void> {
  await insertCopies(warehouse, copies)
  const hours = [...new Set(copies.flatMap(copy => touchedHours(copy.occurred_at)))]
  await warehouse.insertObjects(
    'ingest_batches',
    [{ kind: 'log', hours: hours.map(hour => hour / 1000), read: copies.length, stored: copies.length }],
    { timeoutMs: 5_000 },
  )
}

/** Milliseconds until all views show the expected total and go on doing so for two seconds. */
async function settle(reader: Warehouse, expected: string): Promise<number> {
  const began = performance.now()
  let rightSince: number | undefined
  for (;;) {
    const totals = await Promise.all(VIEWS.map(view => totalOf(reader, view)))
    const now = performance.now()
    if (!totals.every(total => total === expected)) rightSince = undefined
    else if (rightSince === undefined) rightSince = now
    else if (now - rightSince > 2_000) return Math.round(rightSince - began)
    if (now - began > 60_000)
      throw new Error(`totals never became right: ${totals.join(', ')}; expected ${expected}`)
    await sleep(50)
  }
}

export const movingTotals: Scenario = {
  name: 'moving',
  promise:
    '10 s after the last write all totals equal the naive computation and stay, whatever was late or paused',
  run: ({ seed, scale, say }) =>
    withEngine(async engine => {
      const random = seeded(seed)
      const day = dayOf(seed)
      const all = randomCopies(random, day, COPIES)
      const writer = engine.warehouse('writer')
      const reader = engine.warehouse('reader')
      await write(writer, all)
      const aggregators = startAggregators(
        {
          mode: 'wake',
          url: engine.url,
          password: engine.passwords.aggregator,
          hours: [],
          rounds: 0,
          slowEvery: 5,
        },
        { random },
      )
      aggregators.done.catch(() => undefined)
      try {
        const writes = Math.max(5, Math.round(WRITES * scale))
        for (let i = 0; i < writes; i++) {
          const better = winners(all)
            .filter(() => random() < 0.05)
            .map(copy => moved(copy, random, i))
          all.push(...better)
          await write(writer, better)
          if ((i + 1) % 10 === 0) say(`${i + 1} of ${writes} writes`)
          await sleep(200 + random() * 600)
        }
        const expected = naiveTotal(naiveTotals(all, () => ''))
        const settledInMs = await settle(reader, expected)
        say(`totals are right ${settledInMs} ms after the last write`)
        assert.ok(settledInMs <= SETTLE_MS, `it took ${settledInMs} ms until totals were right`)
        const until = performance.now() + STAY_MS
        let polls = 0
        while (performance.now() < until) {
          for (const view of VIEWS)
            assert.equal(await totalOf(reader, view), expected, `${view}, poll ${polls}`)
          polls += 1
          await sleep(100)
        }
        await assertEqualsNaive(engine.warehouse('writer'), all, day, `seed ${seed}`)
        return { writes, copies: all.length, settled_in_ms: settledInMs, polls, total: expected }
      } finally {
        await aggregators.stop()
      }
    }),
}
