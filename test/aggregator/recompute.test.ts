// Recomputing hours, against the real engine. Each test has a day of its own.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS, startOfDay, toSpans } from '#core/hours.ts'
import { eventVersion } from '#core/identity.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { ROLLUP_TABLES } from '../../services/aggregator/rollup-tables.ts'
import { startEngine } from '../support/engine.ts'
import { contextOver, type EventFields, insertEvents, sumsOf, visibleEvents } from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')
const context = contextOver(engine.warehouse('aggregator'))

let days = 0
/** A day that no other test writes to. */
const freshDay = (): number => startOfDay(Date.UTC(2026, 5, 1)) + days++ * 3 * DAY_MS

const at = (day: number, hour: number, minute = 0, ms = 0): number =>
  day + hour * HOUR_MS + minute * MINUTE_MS + ms

const recompute = async (...hours: number[]): Promise<void> => {
  for (const span of toSpans(hours)) await recomputeSpan(context, span)
}

interface Part {
  table: string
  rows: string
}

/** Parts as statements wrote them to the rollups of a day; those merged since are still known for a while. */
const partsOf = (day: number): Promise<Part[]> =>
  engine.warehouse('aggregator').query<Part>(
    `SELECT table, toString(rows) AS rows FROM system.parts
WHERE database = 'spendledger' AND table LIKE 'usage_by_%' AND partition = {day:String} AND min_block_number = max_block_number
ORDER BY table, modification_time`,
    { params: { day: new Date(day).toISOString().slice(0, 10).replaceAll('-', '') } },
  )

/** Everything in a rollup but versions, and but the float that depends on the order of summing. */
const contentOf = (table: string, day: number) =>
  engine.warehouse('aggregator').query(
    `SELECT * EXCEPT (version, cost_usd_sq), round(cost_usd_sq, 9) AS squares FROM ${table} FINAL
WHERE toDate(quarter) = toDate({day:DateTime('UTC')}) ORDER BY ALL`,
    { params: { day: day / 1000 } },
  )

