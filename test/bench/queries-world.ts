// The world of the bench `queries`: an engine with the schema of today, a month of events in it and rollups that the
// aggregator's own code computed. Made once for a directory that is kept; the clock of its questions stands still at `now`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { migrate, readMigrations } from '#adapters/clickhouse/migrations.ts'
import { startServer } from '#adapters/clickhouse/server/server.ts'
import { DAY_MS, HOUR_MS, startOfDay, startOfHour } from '#core/hours.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'
import { createAggregatorContext } from '../../services/aggregator/app.ts'
import type { AggregatorContext } from '../../services/aggregator/context.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { silentLog, testRegistry } from '../support/silent.ts'
import { daysOf, INSERT_DAY_SQL } from './world-sql.ts'

export interface World {
  readonly events: number
  /** The end of the month, ms: a whole quarter-hour. */
  readonly now: number
  readonly url: string
  readonly passwords: Readonly<Record<WarehouseUser, string>>
  /** Of the engine's process. */
  readonly pid: number
  readonly aggregator: AggregatorContext
  warehouse(user: WarehouseUser): Warehouse
  stop(): Promise<void>
}

export interface WorldOptions {
  readonly dataDir: string
  readonly events: number
  readonly now: number
  /** How many days before `now`. */
  readonly days: number
  /** The engine's, in bytes. */
  readonly memoryBytes: number
  readonly say?: (line: string) => void
}

/** Longer than any statement of a world of a hundred million events. */
const PATIENCE_MS = 30 * 60_000
const MOST_TRIES = 20

export async function openWorld(options: WorldOptions): Promise<World> {
  const { dataDir, memoryBytes } = options
  const connections = new Map<WarehouseUser, Warehouse>()
  const server = await startServer({ dataDir, httpPort: 0, memoryBytes, log: silentLog() })
  function warehouse(user: WarehouseUser): Warehouse {
    const open =
      connections.get(user) ?? createWarehouse({ url: server.url, user, password: server.passwords[user] })
    connections.set(user, open)
    return open
  }
  const stop = async (): Promise<void> => {
    await Promise.all([...connections.values()].map(connection => connection.close()))
    await server.stop()
  }
  try {
    await migrate(warehouse('writer'), await readMigrations())
    const aggregator = createAggregatorContext({
      warehouse: warehouse('aggregator'),
      log: silentLog(),
      registry: testRegistry(),
      clock: { now: () => Date.now() },
      topic: 'llm.usage.v1',
      retentionDays: 400,
    })
    const file = join(dataDir, 'world.json')
    const world = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Made) : undefined
    const made = world ?? (await make(warehouse('writer'), aggregator, options))
    writeFileSync(file, JSON.stringify(made))
    return {
      ...made,
      url: server.url,
      passwords: server.passwords,
      pid: server.pid,
      aggregator,
      warehouse,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Made = Pick<World, 'events' | 'now'>

async function make(
  writer: Warehouse,
  aggregator: AggregatorContext,
  { events, now, days, say = () => undefined }: WorldOptions,
): Promise<Made> {
  const from = now - days * DAY_MS
  for (const { start, first, count } of daysOf(events, now, days)) {
    const past = start < startOfDay(now)
    for (const copy of [0, 1]) {
      const params = { day: start, first, count, from, until: now, copy }
      await writer.command(INSERT_DAY_SQL, {
        params,
        settings: { optimize_on_insert: 0 },
        timeoutMs: PATIENCE_MS,
      })
    }
    // Days that are over are one part, as two hours after their last row.
    if (past) await mergeDay(writer, ['usage_events'], start)
    await rollUp(
      aggregator,
      Math.max(start, startOfHour(from)),
      Math.min(start + DAY_MS, startOfHour(now) + HOUR_MS),
    )
    if (past) await mergeDay(writer, ['usage_by_feature', 'usage_by_user'], start)
    say(`${new Date(start).toISOString().slice(0, 10)}: ${count} events`)
  }
  return { events, now }
}

/** At most a few hours in one statement, as the aggregator does it with a backlog. */
async function rollUp(aggregator: AggregatorContext, from: number, to: number): Promise<void> {
  for (let hour = from; hour < to; hour += 6 * HOUR_MS) {
    await recomputeSpan(aggregator, { from: hour, to: Math.min(hour + 6 * HOUR_MS, to) })
  }
}

/** Again while a merge of the engine's own holds some of the parts. */
async function mergeDay(writer: Warehouse, tables: readonly string[], start: number): Promise<void> {
  const partition = new Date(start).toISOString().slice(0, 10).replaceAll('-', '')
  for (const table of tables) {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      await writer.command(`OPTIMIZE TABLE ${table} PARTITION ${partition} FINAL`, { timeoutMs: PATIENCE_MS })
      const [parts] = await writer.query<{ n: string }>(
        `SELECT count() AS n FROM system.parts
WHERE active AND database = currentDatabase() AND table = {table:String} AND partition = {partition:String}`,
        { params: { table, partition } },
      )
      if (Number(parts?.n) <= 1) break
      await sleep(500)
    }
  }
}
