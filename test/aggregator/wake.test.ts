// Wakes of the aggregator over what consumers wrote: which hours are recomputed, when, and which are left alone.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { isDirty } from '#core/dirty-hours.ts'
import { LedgerError } from '#core/errors.ts'
import { DAY_MS, HOUR_MS, hoursOf, MINUTE_MS, startOfDay, toSqlTime } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { recordChanges, settleClosedHours } from '../../services/aggregator/changes.ts'
import type { AggregatorContext } from '../../services/aggregator/context.ts'
import { dueSpans, recomputeDue } from '../../services/aggregator/due-hours.ts'
import { readHourStates } from '../../services/aggregator/hour-states.ts'
import { markDirty } from '../../services/aggregator/housekeeping.ts'
import { wake } from '../../services/aggregator/pipeline.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { startEngine } from '../support/engine.ts'
import { announce, contextOver, type EventFields, insertEvents, sumsOf, TOPIC } from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')
const aggregator = engine.warehouse('aggregator')

const TODAY = startOfDay(Date.now())
let days = 0
/** Noon of a day that no other test writes to. */
const freshNoon = (): number => TODAY - (5 + 2 * days++) * DAY_MS + 12 * HOUR_MS

/** A batch row of so many seconds ago: beyond the slack of ten, one run settles its hours. */
const ago = (seconds: number) => ({ inserted_at: toSqlTime(Date.now() - seconds * 1000) })

const event = (event_id: string, occurred_at: number, fields: Partial<EventFields> = {}): EventFields => ({
  event_id,
  occurred_at,
  ...fields,
})

async function runsOf(hour: number): Promise<number> {
  const [row] = await aggregator.query<{ n: string }>(
    "SELECT count() AS n FROM rollup_runs WHERE hour = {hour:DateTime('UTC')}",
    { params: { hour: hour / 1000 } },
  )
  return Number(row?.n)
}

const calls = async (hour: number): Promise<number> => (await sumsOf(reader, hour, hour + HOUR_MS)).calls

describe('an hour', () => {
  for (const kind of ['log', 'import', 'reprice', 'deletion', 'reconcile']) {
    it(`is recomputed because a batch of kind ${kind} names it`, async () => {
      const noon = freshNoon()
      const events = [event(`kind-${kind}`, noon + 30 * MINUTE_MS)]
      await insertEvents(writer, events)
      await announce(writer, events, { kind })
      const context = contextOver(aggregator)
      await wake(context, TOPIC)
      assert.equal(await calls(noon), 1)
    })
  }

  it('is recomputed with its neighbour for an event near the border, and alone for one that is not', async () => {
    const noon = freshNoon()
    const near = [event('near', noon + 5 * MINUTE_MS)]
    const inside = [event('inside', noon + 5 * HOUR_MS + 30 * MINUTE_MS)]
    await insertEvents(writer, [...near, ...inside])
    await announce(writer, near)
    await announce(writer, inside)
    await wake(contextOver(aggregator), TOPIC)
    const hours = [-2, -1, 0, 1, 4, 5, 6].map(n => noon + n * HOUR_MS)
    assert.deepEqual(await Promise.all(hours.map(runsOf)), [0, 1, 1, 0, 0, 1, 0])
  })

  it('is left alone while no batch names it', async () => {
    const noon = freshNoon()
    await insertEvents(writer, [event('unannounced', noon)])
    await wake(contextOver(aggregator), TOPIC)
    assert.equal(await runsOf(noon), 0)
  })

  it('is not recomputed again by a wake, a second aggregator or a restart, once it is settled', async () => {
    const noon = freshNoon()
    const events = [event('settled', noon + 30 * MINUTE_MS)]
    await insertEvents(writer, events)
    await announce(writer, events, ago(11))
    const [one, two] = [contextOver(aggregator), contextOver(aggregator)]
    await readHourStates(two)
    await wake(one, TOPIC)
    await wake(one, TOPIC)
    await wake(two, TOPIC)
    await wake(contextOver(aggregator), TOPIC)
    assert.equal(await runsOf(noon), 1)
    for (const context of [one, two]) {
      const state = context.hours.get(noon)
      assert.ok(state && !isDirty(state))
    }
  })

  it('stays dirty after a run within the slack of its batch, to be settled by one more', async () => {
    const noon = freshNoon()
    const events = [event('unsettled', noon + 30 * MINUTE_MS)]
    await insertEvents(writer, events)
    await announce(writer, events, ago(8))
    const context = contextOver(aggregator)
    await wake(context, TOPIC)
    const state = context.hours.get(noon)
    assert.ok(state && isDirty(state))
    assert.deepEqual(dueSpans(context, 0).flatMap(hoursOf).includes(noon), false)
    context.seenUntil += 3_000
    assert.deepEqual(dueSpans(context, 0).flatMap(hoursOf).includes(noon), true)
  })

  it('below the retention floor is never touched, and does not count as waiting', async () => {
    const noon = TODAY - 60 * DAY_MS + 12 * HOUR_MS
    const kept = { quarter: noon / 1000, feature: 'kept', calls: 5, version: 1 }
    await writer.insertObjects('usage_by_feature', [kept])
    await markDirty({ warehouse: writer }, [noon], 'import')
    const context = contextOver(aggregator, { retentionDays: 30 })
    await wake(context, TOPIC)
    assert.equal(await calls(noon), 5)
    assert.equal(await runsOf(noon), 0)
    const waiting = [...context.hours].filter(([hour, state]) => hour !== noon && isDirty(state)).length
    assert.equal((await context.metrics.dirtyHours.get()).values[0]?.value, waiting)
  })

  it('is recomputed after the clock was put back, although its last run seems to lie in the future', async () => {
    const noon = freshNoon()
    const ahead = Date.now() + 2 * HOUR_MS
    await aggregator.insertObjects('rollup_runs', [
      { hour: noon / 1000, version: String(ahead * 1000), finished_at: toSqlTime(ahead) },
    ])
    const context = contextOver(aggregator)
    context.seenUntil = ahead
    context.hours.set(noon, {
      newestBatch: 1,
      lastRun: ahead,
      lastFinished: ahead,
      lastWorkMs: 9,
    })
    const events = [event('after-the-clock', noon + 30 * MINUTE_MS)]
    await insertEvents(writer, events)
    await announce(writer, events)
    await wake(context, TOPIC)
    assert.equal(await calls(noon), 1)
    assert.ok(context.seenUntil < ahead)
  })
})