describe('a recompute', () => {
  it('adds up what readers see, by quarter-hour and in both rollups', async () => {
    const day = freshDay()
    await insertEvents(writer, [
      { event_id: 'sum-1', occurred_at: at(day, 10, 14, 59_999), cost_usd: '0.1' },
      { event_id: 'sum-2', occurred_at: at(day, 10, 15), cost_usd: '0.000000000001', user_id: 'u2' },
      { event_id: 'sum-3', occurred_at: at(day, 10, 59), cost_usd: '3', attempt: 2 },
      { event_id: 'sum-4', occurred_at: at(day, 11), cost_usd: '7' },
    ])
    await recompute(at(day, 10))
    const expected = { calls: 3, cost: '3.100000000001', unpriced: 0 }
    assert.deepEqual(await sumsOf(reader, at(day, 10), at(day, 11)), expected)
    assert.deepEqual(await sumsOf(reader, at(day, 10), at(day, 11), 'v_user_costs_15m'), expected)
    assert.deepEqual(await sumsOf(reader, at(day, 11), at(day, 12)), { calls: 0, cost: '0', unpriced: 0 })
    const quarters = await reader.query(
      `SELECT toMinute(quarter) AS minute, sum(calls) AS calls, sum(requests) AS requests FROM v_costs_15m
WHERE toDate(quarter) = toDate({day:DateTime('UTC')}) GROUP BY minute ORDER BY minute`,
      { params: { day: day / 1000 } },
    )
    assert.deepEqual(quarters, [
      { minute: 0, calls: '1', requests: '1' },
      { minute: 15, calls: '1', requests: '1' },
      { minute: 45, calls: '1', requests: '0' },
    ])
  })

  it('is one part for each table and statement, however many groups and hours: readers never see half', async () => {
    const day = freshDay()
    await writer.command(
      `INSERT INTO usage_events (event_id, occurred_at, feature, user_id, version, cost_usd)
SELECT concat('part-', toString(number)), toDateTime64({day:UInt32} + number % 82800, 3, 'UTC'), toString(number % 20),
  toString(number % 1000), 1, 0.1 FROM numbers(60000)`,
      { params: { day: day / 1000 } },
    )
    await recompute(...Array.from({ length: 24 }, (_, hour) => at(day, hour)))
    const parts = await partsOf(day)
    assert.deepEqual(
      parts.map(({ table }) => table),
      ['usage_by_feature', 'usage_by_user'],
    )
    assert.ok(
      parts.every(({ rows }) => Number(rows) > 1_000),
      JSON.stringify(parts),
    )
    assert.equal((await sumsOf(reader, day, day + DAY_MS)).calls, 60_000)
    await recompute(...Array.from({ length: 24 }, (_, hour) => at(day, hour)))
    assert.equal((await partsOf(day)).length, 4)
  })

  it('changes nothing when it is repeated', async () => {
    const day = freshDay()
    const events = Array.from({ length: 40 }, (_, i) => ({
      event_id: `again-${i}`,
      occurred_at: at(day, 9, i),
      feature: `f${i % 3}`,
      cost_usd: i % 4 === 0 ? null : `0.${i}`,
    }))
    await insertEvents(writer, events)
    await recompute(at(day, 9))
    const before = await Promise.all(ROLLUP_TABLES.map(({ name }) => contentOf(name, day)))
    assert.ok(before.every(rows => rows.length > 0))
    for (let i = 0; i < 3; i++) await recompute(at(day, 9))
    assert.deepEqual(await Promise.all(ROLLUP_TABLES.map(({ name }) => contentOf(name, day))), before)
  })

  it('removes groups that vanished, down to the last one of an hour', async () => {
    const day = freshDay()
    const event = { event_id: 'moved', occurred_at: at(day, 8, 30), feature: 'old', cost_usd: '2' }
    await insertEvents(writer, [event])
    await recompute(at(day, 8))
    await insertEvents(writer, [{ ...event, feature: 'new', version: 2n ** 63n + 2n ** 62n + 2n ** 50n }])
    await recompute(at(day, 8))
    const features = await reader.query(
      `SELECT feature, calls FROM v_costs_15m WHERE toDate(quarter) = toDate({day:DateTime('UTC')})`,
      { params: { day: day / 1000 } },
    )
    assert.deepEqual(features, [{ feature: 'new', calls: '1' }])

    await writer.command(
      `ALTER TABLE usage_events DELETE WHERE event_id = 'moved' SETTINGS mutations_sync = 2`,
    )
    await recompute(at(day, 8))
    assert.deepEqual(await sumsOf(reader, day, day + DAY_MS), { calls: 0, cost: '0', unpriced: 0 })
    for (const { name } of ROLLUP_TABLES) assert.deepEqual(await contentOf(name, day), [])
  })

  it('of hours without events writes no rows, and says that it ran', async () => {
    const day = freshDay()
    await recompute(at(day, 3), at(day, 4))
    assert.deepEqual(await partsOf(day), [])
    const runs = await engine.warehouse('aggregator').query(
      `SELECT toHour(r.hour) AS h, groups, calls, cost_usd FROM rollup_runs AS r
WHERE toDate(r.hour) = toDate({day:DateTime('UTC')}) ORDER BY h`,
      { params: { day: day / 1000 } },
    )
    assert.deepEqual(runs, [
      { h: 3, groups: '0', calls: '0', cost_usd: '0' },
      { h: 4, groups: '0', calls: '0', cost_usd: '0' },
    ])
  })

  it('counts what is unpriced beside a sum of 0, never as NULL', async () => {
    const day = freshDay()
    await insertEvents(writer, [
      { event_id: 'null-1', occurred_at: at(day, 7), cost_usd: null, cost_status: 'unpriced' },
      { event_id: 'null-2', occurred_at: at(day, 7), cost_usd: null, cost_status: 'inconsistent_usage' },
      { event_id: 'null-3', occurred_at: at(day, 7), feature: '', cost_usd: null },
      { event_id: 'null-4', occurred_at: at(day, 7), feature: '', cost_usd: '1.5', cost_status: 'estimated' },
    ])
    await recompute(at(day, 7))
    const rows = await reader.query(
      `SELECT feature, calls, cost_usd, cost_usd_max, list_cost_usd, cost_usd_sq, unpriced_calls, inconsistent_calls, estimated_calls
FROM v_costs_hourly WHERE toDate(hour) = toDate({day:DateTime('UTC')}) ORDER BY feature`,
      { params: { day: day / 1000 } },
    )
    const common = { list_cost_usd: '0' }
    assert.deepEqual(rows, [
      {
        ...common,
        feature: '',
        calls: '2',
        cost_usd: '1.5',
        cost_usd_max: '1.5',
        cost_usd_sq: 2.25,
        unpriced_calls: '1',
        inconsistent_calls: '0',
        estimated_calls: '1',
      },
      {
        ...common,
        feature: 'chat',
        calls: '2',
        cost_usd: '0',
        cost_usd_max: '0',
        cost_usd_sq: 0,
        unpriced_calls: '2',
        inconsistent_calls: '1',
        estimated_calls: '0',
      },
    ])
  })

  it('adds the largest costs and counts that a row can hold without losing a digit', async () => {
    const day = freshDay()
    await writer.command(
      `INSERT INTO usage_events (event_id, occurred_at, version, cost_usd, uncached_input_tokens, latency_ms)
SELECT concat('large-', toString(number)), toDateTime64({at:UInt32}, 3, 'UTC'), 1,
  toDecimal64('999999.999999999999', 12), 4294967295, 4294967295 FROM numbers(3000)`,
      { params: { at: at(day, 6) / 1000 } },
    )
    await recompute(at(day, 6))
    const [row] = await reader.query(
      `SELECT sum(cost_usd) AS cost, sum(uncached_input_tokens) AS tokens, sum(input_tokens) AS input, sum(latency_ms_sum) AS latency
FROM v_costs_daily WHERE day = toDate({day:DateTime('UTC')})`,
      { params: { day: day / 1000 } },
    )
    const tokens = String(3_000n * 4_294_967_295n)
    assert.deepEqual(row, { cost: '2999999999.999999997', tokens, input: tokens, latency: tokens })
  })

  it('wins over what stands in the rollup, also when the clock was put back or a row was tampered with', async () => {
    const day = freshDay()
    await insertEvents(writer, [{ event_id: 'clock', occurred_at: at(day, 5, 20), cost_usd: '4' }])
    await recompute(at(day, 5))
    const tomorrow = String((Date.now() + DAY_MS) * 1000)
    for (const { name } of ROLLUP_TABLES) {
      await writer.command(
        `INSERT INTO ${name} SELECT * REPLACE (77 AS calls, {version:UInt64} AS version) FROM ${name} FINAL
WHERE toDate(quarter) = toDate({day:DateTime('UTC')})`,
        { params: { day: day / 1000, version: tomorrow } },
      )
    }
    assert.equal((await sumsOf(reader, day, day + DAY_MS)).calls, 77)
    await recompute(at(day, 5))
    const mended = { calls: 1, cost: '4', unpriced: 0 }
    assert.deepEqual(await sumsOf(reader, day, day + DAY_MS), mended)
    assert.deepEqual(await sumsOf(reader, day, day + DAY_MS, 'v_user_costs_15m'), mended)
  })
})

