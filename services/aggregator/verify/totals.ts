// Totals three ways, by SQL that has nothing in common with the recompute: from the copies themselves (the best of each event's
// twins, blind to what was hidden), from what a reader sees of the raw events, and from each rollup.

import { fromSqlTime, HOUR_MS, TWIN_WINDOW_MS, toSqlTime } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'

export interface Totals {
  readonly calls: string
  readonly cost_usd: string
  readonly input_tokens: string
  readonly output_tokens: string
}

/** `hour|feature` -> totals */
export type TotalsByKey = Map<string, Totals>

interface TotalsRow extends Totals {
  readonly hour: string
  readonly feature: string
}

const INPUT = [
  'uncached_input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'input_audio_tokens',
  'input_image_tokens',
  'input_video_tokens',
  'cache_read_audio_tokens',
  'cache_read_image_tokens',
].join(' + ')
const OUTPUT = 'output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens'

/** Copies in the order in which they beat one another; the best of each run of copies without a gap is its last. */
const EXPECTED_SQL = `SELECT toStartOfHour(fromUnixTimestamp64Milli(-best.2, 'UTC')) AS hour, best.3 AS feature, count() AS calls,
  toString(ifNull(sum(best.5), 0)) AS cost_usd, sum(best.6) AS input_tokens, sum(best.7) AS output_tokens
FROM
(
  SELECT
    arrayReverseSort(c -> c.2, groupArray((version, -toUnixTimestamp64Milli(occurred_at), toString(feature), tenant_id,
      cost_usd, toUInt64(${INPUT}), toUInt64(${OUTPUT})))) AS copies,
    arrayJoin(arraySplit((c, step) -> step < -${TWIN_WINDOW_MS}, copies, arrayDifference(copies.2))) AS twins,
    arraySort(twins)[-1] AS best
  FROM usage_events
  WHERE is_deleted = 0 AND occurred_at >= {early:DateTime64(3, 'UTC')} AND occurred_at < {late:DateTime64(3, 'UTC')}
  GROUP BY event_id
)
WHERE hour >= {from:DateTime64(3, 'UTC')} AND hour < {to:DateTime64(3, 'UTC')}
GROUP BY hour, feature`

const VISIBLE_SQL = `SELECT toStartOfHour(occurred_at) AS hour, e.feature AS feature, count() AS calls,
  toString(ifNull(sum(e.cost_usd), 0)) AS cost_usd, sum(e.input_tokens) AS input_tokens, sum(e.output_tokens) AS output_tokens
FROM v_events AS e
WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
GROUP BY hour, feature`

const rollupSql = (
  view: string,
) => `SELECT toStartOfHour(quarter) AS hour, r.feature AS feature, sum(r.calls) AS calls,
  toString(sum(r.cost_usd)) AS cost_usd, sum(r.input_tokens) AS input_tokens, sum(r.output_tokens) AS output_tokens
FROM ${view} AS r
WHERE quarter >= {from:DateTime64(3, 'UTC')} AND quarter < {to:DateTime64(3, 'UTC')}
GROUP BY hour, feature HAVING calls > 0`

/** What is compared with what the copies say. */
export const WITNESSES = {
  'visible events': VISIBLE_SQL,
  'rollup by feature': rollupSql('v_costs_15m'),
  'rollup by user': rollupSql('v_user_costs_15m'),
} as const

export type Witness = keyof typeof WITNESSES

export async function readTotals(
  warehouse: Warehouse,
  source: Witness | 'copies',
  from: number,
  to: number,
): Promise<TotalsByKey> {
  const rows = await warehouse.query<TotalsRow>(source === 'copies' ? EXPECTED_SQL : WITNESSES[source], {
    params: {
      from: toSqlTime(from),
      to: toSqlTime(to),
      early: toSqlTime(from - TWIN_WINDOW_MS),
      late: toSqlTime(to + TWIN_WINDOW_MS),
    },
    timeoutMs: 300_000,
  })
  return new Map(rows.map(row => [`${fromSqlTime(row.hour)}|${row.feature}`, row]))
}

const CONFLICTS_SQL = `SELECT event_id, min(occurred_at) AS first, max(occurred_at) AS last
FROM v_events
WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {late:DateTime64(3, 'UTC')}
GROUP BY event_id
HAVING last - first > ${TWIN_WINDOW_MS / 1000} AND first < {to:DateTime64(3, 'UTC')}
ORDER BY event_id LIMIT 100`

/** One event id used for calls further apart than copies can be: both are counted. */
export async function findConflicts(
  warehouse: Warehouse,
  from: number,
  to: number,
): Promise<{ event_id: string; first: string; last: string }[]> {
  const params = { from: toSqlTime(from), to: toSqlTime(to), late: toSqlTime(to + 24 * HOUR_MS) }
  return warehouse.query(CONFLICTS_SQL, { params, timeoutMs: 300_000 })
}
