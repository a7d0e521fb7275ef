// A statement that is held up inside the server and lands late leaves rows that no later run knows of. The next wake finds
// and mends them.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DAY_MS, HOUR_MS, MINUTE_MS, startOfDay } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { findGhosts } from '../../services/aggregator/ghosts.ts'
import { readHourStates } from '../../services/aggregator/hour-states.ts'
import { wake } from '../../services/aggregator/pipeline.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { startEngine } from '../support/engine.ts'
import { eventually } from '../support/ledger-process.ts'
import { contextOver, insertEvents, sumsOf, TOPIC } from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')
const aggregator = engine.warehouse('aggregator')
const TODAY = startOfDay(Date.now())

/** A newer run begins and ends in the time between the two, also where other tests want the same processor. */
const LOOKS_AFTER_MS = 500
const LANDS_AFTER_S = 2.5

/** Starts a run of which one statement looks at the events at once and inserts what it saw a while later. */
async function startLateRun(table: string, hour: number): Promise<{ landed: Promise<void> }> {
  let looking = () => {}
  const looks = new Promise<void>(resolve => (looking = resolve))
  const warehouse: Warehouse = {
    ...aggregator,
    command(sql, options) {
      if (!sql.startsWith(`INSERT INTO ${table} `)) return aggregator.command(sql, options)
      looking()
      return aggregator.command(
        sql.replace('AS e FINAL\n  WHERE ', `$&sleep(${LANDS_AFTER_S}) = 0 AND `),
        options,
      )
    },
  }
  const landed = recomputeSpan(contextOver(warehouse), { from: hour, to: hour + HOUR_MS })
  await looks
  await sleep(LOOKS_AFTER_MS)
  return { landed }
}

const better = { version: 2n ** 64n - 1n }

for (const [table, view] of [
  ['usage_by_feature', 'v_costs_15m'],
  ['usage_by_user', 'v_user_costs_15m'],
] as const) {
  describe(`a run that lands late in ${table}`, () => {
    it('leaves a group that vanished meanwhile; the next wake finds it and mends the total', async () => {
      const hour = TODAY - (table === 'usage_by_user' ? 5 : 4) * DAY_MS + 9 * HOUR_MS
      const event = { event_id: `ghost-${table}`, occurred_at: hour + 30 * MINUTE_MS, feature: 'old' }
      await insertEvents(writer, [event])
      const late = await startLateRun(table, hour)
      await insertEvents(writer, [{ ...event, ...better, feature: 'new' }])
      await recomputeSpan(contextOver(aggregator), { from: hour, to: hour + HOUR_MS })
      assert.equal((await sumsOf(reader, hour, hour + HOUR_MS, view)).calls, 1)
      await late.landed
      assert.equal((await sumsOf(reader, hour, hour + HOUR_MS, view)).calls, 2, 'no ghost: nothing is tested')

      const context = contextOver(aggregator)
      await eventually(
        'a total without the ghost',
        async () => {
          await wake(context, TOPIC)
          return (await sumsOf(reader, hour, hour + HOUR_MS, view)).calls
        },
        calls => calls === 1,
        10_000,
      )
      assert.match(
        await context.metrics.ghosts.get().then(({ values }) => String(values[0]?.value)),
        /^[1-9]/,
      )
      await readHourStates(context)
      assert.deepEqual(await findGhosts(context), [])
    })

    it('is found in an hour that the newer run found empty, and so left without a row', async () => {
      const hour = TODAY - (table === 'usage_by_user' ? 7 : 6) * DAY_MS + 9 * HOUR_MS
      const event = { event_id: `emptied-${table}`, occurred_at: hour + 2 * MINUTE_MS }
      await insertEvents(writer, [event])
      const late = await startLateRun(table, hour)
      await insertEvents(writer, [{ ...event, ...better, occurred_at: hour - 2 * MINUTE_MS }])
      await recomputeSpan(contextOver(aggregator), { from: hour - HOUR_MS, to: hour + HOUR_MS })
      await late.landed
      assert.equal((await sumsOf(reader, hour - HOUR_MS, hour + HOUR_MS, view)).calls, 2)

      const context = contextOver(aggregator)
      await readHourStates(context)
      assert.deepEqual(await findGhosts(context), [hour])
    })
  })
}

describe('hours without a late run', () => {
  it('have no ghosts, whatever ran on them how often', async () => {
    const hour = TODAY - 8 * DAY_MS
    const event = { event_id: 'alive', occurred_at: hour + HOUR_MS + 5 * MINUTE_MS }
    await insertEvents(writer, [event, { event_id: 'alive-2', occurred_at: hour + 30 * MINUTE_MS }])
    const context = contextOver(aggregator)
    for (const version of [5n, 2n ** 62n, 2n ** 63n]) {
      await insertEvents(writer, [{ ...event, version, feature: `f${version}` }])
      await recomputeSpan(context, { from: hour, to: hour + 2 * HOUR_MS })
      await recomputeSpan(context, { from: hour + HOUR_MS, to: hour + 2 * HOUR_MS })
      await readHourStates(context)
      assert.ok(!(await findGhosts(context)).some(found => found >= hour && found <= hour + HOUR_MS))
    }
  })
})
