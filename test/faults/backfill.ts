// Two aggregators are killed again and again while two million calls are filled into sixty days and better copies, twins and new
// prices arrive late. In the end the proof finds nothing, and totals are those that the calls' numbers give.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DAY_MS, MINUTE_MS, startOfDay, toSqlTime } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { verify } from '../../services/aggregator/verify/verify.ts'
import { type Random, seeded } from '../aggregator/worlds.ts'
import { eventually } from '../support/ledger-process.ts'
import type { AggregatorChildSettings } from './aggregator-child.ts'
import { type BackfillWorld, expectedTotal, type Told, tell } from './backfill-world.ts'
import { withEngine } from './engine.ts'
import type { Scenario } from './scenario.ts'

const CALLS = 2_000_000
const DAYS = 60
const KILLS = 20
const BATCHES = 40

/** Until everything is recomputed and recorded after the last batch, ms. */
const SETTLE_MS = 15 * MINUTE_MS

const CHILD = fileURLToPath(new URL('./aggregator-child.ts', import.meta.url))

interface Killable {
  kill(index: number): Promise<void>
  stop(): Promise<void>
}

function startAggregators(settings: AggregatorChildSettings): Killable {
  const start = (): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  const children = [start(), start()]
  const ended = (child: ChildProcess): Promise<void> =>
    new Promise(resolve => {
      if (child.exitCode !== null || child.signalCode !== null) resolve()
      else child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  return {
    async kill(index) {
      const child = children[index]
      if (child) await ended(child)
      children[index] = start()
    },
    async stop() {
      await Promise.all(children.map(ended))
    },
  }
}

interface Delivery {
  readonly as: Told
  readonly first: number
  readonly count: number
}

/** Reports come in order of their number; what is told again comes at a random time, twins even before the call itself. */
function deliveries(world: BackfillWorld, batches: number, random: Random): Delivery[] {
  const count = Math.ceil(world.calls / batches)
  const all = (['first', 'twin', 'better', 'repriced'] as const).flatMap(as =>
    Array.from({ length: batches }, (_, i) => {
      const first = i * count
      const rank = as === 'first' ? i : as === 'repriced' ? batches : i * random() + batches * random()
      return { as, first, count: Math.min(count, world.calls - first), rank }
    }),
  )
  return all.filter(({ count: calls }) => calls > 0).sort((a, b) => a.rank - b.rank)
}

/** One partition of which everything is read: every hour of the past is complete, so each change is recorded. */
async function sayReadUntil(writer: Warehouse, now: number): Promise<void> {
  const stored_until = [toSqlTime(now)]
  const place = { log_id: 'backfill', topic: 'llm.usage.v1', partition_count: 1, partitions: [0] }
  await writer.insertObjects('ingest_progress', [
    { consumer: 'backfill', ...place, consumed: [0], ends: [0], stored_until, asked_at: toSqlTime(now) },
  ])
}

const TOTAL = (view: string): string =>
  `SELECT sum(v.calls) AS calls, toString(toInt128(sum(v.cost_usd) * 1000000000000)) AS picos,
  sum(v.unpriced_calls) AS unpriced, sum(v.uncached_input_tokens) AS tokens
FROM ${view} AS v
WHERE v.quarter >= {day:DateTime('UTC')} AND v.quarter < {day:DateTime('UTC')} + INTERVAL 1 DAY`

/** Day by day: what a reader may take for one question does not grow with the run. */
async function totalOf(reader: Warehouse, view: string, { start, days }: BackfillWorld): Promise<string> {
  const sums = { calls: 0n, picos: 0n, unpriced: 0n, tokens: 0n }
  for (let day = start; day < start + days * DAY_MS; day += DAY_MS) {
    const [row] = await reader.query<Record<keyof typeof sums, string>>(TOTAL(view), {
      params: { day: day / 1000 },
    })
    for (const name of ['calls', 'picos', 'unpriced', 'tokens'] as const)
      sums[name] += BigInt(row?.[name] ?? 0)
  }
  return `${sums.calls} calls, ${sums.picos} picos, ${sums.unpriced} unpriced, ${sums.tokens} in`
}

/** Hours with a batch that is newer than their last run. */
const DUE_SQL = `SELECT count() AS hours
FROM (SELECT hour, max(inserted_at) AS batch FROM ingest_batches ARRAY JOIN hours AS hour GROUP BY hour) AS told
LEFT JOIN (SELECT hour, max(version) AS version FROM rollup_runs GROUP BY hour) AS run ON run.hour = told.hour
WHERE toUnixTimestamp64Micro(told.batch) > run.version`

/** Hours of which the last recorded total is not what the rollup says. */
const UNTOLD_SQL = `SELECT count() AS hours FROM
(
  SELECT hour, sum(t.calls) AS calls, sum(t.cost_usd) AS cost, sum(t.unpriced_calls) AS unpriced
  FROM v_costs_hourly AS t GROUP BY hour
) AS now
FULL JOIN
(
  SELECT hour, argMax(c.new_calls, c.changed_at) AS calls, argMax(c.new_cost_usd, c.changed_at) AS cost,
    argMax(c.new_unpriced, c.changed_at) AS unpriced
  FROM v_changes AS c GROUP BY hour
) AS told ON told.hour = now.hour
WHERE told.calls != now.calls OR told.cost != now.cost OR told.unpriced != now.unpriced`

/** Rows that do not begin where the one before them ended. */
const GAPS_SQL = `SELECT count() AS hours FROM
(
  SELECT arraySort(groupArray((c.changed_at, c.old_cost_usd, c.new_cost_usd))) AS rows FROM v_changes AS c GROUP BY c.hour
)
WHERE arrayExists(i -> rows[i].2 != if(i = 1, 0, rows[i - 1].3), arrayEnumerate(rows))`

async function hoursOf(warehouse: Warehouse, sql: string): Promise<string> {
  const [row] = await warehouse.query<{ hours: string }>(sql)
  return row?.hours ?? ''
}

/** @param scale of the calls and of the kills; a short run fills fewer days */
export const backfill: Scenario = {
  name: 'backfill',
  promise:
    'two aggregators killed 20 times during a backfill of 2 M calls into 60 days, with late copies and new prices: the proof is clean',
  run: ({ seed, scale, say }) =>
    withEngine(async engine => {
      const random = seeded(seed)
      const days = Math.max(2, Math.round(DAYS * Math.min(1, scale)))
      const start = startOfDay(Date.now()) - (days + 1) * DAY_MS
      const world = { seed, start, days, calls: Math.max(1_000, Math.round(CALLS * scale)) }
      const batches = Math.max(4, Math.round(BATCHES * Math.min(1, scale * 4)))
      const kills = Math.max(2, Math.round(KILLS * Math.min(1, scale * 10)))
      const [writer, reader] = [engine.warehouse('writer'), engine.warehouse('reader')]
      const aggregator = engine.warehouse('aggregator')
      const password = engine.passwords.aggregator
      await sayReadUntil(writer, Date.now())
      const children = startAggregators({
        mode: 'wake',
        url: engine.url,
        password,
        hours: [],
        rounds: 0,
        slowEvery: 0,
      })
      try {
        const all = deliveries(world, batches, random)
        let killed = 0
        for (const [i, delivery] of all.entries()) {
          await tell(writer, world, delivery.as, delivery)
          while (killed < ((i + 1) * kills) / all.length) {
            await sleep(500 + random() * 3_000)
            await children.kill(killed % 2)
            killed += 1
            say(`killed ${killed} times; ${i + 1} of ${all.length} deliveries`)
          }
        }
        const expected = await expectedTotal(aggregator, world)
        const none = (hours: string) => hours === '0'
        await eventually('every hour recomputed', () => hoursOf(aggregator, DUE_SQL), none, SETTLE_MS)
        say(`every hour is recomputed; expects ${expected}`)
        for (const view of ['v_costs_15m', 'v_user_costs_15m'])
          assert.equal(await totalOf(reader, view, world), expected, view)
        const range = { from: start, to: start + days * DAY_MS }
        const began = performance.now()
        const report = await verify({ warehouse: aggregator, ...range, patienceMs: 0 })
        const verifiedInS = Math.round((performance.now() - began) / 1000)
        assert.deepEqual(report.findings, [])
        say(`the proof is clean: ${report.calls} calls in ${report.hoursCompared} hours`)
        // A record that a kill left out is made up for when the next aggregator begins.
        for (const index of [0, 1]) await children.kill(index)
        await eventually('every total told of', () => hoursOf(aggregator, UNTOLD_SQL), none, SETTLE_MS)
        assert.equal(await hoursOf(aggregator, GAPS_SQL), '0', 'changes follow one another without a gap')
        return {
          kills: killed,
          days,
          hours: report.hoursCompared,
          deliveries: all.length,
          verified_in_s: verifiedInS,
          total: expected,
        }
      } finally {
        await children.stop()
      }
    }),
}
