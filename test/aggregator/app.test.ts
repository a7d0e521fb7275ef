// The aggregator as it runs: woken every second, over a warehouse that comes and goes.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { HOUR_MS, MINUTE_MS, startOfHour } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createAggregator } from '../../services/aggregator/app.ts'
import { startEngine } from '../support/engine.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog, testRegistry } from '../support/silent.ts'
import { announce, insertEvents, sumsOf, TOPIC } from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')
const HOUR = startOfHour(Date.now()) - 4 * HOUR_MS

/** The warehouse of user aggregator, which can be taken away, and the number of statements sent to it. */
function unreliable() {
  const inner = engine.warehouse('aggregator')
  const state = { away: false, statements: 0 }
  const guarded =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      state.statements += 1
      if (state.away) throw new LedgerError('warehouse_unavailable', 'gone')
      return call(...args)
    }
  const warehouse: Warehouse = {
    ...inner,
    command: guarded(inner.command),
    insertObjects: guarded(inner.insertObjects),
    query: guarded(inner.query) as Warehouse['query'],
  }
  return { state, warehouse }
}

const create = (warehouse: Warehouse) =>
  createAggregator({
    warehouse,
    log: silentLog(),
    registry: testRegistry(),
    clock: { now: () => Date.now() },
    topic: TOPIC,
    retentionDays: 400,
  })

const counted = (hour: number, calls: number) =>
  eventually(
    `${calls} calls`,
    async () => (await sumsOf(reader, hour, hour + HOUR_MS)).calls,
    seen => seen === calls,
  )

describe('the aggregator', { timeout: 60_000 }, () => {
  it('starts while the warehouse is away, and goes on when it is back, and again after another outage', async t => {
    const { state, warehouse } = unreliable()
    state.away = true
    const aggregator = create(warehouse)
    await aggregator.start()
    t.after(() => aggregator.stop())
    const one = { event_id: 'outage-1', occurred_at: HOUR + 30 * MINUTE_MS }
    await insertEvents(writer, [one])
    await announce(writer, [one])
    const failed = async () => (await aggregator.context.metrics.failedWakes.get()).values[0]?.value ?? 0
    await eventually('a failed wake', failed, n => n > 0)
    state.away = false
    await counted(HOUR, 1)

    state.away = true
    const before = await failed()
    const two = { event_id: 'outage-2', occurred_at: HOUR + 31 * MINUTE_MS }
    await insertEvents(writer, [two])
    await announce(writer, [two])
    await eventually('another failed wake', failed, n => n > before)
    state.away = false
    await counted(HOUR, 2)
  })

  it('looks at its start for hours whose batch row never came', async t => {
    const aggregator = create(engine.warehouse('aggregator'))
    await insertEvents(writer, [
      { event_id: 'unannounced', occurred_at: HOUR - 2 * HOUR_MS + 30 * MINUTE_MS },
    ])
    await aggregator.start()
    t.after(() => aggregator.stop())
    await counted(HOUR - 2 * HOUR_MS, 1)
  })

  it('asks nothing any more once it has stopped', async () => {
    const { state, warehouse } = unreliable()
    const aggregator = create(warehouse)
    await aggregator.start()
    await eventually(
      'a wake',
      async () => state.statements,
      statements => statements > 3,
    )
    await aggregator.stop()
    const { statements } = state
    await new Promise(resolve => setTimeout(resolve, 1_200))
    assert.equal(state.statements, statements)
  })
})
