// Nobody writes, and hours are recomputed over and over by two aggregators of which one keeps being paused: the totals that a
// reader sees must not move for a moment.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { toSpans } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { insertCopies } from '../aggregator/world-runner.ts'
import { dayOf, hoursOfCopies, naiveTotals, randomCopies, seeded } from '../aggregator/worlds.ts'
import { startAggregators } from './aggregators.ts'
import { aggregatorContext, withEngine } from './engine.ts'
import type { Scenario } from './scenario.ts'

const COPIES = 3_000
const RECOMPUTES = 200
const POLL_MS = 20

export const VIEWS = ['v_costs_hourly', 'v_costs_15m', 'v_user_costs_15m'] as const

/** calls and cost of a view over everything, as one text. */
export async function totalOf(reader: Warehouse, view: string): Promise<string> {
  const [row] = await reader.query<{ total: string }>(
    `SELECT concat(toString(sum(calls)), ' calls, ', toString(toInt128(sum(cost_usd) * 1000000000000)), ' picos') AS total FROM ${view}`,
  )
  return row?.total ?? ''
}

export const naiveTotal = (totals: Map<string, string>): string => {
  let calls = 0
  let picos = 0n
  for (const text of totals.values()) {
    const [, c = '0', p = '0'] = /^(\d+) calls, (\d+) picos/.exec(text) ?? []
    calls += Number(c)
    picos += BigInt(p)
  }
  return `${calls} calls, ${picos} picos`
}

export const steadyTotals: Scenario = {
  name: 'steady',
  promise:
    'totals over a closed set never move while its hours are recomputed 200 times by two aggregators, one paused',
  run: ({ seed, scale, say }) =>
    withEngine(async engine => {
      const random = seeded(seed)
      const copies = randomCopies(random, dayOf(seed), COPIES)
      const hours = hoursOfCopies(copies)
      await insertCopies(engine.warehouse('writer'), copies)
      const context = aggregatorContext(engine.warehouse('aggregator'))
      for (const span of toSpans(hours)) await recomputeSpan(context, span)
      const expected = naiveTotal(naiveTotals(copies, () => ''))
      const rounds = Math.max(2, Math.round((RECOMPUTES / 2) * scale))
      const aggregators = startAggregators(
        {
          mode: 'rounds',
          url: engine.url,
          password: engine.passwords.aggregator,
          hours,
          rounds,
          slowEvery: 0,
        },
        { random },
      )
      let running = true
      aggregators.done.finally(() => (running = false)).catch(() => undefined)
      const reader = engine.warehouse('reader')
      let polls = 0
      try {
        while (running) {
          for (const view of VIEWS)
            assert.equal(await totalOf(reader, view), expected, `${view}, poll ${polls}`)
          polls += 1
          if (polls % 500 === 0) say(`${polls} polls`)
          await sleep(POLL_MS)
        }
        await aggregators.done
      } finally {
        await aggregators.stop()
      }
      return { recomputes: rounds * 2, polls, views: VIEWS.length, total: expected }
    }),
}
