// Plays a random world against a real warehouse: copies arrive in random order and batches, some again, parts are merged at
// random, and after every step raw events and both rollups must equal the naive computation.

import assert from 'node:assert/strict'
import { toSpans } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { AggregatorContext } from '../../services/aggregator/context.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { type Copy, dayOf, hoursOfCopies, naiveTotals, randomCopies, seeded, winners } from './worlds.ts'

const STEPS = 5
const REUSED = 0.1

export async function insertCopies(warehouse: Warehouse, copies: readonly Copy[]): Promise<void> {
  await warehouse.insertObjects(
    'usage_events',
    copies.map(copy => ({
      ...copy,
      cost: undefined,
      occurred_at: new Date(copy.occurred_at).toISOString(),
      version: String(copy.version),
      cost_usd: copy.cost === null ? null : picosToText(copy.cost),
      cost_status: copy.cost === null ? 'unpriced' : 'priced',
      attempt: 1,
    })),
  )
}

const picosToText = (picos: bigint): string => {
  const digits = String(picos).padStart(13, '0')
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`
}

/** @throws AssertionError that names the seed and the step */
export async function playWorld(
  warehouse: Warehouse,
  context: AggregatorContext,
  seed: number,
): Promise<void> {
  const random = seeded(seed)
  const day = dayOf(seed)
  const all = randomCopies(random, day, 24, REUSED)
  const arrived: Copy[] = []
  for (let step = 0; step < STEPS; step++) {
    const fresh = all.slice((step * all.length) / STEPS, ((step + 1) * all.length) / STEPS)
    const again = arrived.filter(() => random() < 0.3)
    const batch = [...fresh, ...again].sort(() => random() - 0.5)
    await insertCopies(warehouse, batch)
    arrived.push(...fresh)
    if (random() < 0.3)
      await warehouse.command(`OPTIMIZE TABLE usage_events PARTITION ${dayNumber(day)} FINAL`)
    for (const span of toSpans(hoursOfCopies(batch))) await recomputeSpan(context, span)
    if (random() < 0.3) {
      await warehouse.command(`OPTIMIZE TABLE usage_by_feature PARTITION ${dayNumber(day)} FINAL`)
    }
    await assertEqualsNaive(warehouse, arrived, day, `seed ${seed}, step ${step}`)
  }
}

const dayNumber = (day: number): string => new Date(day).toISOString().slice(0, 10).replaceAll('-', '')

export async function assertEqualsNaive(
  warehouse: Warehouse,
  copies: readonly Copy[],
  day: number,
  where: string,
): Promise<void> {
  const params = { day: day / 1000 }
  const inDay = (column: string) =>
    `${column} >= {day:DateTime('UTC')} AND ${column} < {day:DateTime('UTC')} + INTERVAL 1 DAY`
  const raw = await warehouse.query<{ row: string }>(
    `SELECT concat(event_id, '|', toString(toUnixTimestamp64Milli(occurred_at)), '|', feature, '|', tenant_id) AS row
FROM usage_events FINAL WHERE ${inDay('occurred_at')} ORDER BY row`,
    { params },
  )
  const expected = winners(copies).map(c => `${c.event_id}|${c.occurred_at}|${c.feature}|${c.tenant_id}`)
  assert.deepEqual(
    raw.map(({ row }) => row),
    expected.sort(),
    `raw events differ from the naive winners: ${where}`,
  )
  const totals = async (table: string, key: string) => {
    const rows = await warehouse.query<{ group: string; sums: string }>(
      `SELECT concat(toString(quarter), '|', ${key}) AS group,
  concat(toString(sum(calls)), ' calls, ', toString(toInt128(sum(cost_usd) * 1000000000000)), ' picos, ', toString(sum(unpriced_calls)), ' unpriced') AS sums
FROM ${table} FINAL WHERE ${inDay('quarter')} GROUP BY group HAVING sum(calls) > 0 ORDER BY group`,
      { params },
    )
    return new Map(rows.map(row => [row.group, row.sums]))
  }
  assert.deepEqual(
    await totals('usage_by_feature', 'feature'),
    sorted(naiveTotals(copies, copy => copy.feature)),
    `usage_by_feature differs: ${where}`,
  )
  assert.deepEqual(
    await totals('usage_by_user', 'tenant_id'),
    sorted(naiveTotals(copies, copy => copy.tenant_id)),
    `usage_by_user differs: ${where}`,
  )
}

const sorted = (map: Map<string, string>): Map<string, string> =>
  new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
