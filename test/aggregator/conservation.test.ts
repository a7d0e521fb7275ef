// Conservation as a metric: 0 in a clean world, and more where totals of closed hours or batch rows do not agree.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { HOUR_MS, MINUTE_MS } from '#core/hours.ts'
import { firstOpenHour } from '#core/watermark.ts'
import { CHECKS, checkConservation } from '../../services/aggregator/conservation.ts'
import type { AggregatorContext } from '../../services/aggregator/context.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { startEngine } from '../support/engine.ts'
import { contextOver, insertEvents } from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')

const watermark = Date.now()
const OPEN = firstOpenHour(watermark)
const CLOSED = OPEN - 2 * HOUR_MS

const failures = async (context: AggregatorContext): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await context.metrics.conservation.get()).values.map(({ labels, value }) => [
      String(labels.check),
      value,
    ]),
  )

const none = Object.fromEntries(CHECKS.map(check => [check, 0]))

describe('spendledger_conservation_failures', () => {
  const context = Object.assign(contextOver(engine.warehouse('aggregator')), { watermark })
  const recompute = (hour: number) => recomputeSpan(context, { from: hour, to: hour + HOUR_MS })

  it('is 0 for every check while all agrees, and does not look at open hours', async () => {
    await insertEvents(writer, [
      { event_id: 'closed', occurred_at: CLOSED + 30 * MINUTE_MS },
      { event_id: 'open', occurred_at: OPEN + 30 * MINUTE_MS },
    ])
    await recompute(CLOSED)
    assert.deepEqual(await checkConservation(context, undefined, 0), [])
    assert.deepEqual(await failures(context), none)
  })

  it('counts closed hours whose totals differ, until they are mended', async () => {
    await insertEvents(writer, [{ event_id: 'unnoticed', occurred_at: CLOSED + 31 * MINUTE_MS }])
    assert.equal((await checkConservation(context, undefined, 0)).length, 2)
    assert.deepEqual(await failures(context), { ...none, totals: 2 })
    await recompute(CLOSED)
    await checkConservation(context, undefined, 0)
    assert.deepEqual(await failures(context), none)
  })

  it('leaves out what waits for a recompute', async () => {
    const hour = CLOSED - HOUR_MS
    await insertEvents(writer, [{ event_id: 'waiting', occurred_at: hour + 30 * MINUTE_MS }])
    const dirty = { newestBatch: Date.now(), kind: 'log', lastRun: 0, lastFinished: 0, lastWorkMs: 0 }
    context.hours.set(hour, dirty)
    assert.deepEqual(await checkConservation(context, undefined, 0), [])
    context.hours.set(hour, { ...dirty, lastRun: Date.now() + HOUR_MS })
    assert.equal((await checkConservation(context, undefined, 0)).length, 2)
    await recompute(hour)
  })

  it('waits for a late event to be counted before it complains', async () => {
    await insertEvents(writer, [{ event_id: 'late', occurred_at: CLOSED + 32 * MINUTE_MS }])
    const [findings] = await Promise.all([checkConservation(context, undefined, 20_000), recompute(CLOSED)])
    assert.deepEqual(findings, [])
  })

  it('ends its waiting when the service stops', async () => {
    await insertEvents(writer, [{ event_id: 'stopped', occurred_at: CLOSED + 33 * MINUTE_MS }])
    const stopping = new AbortController()
    const check = checkConservation(context, stopping.signal, 60_000)
    stopping.abort()
    await assert.rejects(check, { name: 'AbortError' })
    await recompute(CLOSED)
  })

  it('checks the batch rows before anything is closed, and names what failed', async () => {
    await writer.insertObjects('ingest_batches', [
      { log_id: 'l', topic: 't', first_offset: 0, last_offset: 9, read: 10, stored: 9 },
      { log_id: 'l', topic: 't', first_offset: 20, last_offset: 29, read: 10, stored: 10 },
    ])
    const starting = contextOver(engine.warehouse('aggregator'))
    await checkConservation(starting)
    assert.deepEqual(await failures(starting), { ...none, batch_sums: 1, offset_holes: 1 })
  })
})