describe('copies of an event', () => {
  const best = (event: EventFields, fields: Partial<EventFields> = {}): EventFields => ({
    ...event,
    version: eventVersion({ usageSource: 'provider', bookSequence: 9, receivedAt: event.occurred_at }),
    ...fields,
  })

  it('count once where they lie on both sides of an hour, on whichever side the better one is', async () => {
    for (const better of [0, 1]) {
      const day = freshDay()
      const early = { event_id: `border-${better}`, occurred_at: at(day, 10, 0, -1), cost_usd: '1' }
      const late = { ...early, occurred_at: at(day, 10, 9, 59_999), cost_usd: '2' }
      await insertEvents(writer, better === 0 ? [best(early), late] : [early, best(late)])
      await recompute(at(day, 9))
      await recompute(at(day, 10))
      assert.equal((await visibleEvents(reader, day, day + DAY_MS)).length, 1)
      assert.deepEqual(
        [await sumsOf(reader, at(day, 9), at(day, 10)), await sumsOf(reader, at(day, 10), at(day, 11))].map(
          ({ cost }) => cost,
        ),
        better === 0 ? ['1', '0'] : ['0', '2'],
      )
    }
  })

  it('count once over midnight, where they lie in two partitions', async () => {
    const day = freshDay()
    const midnight = day + DAY_MS
    const early = { event_id: 'midnight', occurred_at: midnight - 4 * MINUTE_MS, cost_usd: '1' }
    const late = { ...early, occurred_at: midnight + 5 * MINUTE_MS, cost_usd: '2' }
    await insertEvents(writer, [best(early), late])
    await recompute(midnight - HOUR_MS, midnight)
    assert.deepEqual(await visibleEvents(reader, day, midnight + DAY_MS), ['midnight@23:56:00 chat acme'])
    assert.deepEqual(await sumsOf(reader, day, midnight + DAY_MS), { calls: 1, cost: '1', unpriced: 0 })

    // The other one becomes the better one: it reappears, and the total moves to the next day.
    await insertEvents(writer, [best(late, { version: 2n ** 64n - 1n })])
    await recompute(midnight - HOUR_MS, midnight)
    assert.deepEqual(await visibleEvents(reader, day, midnight + DAY_MS), ['midnight@00:05:00 chat acme'])
    assert.deepEqual(await sumsOf(reader, day, midnight), { calls: 0, cost: '0', unpriced: 0 })
    assert.deepEqual(await sumsOf(reader, midnight, midnight + DAY_MS), { calls: 1, cost: '2', unpriced: 0 })
  })

  it('are decided by quality before arrival, and by arrival among equals', async () => {
    const day = freshDay()
    const copy = (
      event_id: string,
      usageSource: 'provider' | 'estimated',
      receivedAt: number,
      cost: string,
    ) => ({
      event_id,
      occurred_at: at(day, 10, 30),
      feature: `from ${usageSource} at ${receivedAt - day}`,
      cost_usd: cost,
      version: eventVersion({ usageSource, bookSequence: 1, receivedAt }),
    })
    await insertEvents(writer, [
      copy('quality', 'estimated', day + 1, '1'),
      copy('quality', 'provider', day + 99, '2'),
      copy('arrival', 'provider', day + 2, '4'),
      copy('arrival', 'provider', day + 1, '8'),
    ])
    await recompute(at(day, 10))
    assert.deepEqual(await visibleEvents(reader, day, day + DAY_MS), [
      'arrival@10:30:00 from provider at 1 acme',
      'quality@10:30:00 from provider at 99 acme',
    ])
    assert.equal((await sumsOf(reader, day, day + DAY_MS)).cost, '10')
  })

  it('of one version are decided by earlier time, greater feature, greater tenant; a replay changes nothing', async () => {
    const day = freshDay()
    const tie = { event_id: 'tie', occurred_at: at(day, 10, 30), version: 7n }
    const copies = [
      { ...tie, occurred_at: at(day, 10, 31), feature: 'z', tenant_id: 'z' },
      { ...tie, feature: 'a', tenant_id: 'z' },
      { ...tie, feature: 'b', tenant_id: 'a' },
      { ...tie, feature: 'b', tenant_id: 'b' },
    ]
    for (const again of [copies, [...copies].reverse(), copies.slice(0, 2)]) {
      await insertEvents(writer, again)
      await recompute(at(day, 10))
      assert.deepEqual(await visibleEvents(reader, day, day + DAY_MS), ['tie@10:30:00 b b'])
      assert.equal((await sumsOf(reader, day, day + DAY_MS)).calls, 1)
    }
  })

  it('exactly ten minutes apart are twins; a millisecond more and both count', async () => {
    const day = freshDay()
    const first = at(day, 10)
    await insertEvents(writer, [
      { event_id: 'within', occurred_at: first },
      { event_id: 'within', occurred_at: first + 10 * MINUTE_MS },
      { event_id: 'beyond', occurred_at: first },
      { event_id: 'beyond', occurred_at: first + 10 * MINUTE_MS + 1 },
    ])
    await recompute(first)
    assert.deepEqual(
      (await visibleEvents(reader, day, day + DAY_MS)).map(event => event.split('@')[0]),
      ['beyond', 'beyond', 'within'],
    )
  })

  it('far apart count the same, whichever hours were recomputed together', async () => {
    const seen: unknown[] = []
    for (const together of [true, false]) {
      const day = freshDay()
      const used = (minute: number) => ({ event_id: 'used-twice', occurred_at: at(day, 10, minute) })
      await insertEvents(writer, [used(5), used(45), used(90)])
      if (together) await recompute(at(day, 10), at(day, 11))
      else {
        await recompute(at(day, 11))
        await recompute(at(day, 10))
      }
      seen.push(await sumsOf(reader, day, day + DAY_MS), await visibleEvents(reader, day, day + DAY_MS))
    }
    assert.deepEqual(seen.slice(0, 2), seen.slice(2))
    assert.deepEqual(seen[0], { calls: 3, cost: '1.5', unpriced: 0 })
  })
})
