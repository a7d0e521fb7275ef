// The proof, put to the proof: a clean world is clean, and each damage that is planted is found and named. Each test has a day
// of its own; batch rows know no days, so damaged ones come last.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS, startOfDay, toSpans, toSqlTime, touchedHours } from '#core/hours.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { type Finding, verify, verifyBatches } from '../../services/aggregator/verify/verify.ts'
import { startEngine } from '../support/engine.ts'
import { contextOver, type EventFields, insertEvents } from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const aggregator = engine.warehouse('aggregator')
const context = contextOver(aggregator)

const TODAY = startOfDay(Date.now())
let days = 0
const freshDay = (daysAgo = 3): number => TODAY - (daysAgo + 3 * days++) * DAY_MS

const recompute = async (events: readonly EventFields[]): Promise<void> => {
  for (const span of toSpans(events.flatMap(({ occurred_at }) => touchedHours(occurred_at)))) {
    await recomputeSpan(context, span)
  }
}

/** Some calls of three features over a day; among them twins, unpriced ones, and one at either end of the day. */
async function cleanDay(day: number): Promise<EventFields[]> {
  const events: EventFields[] = Array.from({ length: 30 }, (_, i) => ({
    event_id: `v-${day}-${i}`,
    occurred_at: day + i * 47 * MINUTE_MS,
    feature: `f${i % 3}`,
    tenant_id: `t${i % 2}`,
    cost_usd: i % 7 === 3 ? null : `0.00${i + 1}`,
  }))
  const twins = events.slice(0, 6).map(event => ({
    ...event,
    occurred_at: event.occurred_at + 3 * MINUTE_MS,
    tenant_id: 'observer',
    version: 1n,
  }))
  const last = { event_id: `v-${day}-last`, occurred_at: day + DAY_MS - 1 }
  const all = [...events, ...twins, last]
  await insertEvents(writer, all)
  await recompute(all)
  return all
}

const totalsOf = async (day: number): Promise<readonly Finding[]> => {
  const report = await verify({ warehouse: aggregator, from: day, to: day + DAY_MS, patienceMs: 0 })
  return report.findings.filter(({ check }) => check === 'totals' || check === 'conflicts')
}

const where = (findings: readonly Finding[]): string[] =>
  findings.map(({ check, where: place }) => `${check}: ${place}`)

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 13)