/** Fails what concerns some hours; a span is told by its parameters. */
const failingFor = (fails: (from: number, to: number) => boolean): Warehouse => ({
  ...aggregator,
  async command(sql, options) {
    const [from, to] = ['from', 'to'].map(name => Date.parse(`${options?.params?.[name]}Z`))
    if (fails(from ?? 0, to ?? 0)) throw new LedgerError('warehouse_unavailable', 'too much')
    await aggregator.command(sql, options)
  },
})

/** A context that knows of nothing but these dirty hours. */
async function contextWith(warehouse: Warehouse, hours: readonly number[]): Promise<AggregatorContext> {
  const context = contextOver(warehouse)
  await readHourStates(context)
  const newestBatch = context.seenUntil
  const state = { newestBatch, lastRun: 0, lastFinished: 0, lastWorkMs: 0 }
  context.hours.clear()
  for (const hour of hours) context.hours.set(hour, state)
  return context
}

describe('several hours', () => {
  it('are taken newest first, adjacent ones of a day together', async () => {
    const noon = freshNoon()
    const hours = [noon, noon + HOUR_MS, noon + 11 * HOUR_MS, noon + 12 * HOUR_MS]
    const context = await contextWith(aggregator, hours)
    assert.deepEqual(dueSpans(context, 0), [
      { from: noon + 12 * HOUR_MS, to: noon + 13 * HOUR_MS },
      { from: noon + 11 * HOUR_MS, to: noon + 12 * HOUR_MS },
      { from: noon, to: noon + 2 * HOUR_MS },
    ])
  })

  it('do not wait for one that cannot be recomputed; that one rests and stays dirty', async () => {
    const noon = freshNoon()
    const [first, bad, last] = [noon, noon + 3 * HOUR_MS, noon + 6 * HOUR_MS]
    const context = await contextWith(
      failingFor(from => from === bad),
      [first, bad, last],
    )
    await assert.rejects(recomputeDue(context, 0), { code: 'warehouse_unavailable' })
    assert.deepEqual(await Promise.all([first, bad, last].map(runsOf)), [1, 0, 1])
    const state = context.hours.get(bad)
    assert.ok(state && isDirty(state) && state.lastFinished > 0)
  })

  it('that are too much for one statement are taken in smaller spans', async () => {
    const noon = freshNoon()
    const hours = [0, 1, 2, 3, 4].map(n => noon + n * HOUR_MS)
    const context = await contextWith(
      failingFor((from, to) => to - from > 2 * HOUR_MS),
      hours,
    )
    await assert.rejects(recomputeDue(context, 0))
    assert.equal(context.longestSpan, 2)
    await recomputeDue(context, 0)
    assert.deepEqual(await Promise.all(hours.map(runsOf)), [1, 1, 1, 1, 1])
  })

  it('are left to the next wake after a while, so that new batches are seen in between', async () => {
    const noon = freshNoon()
    const hours = [0, 3, 6].map(n => noon + n * HOUR_MS)
    const known = await contextWith(aggregator, hours)
    let now = Date.now()
    const context = { ...known, clock: { now: () => (now += 2_000) } }
    await recomputeDue(context, 0)
    assert.deepEqual(await Promise.all(hours.map(runsOf)), [0, 0, 1])
  })
})

