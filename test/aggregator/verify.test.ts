// The proof, put to the proof: a clean world is clean, and each damage that is planted is found and named. Each test has a day
// of its own; batch rows know no days, so damaged ones come last.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  startOfDay,
  startOfHour,
  toSpans,
  toSqlTime,
  touchedHours,
} from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { MEASURES, ROLLUPS } from '../../services/aggregator/verify/kept.ts'
import { slicesOf } from '../../services/aggregator/verify/slices.ts'
import { type Finding, verify, verifyBatches, verifyTotals } from '../../services/aggregator/verify/verify.ts'
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

/** Above those of `insertEvents`. */
const NEWER = 2n ** 64n - 10n

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 13)

const assertSays = (text: string | undefined, said: string | RegExp): void =>
  typeof said === 'string' ? assert.equal(text, said) : assert.match(text ?? '', said)

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

  it('compares every column of the rollups', async () => {
    const derived = ['input_tokens', 'output_tokens']
    const compared = MEASURES.map(({ column }) => column)
    for (const { view, dimensions } of Object.values(ROLLUPS)) {
      const columns = await aggregator.query<{ name: string }>(`DESCRIBE TABLE ${view}`)
      const names = columns.map(({ name }) => name).filter(name => !derived.includes(name))
      assert.deepEqual([...names].sort(), ['quarter', ...dimensions, ...compared].sort(), view)
    }
  })

  for (const [table, group] of [
    ['usage_by_feature', 'feature f1, model m'],
    ['usage_by_user', 'tenant_id t1, user_id u1, feature f1, model m'],
  ] as const) {
    const name = table === 'usage_by_feature' ? 'rollup by feature' : 'rollup by user'
    /** Changes the row of one call of the first hour, which cost 0.002 USD. */
    const plant = (day: number, change: string) =>
      writer.command(
        `INSERT INTO ${table} SELECT * REPLACE (version + 1 AS version, ${change}) FROM ${table} FINAL
WHERE quarter >= {from:DateTime('UTC')} AND quarter < {from:DateTime('UTC')} + INTERVAL 1 HOUR AND feature = 'f1' LIMIT 1`,
        { params: { from: day / 1000 } },
      )
    const told = async (day: number) =>
      (await totalsOf(day)).map(({ where: place, expected, found }) => `${place}: ${expected}; ${found}`)

    it(`finds a row that is missing in ${table}`, async () => {
      const day = freshDay()
      await cleanDay(day)
      await plant(day, '1 AS is_deleted')
      const place = `${name}, ${time(day)}:45Z, ${group}`
      assert.deepEqual(await told(day), [`${place}: calls 1, cost_usd 0.002; nothing`])
    })

    it(`finds a row of nothing in ${table}`, async () => {
      const day = freshDay()
      await cleanDay(day)
      const quarter = (day + 45 * MINUTE_MS) / 1000
      await writer.insertObjects(table, [{ quarter, feature: 'ghost', calls: 2, cost_usd: '3', version: 1 }])
      const place = `${name}, ${time(day)}:45Z, feature ghost`
      assert.deepEqual(await told(day), [`${place}: nothing; calls 2, cost_usd 3`])
    })

    it(`finds each figure that is wrong in ${table}, by a digit, with both`, async () => {
      const day = freshDay()
      await cleanDay(day)
      const changes = [
        ['calls + 1 AS calls', 'calls 1', 'calls 2'],
        ['requests + 1 AS requests', 'requests 1', 'requests 2'],
        ['output_text_tokens + 1 AS output_text_tokens', 'output_text_tokens 0', 'output_text_tokens 1'],
        [
          "cache_write_cost_usd + toDecimal128('0.000000000001', 12) AS cache_write_cost_usd",
          'cache_write_cost_usd 0',
          'cache_write_cost_usd 0.000000000001',
        ],
        ["toDecimal128('0.001999999999', 12) AS cost_usd", /^cost_usd 0\.00\d+$/, 'cost_usd 0.001999999999'],
        ['toDecimal64(1, 12) AS cost_usd_max', /^cost_usd_max 0\.00\d+$/, 'cost_usd_max 1'],
        ['cost_usd_sq + 1 AS cost_usd_sq', /^cost_usd_sq \S+$/, /^cost_usd_sq 1\.\d+$/],
        ['unpriced_calls + 1 AS unpriced_calls', 'unpriced_calls 0', 'unpriced_calls 1'],
        ['latency_ms_sum + 7 AS latency_ms_sum', 'latency_ms_sum 0', 'latency_ms_sum 7'],
      ] as const
      // A call of f1 for each change, and none that is unpriced.
      const calls = [1, 4, 7, 13, 16, 19, 22, 25, 28].map(i => day + i * 47 * MINUTE_MS)
      for (const [i, at] of calls.entries()) await plant(startOfHour(at), changes[i]?.[0] ?? '')
      const findings = await totalsOf(day)
      assert.equal(findings.length, changes.length)
      for (const [i, [, expected, found]] of changes.entries()) {
        const quarter = Math.floor((calls[i] ?? 0) / (15 * MINUTE_MS)) * 15 * MINUTE_MS
        const minute = new Date(quarter).toISOString().slice(0, 16)
        assert.ok(findings[i]?.where.startsWith(`${name}, ${minute}Z, `), findings[i]?.where)
        assertSays(findings[i]?.expected, expected)
        assertSays(findings[i]?.found, found)
      }
    })

    it(`finds a call that was moved to another model in ${table}`, async () => {
      const day = freshDay()
      await cleanDay(day)
      await plant(day, '1 AS is_deleted')
      await writer.command(
        `INSERT INTO ${table} SELECT * REPLACE ('n' AS model, 0 AS is_deleted) FROM ${table}
WHERE quarter >= {from:DateTime('UTC')} AND quarter < {from:DateTime('UTC')} + INTERVAL 1 HOUR AND feature = 'f1' AND calls > 0 AND is_deleted = 0 LIMIT 1`,
        { params: { from: day / 1000 } },
      )
      const place = `${name}, ${time(day)}:45Z, `
      assert.deepEqual(await told(day), [
        `${place}${group}: calls 1, cost_usd 0.002; nothing`,
        `${place}${group.replace('model m', 'model n')}: nothing; calls 1, cost_usd 0.002`,
      ])
    })

    it(`finds an hour that ${table} does not have`, async () => {
      const day = freshDay()
      await cleanDay(day)
      await writer.command(
        `INSERT INTO ${table} SELECT * REPLACE (version + 1 AS version, 1 AS is_deleted) FROM ${table} FINAL
WHERE toStartOfHour(quarter) = {hour:DateTime('UTC')}`,
        { params: { hour: (day + 9 * HOUR_MS) / 1000 } },
      )
      const findings = await totalsOf(day)
      assert.ok(findings.length > 0)
      for (const finding of findings) {
        assert.match(finding.where, new RegExp(`^${name}, ${time(day + 9 * HOUR_MS)}:\\d\\dZ, `))
        assert.equal(finding.found, 'nothing')
      }
    })
  }

  it('finds a call that another user made, although all figures by feature agree', async () => {
    const day = freshDay()
    const events = await cleanDay(day)
    const call = { ...events[1], version: NEWER } as EventFields
    await insertEvents(writer, [call])
    await recompute([call])
    await insertEvents(writer, [{ ...call, user_id: 'u2', version: NEWER + 1n }])
    const group = (user: string) =>
      `rollup by user, ${time(day)}:45Z, tenant_id t1, user_id ${user}, feature f1, model m`
    assert.deepEqual(where(await totalsOf(day)), [`totals: ${group('u1')}`, `totals: ${group('u2')}`])
  })

  it('tells of a hundred differences in so many words, and of the others how many', async () => {
    const day = freshDay()
    const rows = Array.from({ length: 130 }, (_, i) => ({
      quarter: day / 1000,
      feature: `g${i}`,
      calls: 1,
      version: 1,
    }))
    await writer.insertObjects('usage_by_feature', rows)
    const findings = await totalsOf(day)
    assert.equal(findings.length, 101)
    assert.equal(findings.at(-1)?.found, '30 more')
  })

  it('finds an event that is doubled under another tenant, in each place where it counts', async () => {
    const day = freshDay()
    const events = await cleanDay(day)
    const [event] = events.slice(-1)
    await insertEvents(writer, [{ ...event, tenant_id: 'somebody-else' } as EventFields])
    const findings = await totalsOf(day)
    assert.deepEqual(
      findings.map(({ where: place }) => place),
      [
        `visible events, ${time(day + 23 * HOUR_MS)}:59Z, event_id v-${day}-last`,
        `rollup by user, ${time(day + 23 * HOUR_MS)}:45Z, tenant_id acme, user_id u1, feature chat, model m`,
        `rollup by user, ${time(day + 23 * HOUR_MS)}:45Z, tenant_id somebody-else, user_id u1, feature chat, model m`,
      ],
    )
    assert.match(
      findings[0]?.found ?? '',
      /^a call at .* 23:59:59\.999, tenant_id acme, user_id u1, feature chat/,
    )
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
    const place = `visible events, ${time(day)}:00Z, event_id v-${day}-0`
    const [finding, ...others] = await totalsOf(day)
    assert.deepEqual(others, [])
    assert.equal(finding?.where, place)
    assert.match(finding?.expected ?? '', /^a call at .* 00:00:00.000, tenant_id t0, .*, cost_usd 0.001$/)
    assert.equal(finding?.found, 'nothing')
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

describe('memory', () => {
  /** bytes; the aggregator has more on the smallest machine */
  const LIMIT = 128 * 2 ** 20
  const limited: Warehouse = {
    ...aggregator,
    query: (sql, options) =>
      aggregator.query(sql, { ...options, settings: { ...options?.settings, max_memory_usage: LIMIT } }),
  }

  it('does not grow with an hour: it is compared where its events at once would need too much', async () => {
    const day = freshDay(100)
    const events = 400_000
    await writer.command(
      `INSERT INTO usage_events (event_id, occurred_at, version, feature, user_id, cost_usd, cost_status)
SELECT concat('a-long-enough-event-id-of-a-call-', toString(number)),
  fromUnixTimestamp64Milli(toInt64({day:UInt64} + number * 3600000 / ${events})),
  1, concat('f', toString(number % 5)), toString(number % 1000), number % 1000 / 100000, 'priced'
FROM numbers(${events})`,
      { params: { day } },
    )
    await recomputeSpan(context, { from: day, to: day + HOUR_MS })
    const inMemory = { max_bytes_before_external_group_by: 0, max_bytes_ratio_before_external_group_by: 0 }
    await assert.rejects(
      limited.query(
        `SELECT sum(length(copies)) FROM (SELECT event_id, groupArray((version, occurred_at, feature, tenant_id, user_id, cost_usd)) AS copies
FROM usage_events WHERE occurred_at >= fromUnixTimestamp64Milli(toInt64({day:UInt64})) GROUP BY event_id)`,
        { params: { day }, settings: inMemory },
      ),
      /memory/i,
    )
    const report = await verifyTotals({ warehouse: limited, from: day, to: day + DAY_MS, patienceMs: 0 })
    assert.deepEqual(report, { calls: BigInt(events), hours: 1, findings: [] })
  })
})

describe('slices', () => {
  const day = Date.UTC(2026, 10, 24)
  const hours = (...counts: number[]) => new Map(counts.map((count, i) => [day + i * HOUR_MS, count]))
  const cut = (counts: ReadonlyMap<number, number>, to: number) =>
    slicesOf(counts, day, to).map(({ from, to: end, copies }) => [
      (from - day) / HOUR_MS,
      (end - day) / HOUR_MS,
      copies,
    ])

  it('put quiet hours together, over midnight too, and leave a busy one alone', () => {
    assert.deepEqual(cut(hours(10, 20, 900_000, 5), day + 40 * HOUR_MS), [
      [0, 2, 30],
      [2, 3, 900_000],
      [3, 40, 5],
    ])
  })

  it('cover the range without a gap, however long', () => {
    const slices = slicesOf(new Map(), day, day + 400 * DAY_MS)
    assert.equal(slices[0]?.from, day)
    assert.equal(slices.at(-1)?.to, day + 400 * DAY_MS)
    for (const [i, slice] of slices.entries()) if (i > 0) assert.equal(slice.from, slices[i - 1]?.to)
    assert.ok(slices.length < 60)
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