describe('verify', () => {
  it('finds nothing in a clean world: twins, replays, merges, unpriced calls, empty hours', async () => {
    const day = freshDay()
    const events = await cleanDay(day)
    await insertEvents(writer, events.slice(0, 12))
    await writer.command(
      `OPTIMIZE TABLE usage_events PARTITION ${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')} FINAL`,
    )
    await recompute(events)
    const report = await verify({ warehouse: aggregator, from: day, to: day + DAY_MS, patienceMs: 0 })
    assert.deepEqual(report.findings, [])
    assert.equal(report.calls, 31n)
    assert.ok(report.hoursCompared >= 20)
  })

  it('compares whole days and parts of a day alike', async () => {
    const day = freshDay()
    await cleanDay(day)
    const { findings, calls } = await verify({
      warehouse: aggregator,
      from: day - 5 * HOUR_MS,
      to: day + 30 * HOUR_MS,
      patienceMs: 0,
    })
    assert.deepEqual(findings, [])
    assert.equal(calls, 31n)
  })

  for (const table of ['usage_by_feature', 'usage_by_user'] as const) {
    const name = table === 'usage_by_feature' ? 'rollup by feature' : 'rollup by user'
    const plant = (day: number, change: string) =>
      writer.command(
        `INSERT INTO ${table} SELECT * REPLACE (version + 1 AS version, ${change}) FROM ${table} FINAL
WHERE quarter >= {from:DateTime('UTC')} AND quarter < {from:DateTime('UTC')} + INTERVAL 1 HOUR AND feature = 'f1' LIMIT 1`,
        { params: { from: day / 1000 } },
      )

    it(`finds a row that is missing in ${table}`, async () => {
      const day = freshDay()
      await cleanDay(day)
      await plant(day, '1 AS is_deleted')
      assert.deepEqual(where(await totalsOf(day)), [`totals: ${name}, ${time(day)}:00Z, feature f1`])
    })

    it(`finds calls, costs and tokens that are wrong in ${table}, with both figures`, async () => {
      const day = freshDay()
      await cleanDay(day)
      for (const change of [
        'calls + 1 AS calls',
        "cost_usd + toDecimal128('0.000000000001', 12) AS cost_usd",
        'output_text_tokens + 1 AS output_text_tokens',
      ]) {
        await plant(day, change)
        const [finding, ...others] = await totalsOf(day)
        assert.equal(finding?.where, `${name}, ${time(day)}:00Z, feature f1`)
        assert.match(finding?.expected ?? '', /^1 calls, 0\.002 USD, 100 in, 0 out$/)
        assert.notEqual(finding?.found, finding?.expected)
        assert.deepEqual(others, [])
        await recomputeSpan(context, { from: day, to: day + HOUR_MS })
      }
    })
  }

  it('finds an event that is doubled under another tenant', async () => {
    const day = freshDay()
    const events = await cleanDay(day)
    const [event] = events.slice(-1)
    await insertEvents(writer, [{ ...event, tenant_id: 'somebody-else' } as EventFields])
    assert.deepEqual(where(await totalsOf(day)), [
      `totals: visible events, ${time(day + 23 * HOUR_MS)}:00Z, feature chat`,
    ])
  })

  it('finds an event id that was used for two calls an hour apart: both count, and it says so', async () => {
    const day = freshDay()
    const event = { event_id: `reused-${day}`, occurred_at: day + 5 * HOUR_MS }
    const events = [event, { ...event, occurred_at: day + 6 * HOUR_MS }]
    await insertEvents(writer, events)
    await recompute(events)
    const findings = await totalsOf(day)
    assert.deepEqual(where(findings), [`conflicts: event_id reused-${day}`])
    assert.match(findings[0]?.found ?? '', /^calls at .* 05:00:00\.000 and .* 06:00:00\.000, both counted$/)
  })

  it('finds such an id over midnight, once', async () => {
    const day = freshDay()
    const event = { event_id: `night-${day}`, occurred_at: day + DAY_MS - MINUTE_MS }
    const events = [event, { ...event, occurred_at: day + DAY_MS + 10 * MINUTE_MS }]
    await insertEvents(writer, events)
    await recompute(events)
    const report = await verify({ warehouse: aggregator, from: day, to: day + 2 * DAY_MS, patienceMs: 0 })
    assert.deepEqual(where(report.findings), [`conflicts: event_id night-${day}`])
  })

  it('finds a raw event that was hidden', async () => {
    const day = freshDay()
    const [event] = await cleanDay(day)
    await insertEvents(writer, [{ ...event, version: 2n ** 64n - 1n, is_deleted: 1 } as EventFields])
    const place = `${time(day)}:00Z, feature f0`
    assert.deepEqual(where(await totalsOf(day)), [`totals: visible events, ${place}`])
    await recomputeSpan(context, { from: day, to: day + HOUR_MS })
    assert.equal((await totalsOf(day)).length, 3)
  })

  it('finds damage in hours older than any batch row', async () => {
    const day = freshDay(90)
    await cleanDay(day)
    assert.deepEqual(await totalsOf(day), [])
    await writer.command(
      `INSERT INTO usage_by_feature SELECT * REPLACE (version + 1 AS version, cost_usd * 2 AS cost_usd) FROM usage_by_feature FINAL
WHERE toDate(quarter) = toDate({day:DateTime('UTC')}) AND cost_usd > 0 LIMIT 1`,
      { params: { day: day / 1000 } },
    )
    assert.equal((await totalsOf(day)).length, 1)
  })

  it('waits for an hour that is being recomputed, as long as it is told to', async () => {
    const day = freshDay()
    await insertEvents(writer, [{ event_id: `slow-${day}`, occurred_at: day + HOUR_MS }])
    const options = { warehouse: aggregator, from: day, to: day + DAY_MS }
    const [patient, impatient] = await Promise.all([
      verify({ ...options, patienceMs: 20_000 }),
      verify({ ...options, patienceMs: 0 }).finally(() =>
        recomputeSpan(context, { from: day, to: day + 2 * HOUR_MS }),
      ),
    ])
    assert.equal(impatient.findings.length, 2)
    assert.deepEqual(patient.findings, [])
  })
})