interface Change {
  reason: string
  old_calls: string
  new_calls: string
  change: string
}

const changesOf = (hour: number): Promise<Change[]> =>
  reader.query(
    `SELECT reason, old_calls, new_calls, toString(change_usd) AS change FROM v_changes
WHERE hour = {hour:DateTime('UTC')} ORDER BY changed_at`,
    { params: { hour: hour / 1000 } },
  )

const closedAt = (noon: number): AggregatorContext =>
  Object.assign(contextOver(aggregator), { watermark: noon + 2 * HOUR_MS })

describe('the record of changes', () => {
  it('holds the first total of an hour once it is complete, and nothing while it is open', async () => {
    const noon = freshNoon()
    await insertEvents(writer, [event('first', noon + 30 * MINUTE_MS)])
    const context = contextOver(aggregator)
    context.watermark = noon + HOUR_MS + 10 * MINUTE_MS - 1
    for (let i = 0; i < 2; i++) await recomputeSpan(context, { from: noon, to: noon + HOUR_MS })
    await recordChanges(context, [noon])
    await settleClosedHours(context)
    assert.deepEqual(await changesOf(noon), [])
    context.watermark += 1
    await settleClosedHours(context)
    await settleClosedHours(context)
    assert.deepEqual(await changesOf(noon), [
      { reason: 'first', old_calls: '0', new_calls: '1', change: '0.5' },
    ])
  })

  it('says why a complete hour moved: late events, new prices, replaced copies; and nothing when it did not', async () => {
    const noon = freshNoon()
    const base = event('why-1', noon + 30 * MINUTE_MS, { version: 10n, cost_usd: '1' })
    const context = contextOver(aggregator)
    context.watermark = noon + 2 * HOUR_MS
    const step = async (kind: string, events: EventFields[]) => {
      await insertEvents(writer, events)
      await announce(writer, events, { kind })
      await recomputeSpan(context, { from: noon, to: noon + HOUR_MS })
      await recordChanges(context, [noon])
    }
    await step('log', [base])
    await step('log', [base])
    await step('log', [event('why-2', noon + 31 * MINUTE_MS, { version: 10n, cost_usd: '4' })])
    await step('reprice', [{ ...base, version: 20n, cost_usd: '3' }])
    await step('log', [{ ...base, version: 30n, cost_usd: '2.5' }])
    await step('log', [{ ...base, version: 40n, cost_usd: null }])
    assert.deepEqual(await changesOf(noon), [
      { reason: 'first', old_calls: '0', new_calls: '1', change: '1' },
      { reason: 'late', old_calls: '1', new_calls: '2', change: '4' },
      { reason: 'reprice', old_calls: '2', new_calls: '2', change: '2' },
      { reason: 'correction', old_calls: '2', new_calls: '2', change: '-0.5' },
      { reason: 'correction', old_calls: '2', new_calls: '2', change: '-2.5' },
    ])
  })

  it('names both reasons where calls came late into an hour that was repriced meanwhile', async () => {
    const noon = freshNoon()
    const base = event('both-1', noon + 30 * MINUTE_MS, { version: 10n, cost_usd: '1' })
    const context = closedAt(noon)
    const recompute = () => recomputeSpan(context, { from: noon, to: noon + HOUR_MS })
    await insertEvents(writer, [base])
    await recompute()
    await recordChanges(context, [noon])
    const repriced = { ...base, version: 20n, cost_usd: '3' }
    const late = event('both-2', noon + 31 * MINUTE_MS, { version: 20n, cost_usd: '4' })
    await insertEvents(writer, [repriced, late])
    await announce(writer, [repriced], { kind: 'reprice' })
    await recompute()
    await recordChanges(context, [noon])
    assert.deepEqual((await changesOf(noon)).at(-1), {
      reason: 'late_and_reprice',
      old_calls: '1',
      new_calls: '2',
      change: '6',
    })
  })

  it('has a row for calls that became priced at 0, or lost such a price: no money moved', async () => {
    const noon = freshNoon()
    const base = event('free', noon + 30 * MINUTE_MS, { version: 10n, cost_usd: null })
    const context = closedAt(noon)
    for (const [kind, version, cost_usd] of [
      ['log', 10n, null],
      ['reprice', 20n, '0'],
      ['log', 30n, null],
    ] as const) {
      await insertEvents(writer, [{ ...base, version, cost_usd }])
      await announce(writer, [base], { kind })
      await recomputeSpan(context, { from: noon, to: noon + HOUR_MS })
      // The last one is left to whoever settles what a kill left out.
      if (kind === 'reprice' || version === 10n) await recordChanges(context, [noon])
    }
    await settleClosedHours(closedAt(noon))
    const rows = await reader.query<{ row: string }>(
      `SELECT concat(reason, ' ', toString(old_unpriced), ' ', toString(new_unpriced), ' ', toString(change_usd)) AS row
FROM v_changes WHERE hour = {hour:DateTime('UTC')} ORDER BY changed_at`,
      { params: { hour: noon / 1000 } },
    )
    assert.deepEqual(
      rows.map(({ row }) => row),
      ['first 0 1 0', 'reprice 1 0 0', 'correction 0 1 0'],
    )
  })

  it('takes a record from before unpriced calls were counted for what it says, and no change', async () => {
    const noon = freshNoon()
    const base = event('older', noon + 30 * MINUTE_MS, { version: 10n, cost_usd: null })
    const context = closedAt(noon)
    await insertEvents(writer, [base])
    await aggregator.insertObjects('rollup_changes', [
      { hour: noon / 1000, version: 1, reason: 'first', new_calls: 1, new_cost_usd: '0' },
    ])
    await recomputeSpan(context, { from: noon, to: noon + HOUR_MS })
    await recordChanges(context, [noon])
    assert.deepEqual(
      (await changesOf(noon)).map(({ reason }) => reason),
      ['first'],
    )
  })

  it('ends with the newest total, in whatever order two aggregators recorded', async () => {
    const noon = freshNoon()
    const row = (version: number, calls: number, changed_at: string) => ({
      hour: noon / 1000,
      version,
      reason: calls === 1 ? 'first' : 'late',
      new_calls: calls,
      new_unpriced: 0,
      new_cost_usd: String(calls),
      changed_at,
    })
    await aggregator.insertObjects('rollup_changes', [
      row(2, 2, '2026-11-24 10:00:00.000001'),
      row(1, 1, '2026-11-24 10:00:00.000002'),
    ])
    const rows = await reader.query<{ calls: string }>(
      `SELECT concat(toString(old_calls), ' ', toString(new_calls)) AS calls FROM v_changes
WHERE hour = {hour:DateTime('UTC')} ORDER BY new_calls`,
      { params: { hour: noon / 1000 } },
    )
    assert.deepEqual(
      rows.map(({ calls }) => calls),
      ['0 1', '1 2'],
    )
  })

  it('gets what a kill between a run and its record left out', async () => {
    const noon = freshNoon()
    const closed = (context: AggregatorContext) => Object.assign(context, { watermark: noon + 2 * HOUR_MS })
    await insertEvents(writer, [event('unsaid-1', noon + 30 * MINUTE_MS)])
    const context = closed(contextOver(aggregator))
    await recomputeSpan(context, { from: noon, to: noon + HOUR_MS })
    await recordChanges(context, [noon])
    await insertEvents(writer, [event('unsaid-2', noon + 31 * MINUTE_MS)])
    await recomputeSpan(context, { from: noon, to: noon + HOUR_MS })
    // Killed here. The next process begins with settling what is closed.
    await settleClosedHours(closed(contextOver(aggregator)))
    assert.deepEqual(
      (await changesOf(noon)).map(({ reason, new_calls }) => [reason, new_calls]),
      [
        ['first', '1'],
        ['late', '2'],
      ],
    )
  })

  it('takes any number of hours', async () => {
    const first = TODAY - 390 * DAY_MS
    const hours = Array.from({ length: 12_000 }, (_, i) => first - i * HOUR_MS)
    await aggregator.insertObjects(
      'rollup_runs',
      hours.map(hour => ({ hour: hour / 1000, version: 1 })),
    )
    const context = contextOver(aggregator)
    context.watermark = first + 3 * HOUR_MS
    await settleClosedHours(context)
    const params = { first: first / 1000 }
    const [row] = await aggregator.query<{ n: string }>(
      "SELECT count() AS n FROM rollup_changes WHERE reason = 'first' AND new_calls = 0 AND hour <= {first:DateTime('UTC')}",
      { params },
    )
    assert.equal(row?.n, '12000')
    const shown = await reader.query("SELECT * FROM v_changes WHERE hour <= {first:DateTime('UTC')}", {
      params,
    })
    assert.deepEqual(shown, [], 'an hour that had no calls and has none is no change')
  })
})
