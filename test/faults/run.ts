// `npm run faults [-- NAME ...] [--seed S] [--scale F]`: the crash tests. Long; never part of `npm test`. Everything runs on
// loopback, is bounded, and ends only what it started.

import { parseArgs } from 'node:util'
import { backfill } from './backfill.ts'
import { brokerKills } from './kafka/broker-kills.ts'
import { leaders } from './kafka/leaders.ts'
import { rebalance } from './kafka/rebalance.ts'
import { replay } from './kafka/replay.ts'
import { zombie } from './kafka/zombie.ts'
import { kills } from './kills.ts'
import { movingTotals } from './moving-totals.ts'
import { reprice } from './reprice.ts'
import type { Scenario } from './scenario.ts'
import { steadyTotals } from './steady-totals.ts'
import { worlds } from './worlds.ts'

const SCENARIOS: readonly Scenario[] = [
  worlds,
  steadyTotals,
  movingTotals,
  backfill,
  kills,
  reprice,
  brokerKills,
  rebalance,
  zombie,
  replay,
  leaders,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, scale: { type: 'string', default: '1' } },
})

const unknown = positionals.filter(name => !SCENARIOS.some(scenario => scenario.name === name))
if (unknown.length > 0) {
  console.error(
    `unknown: ${unknown.join(', ')}; there are ${SCENARIOS.map(scenario => scenario.name).join(', ')}`,
  )
  process.exit(2)
}

let failed = 0
for (const scenario of SCENARIOS) {
  if (positionals.length > 0 && !positionals.includes(scenario.name)) continue
  console.log(`${scenario.name}: ${scenario.promise}`)
  const began = performance.now()
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1)
  try {
    const figures = await scenario.run({
      seed: Number(values.seed),
      scale: Number(values.scale),
      say: line => console.log(`  ${line} (${seconds()} s)`),
    })
    console.log(`  held: ${JSON.stringify(figures)} (${seconds()} s)`)
  } catch (error) {
    failed += 1
    console.error(`  BROKEN with seed ${values.seed} after ${seconds()} s:`, error)
  }
}
process.exit(failed > 0 ? 1 : 0)