describe('the batch rows', () => {
  interface BatchRow {
    readonly log_id: string
    readonly first_offset: number
    readonly last_offset: number
    readonly partition?: number
    readonly stored?: number
    readonly dead?: number
    readonly dropped?: number
    readonly inserted_at?: string
    readonly read?: number
    readonly topic?: string
  }

  const batches = (rows: readonly BatchRow[]): Promise<void> =>
    writer.insertObjects(
      'ingest_batches',
      rows.map(row => {
        const read = row.read ?? row.last_offset - row.first_offset + 1
        const stored = read - (row.dead ?? 0) - (row.dropped ?? 0)
        return { kind: 'log', topic: 'usage', partition: 0, read, stored, ...row }
      }),
    )

  const progress = (log_id: string, consumed: number, fields: object = {}): Promise<void> =>
    writer.insertObjects('ingest_progress', [
      {
        log_id,
        topic: 'usage',
        partition_count: 1,
        partitions: [0],
        consumed: [consumed],
        ends: [consumed],
        ...fields,
      },
    ])

  it('that balance and join are clean: refused and dropped records, repeats, other cuts, other logs', async () => {
    await batches([
      { log_id: 'clean', first_offset: 0, last_offset: 9, dead: 2, dropped: 1 },
      { log_id: 'clean', first_offset: 0, last_offset: 9, dead: 2, dropped: 1 },
      { log_id: 'clean', first_offset: 5, last_offset: 14 },
      { log_id: 'clean', first_offset: 2, last_offset: 3 },
      { log_id: 'clean', first_offset: 15, last_offset: 15 },
      { log_id: 'clean', partition: 1, first_offset: 40, last_offset: 49 },
      { log_id: 'clean', topic: 'dead', first_offset: 7, last_offset: 8 },
      { log_id: 'recreated', first_offset: 0, last_offset: 2 },
    ])
    await progress('clean', 10)
    await progress('clean', 16)
    await progress('recreated', 0)
    await writer.insertObjects('ingest_batches', [{ kind: 'reprice', hours: [0] }])
    assert.deepEqual(await verifyBatches(aggregator), [])
  })

  it('of which only a part is left after their 35 days are no finding', async () => {
    const daysAgo = (count: number): string => toSqlTime(Date.now() - count * DAY_MS)
    await batches([
      { log_id: 'aged', first_offset: 0, last_offset: 9, inserted_at: daysAgo(36) },
      { log_id: 'aged', first_offset: 20, last_offset: 29, inserted_at: daysAgo(34) },
      { log_id: 'aged', first_offset: 30, last_offset: 39 },
    ])
    await progress('aged', 40)
    await progress('quiet', 500)
    assert.deepEqual(await verifyBatches(aggregator), [])
  })

  it('that do not balance are found', async () => {
    await batches([{ log_id: 'unbalanced', first_offset: 0, last_offset: 9, read: 10, stored: 8, dead: 1 }])
    assert.deepEqual(await verifyBatches(aggregator), [
      {
        check: 'batch_sums',
        where: 'usage/0 from offset 0',
        expected: '10 read',
        found: '8 stored + 1 dead + 0 dropped',
      },
    ])
  })

  it('that leave a hole are found, and progress beyond what they cover', async () => {
    await batches([
      { log_id: 'hole', first_offset: 0, last_offset: 9 },
      { log_id: 'hole', first_offset: 11, last_offset: 19 },
      { log_id: 'ahead', first_offset: 0, last_offset: 9 },
    ])
    await progress('hole', 20)
    await progress('ahead', 12)
    await progress('ahead', 11)
    const holes = (await verifyBatches(aggregator)).filter(({ check }) => check === 'offset_holes')
    assert.deepEqual(holes, [
      {
        check: 'offset_holes',
        where: 'usage/0 of log ahead',
        expected: 'offset 10',
        found: 'offset 12',
      },
      { check: 'offset_holes', where: 'usage/0 of log hole', expected: 'offset 10', found: 'offset 11' },
    ])
  })
})
