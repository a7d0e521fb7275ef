// What the aggregator does once a day: it finds hours whose batch row never came, and drops raw days below the floor.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { DAY_MS, HOUR_MS, MINUTE_MS, startOfDay, startOfHour } from '#core/hours.ts'
import { reconcileRecentHours } from '../../services/aggregator/housekeeping.ts'
import { wake } from '../../services/aggregator/pipeline.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { dropExpiredDays, recomputeFloor } from '../../services/aggregator/retention.ts'
import { verify } from '../../services/aggregator/verify/verify.ts'
import { startEngine } from '../support/engine.ts'
import { eventually } from '../support/ledger-process.ts'
import { announce, contextOver, insertEvents, sumsOf, TOPIC, visibleEvents } from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')
const aggregator = engine.warehouse('aggregator')

const NOW = Date.now()
const TODAY = startOfDay(NOW)

describe('reconciling', () => {
  it('marks exactly the hours in which events and rollups differ in number, and a wake mends them', async () => {
    const [same, more, fewer, replayed, old] = [2, 4, 6, 8, 24 * 5].map(n => startOfHour(NOW) - n * HOUR_MS)
    const at = (hour = 0) => hour + 30 * MINUTE_MS
    const context = contextOver(aggregator)
    const first = [same, more, fewer, replayed].map(hour => ({
      event_id: `r-${hour}`,
      occurred_at: at(hour),
    }))
    await insertEvents(writer, first)
    for (const hour of [same, more, fewer, replayed]) {
      await recomputeSpan(context, { from: hour ?? 0, to: (hour ?? 0) + HOUR_MS })
    }
    const unannounced = [more, old].map(hour => ({ event_id: `r-more-${hour}`, occurred_at: at(hour) }))
    await insertEvents(writer, unannounced)
    await insertEvents(
      writer,
      first.filter(({ occurred_at }) => occurred_at === at(replayed)),
    )
    await writer.command(
      'ALTER TABLE usage_events DELETE WHERE event_id = {id:String} SETTINGS mutations_sync = 2',
      { params: { id: `r-${fewer}` } },
    )
    assert.deepEqual(await reconcileRecentHours(context), [fewer, more])

    const calls = async (hour = 0) => (await sumsOf(reader, hour, hour + HOUR_MS)).calls
    await eventually(
      'mended totals',
      async () => {
        await wake(context, TOPIC)
        return Promise.all([same, more, fewer, replayed, old].map(calls))
      },
      seen => isDeepStrictEqual(seen, [1, 2, 0, 1, 0]),
    )
    assert.deepEqual(await reconcileRecentHours(context), [])
  })
})

describe('retention', () => {
  const retentionDays = 30
  const floor = TODAY - retentionDays * DAY_MS
  const noonOf = (daysBelow: number) => floor - daysBelow * DAY_MS + 12 * HOUR_MS
  const visible = async (noon: number) => (await visibleEvents(reader, noon, noon + HOUR_MS)).length
  const calls = async (noon: number) => (await sumsOf(reader, noon, noon + HOUR_MS)).calls

  it('drops raw days more than two days below the floor, and no other; rollups are kept', async () => {
    const noons = [0, 1, 2, 3, 40].map(noonOf)
    await insertEvents(
      writer,
      noons.map(noon => ({ event_id: `kept-${noon}`, occurred_at: noon + 30 * MINUTE_MS })),
    )
    const context = contextOver(aggregator, { retentionDays })
    for (const noon of noons) await recomputeSpan(context, { from: noon, to: noon + HOUR_MS })
    const day = (noon: number) => new Date(noon).toISOString().slice(0, 10).replaceAll('-', '')
    assert.deepEqual(await dropExpiredDays(context), [day(noonOf(40)), day(noonOf(3))])
    assert.deepEqual(await Promise.all(noons.map(visible)), [1, 1, 1, 0, 0])
    assert.deepEqual(await Promise.all(noons.map(calls)), [1, 1, 1, 1, 1])
    assert.deepEqual(await dropExpiredDays(context), [])
  })

  it('leaves nothing to compare where raw events were dropped', async () => {
    const range = { from: noonOf(50), to: TODAY - 10 * DAY_MS }
    const report = await verify({ warehouse: aggregator, ...range, patienceMs: 0 })
    assert.deepEqual([report.findings, report.from], [[], floor - 2 * DAY_MS])
    assert.equal(report.calls, 3n)
  })

  it('goes by the clock of the warehouse, not by that of this process', async () => {
    const context = contextOver(aggregator, { retentionDays })
    const ahead = { ...context, clock: { now: () => NOW + 365 * DAY_MS } }
    assert.deepEqual(await dropExpiredDays(ahead), [])
    assert.equal(await visible(noonOf(0)), 1)
  })

  it('that is raised later does not make totals vanish whose events are gone', async () => {
    const noon = noonOf(3)
    const late = { event_id: 'late', occurred_at: noon + 40 * MINUTE_MS, cost_usd: '7' }
    await insertEvents(writer, [late])
    await announce(writer, [late])
    const context = contextOver(aggregator, { retentionDays: 400 })
    await wake(context, TOPIC)
    assert.equal(await recomputeFloor(context), floor - 2 * DAY_MS)
    assert.deepEqual(await sumsOf(reader, noon, noon + HOUR_MS), { calls: 1, cost: '0.5', unpriced: 0 })
  })
})
