// Random histories against the real engine; `npm run faults -- worlds` plays 200 of them.

import { describe, it } from 'node:test'
import { aggregatorContext } from '../faults/engine.ts'
import { startEngine } from '../support/engine.ts'
import { playWorld } from './world-runner.ts'

const WORLDS = 6

describe('copies of events, in random orders, with replays and merges', () => {
  it(`count once in raw events and rollups after every step, ${WORLDS} worlds`, async t => {
    const engine = await startEngine(t)
    const context = aggregatorContext(engine.warehouse('aggregator'))
    for (let seed = 900; seed < 900 + WORLDS; seed++)
      await playWorld(engine.warehouse('writer'), context, seed)
  })
})
