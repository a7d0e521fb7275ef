// What SQL says, beside what the sender worked out by itself: counts, costs to the last digit and unpriced calls, by hour and
// feature, from the events and from each rollup.

import assert from 'node:assert/strict'
import type { Warehouse } from '#ports/warehouse.ts'
import { eventually } from '../support/ledger-process.ts'
import type { Totals } from './generator.ts'

interface HourRow {
  key: string
  calls: string
  cost: string
  unpriced: string
}

const hourly = (view: string) => `SELECT
  concat(formatDateTime(hour, '%Y-%m-%dT%H'), '|', feature) AS key,
  toString(sum(v.calls)) AS calls, toString(sum(v.cost_usd)) AS cost, toString(sum(v.unpriced_calls)) AS unpriced
FROM ${view} AS v GROUP BY key HAVING sum(v.calls) > 0 ORDER BY key`

const RAW_SQL = `SELECT concat(formatDateTime(occurred_at, '%Y-%m-%dT%H'), '|', feature) AS key,
  toString(count()) AS calls, toString(ifNull(sum(cost_usd), 0)) AS cost, toString(countIf(isNull(cost_usd))) AS unpriced
FROM v_events GROUP BY key ORDER BY key`

const ALL = [RAW_SQL, ...['v_costs_hourly', 'v_user_costs_hourly', 'v_tenant_costs_hourly'].map(hourly)]

function picos(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return BigInt(whole) * 10n ** 12n + BigInt(fraction.padEnd(12, '0'))
}

async function read(reader: Warehouse, sql: string): Promise<Map<string, Totals>> {
  const rows = await reader.query<HourRow>(sql)
  return new Map(
    rows.map(row => [
      row.key,
      { calls: Number(row.calls), cost: picos(row.cost), unpriced: Number(row.unpriced) },
    ]),
  )
}

const shown = (map: ReadonlyMap<string, Totals>): string =>
  [...map]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { calls, cost, unpriced }]) => `${key} ${calls} ${cost} ${unpriced}`)
    .join('\n')

/**
 * Waits until everything that SQL says equals what is expected.
 * @param patienceMs for each of the four; default 30 s
 * @throws AssertionError that shows the hours that differ
 */
export async function assertTotals(
  reader: Warehouse,
  expected: ReadonlyMap<string, Totals>,
  patienceMs?: number,
): Promise<void> {
  const wanted = shown(expected)
  for (const sql of ALL) {
    const seen = await eventually(
      'totals as the sender has them',
      () => read(reader, sql),
      totals => shown(totals) === wanted,
      patienceMs,
    ).catch(() => read(reader, sql))
    assert.equal(shown(seen), wanted, sql)
  }
}
