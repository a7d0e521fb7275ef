// Random histories of copies, played against the engine; after every step raw events and rollups equal the naive computation.

import { playWorld } from '../aggregator/world-runner.ts'
import { aggregatorContext, withEngine } from './engine.ts'
import type { Scenario } from './scenario.ts'

const WORLDS = 200

export const worlds: Scenario = {
  name: 'worlds',
  promise:
    'whatever copies arrive in whatever order, totals equal the best copy of each event, after every step',
  run: ({ seed, scale, say }) =>
    withEngine(async engine => {
      const count = Math.max(1, Math.round(WORLDS * scale))
      const context = aggregatorContext(engine.warehouse('aggregator'))
      const writer = engine.warehouse('writer')
      for (let world = 0; world < count; world++) {
        await playWorld(writer, context, seed + world)
        if ((world + 1) % 20 === 0) say(`${world + 1} of ${count} worlds`)
      }
      return { worlds: count, first_seed: seed }
    }),
}
