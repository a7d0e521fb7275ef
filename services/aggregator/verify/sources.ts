// The events of a slice told twice: by the copies themselves (the best of each event's twins, blind to what was hidden) and by
// what a reader sees. Rows of both have the same columns.

import { HOUR_MS, TWIN_WINDOW_MS, toSqlTime } from '#core/hours.ts'
import type { Parameters, Settings } from '#ports/warehouse.ts'
import { KEPT, NULLABLE } from './kept.ts'
import type { Part, Slice } from './slices.ts'

/**
 * What outgrows this (bytes), or half of what the statement may take, goes to disk. That is slow: parts are cut so that it is seldom
 * needed. The engine counts the whole statement, so it is above what reading takes.
 */
const SPILL_BYTES = 144 * 2 ** 20

/** https://clickhouse.com/docs/sql-reference/statements/select/group-by#group-by-in-external-memory */
export const BOUNDED: { readonly settings: Settings; readonly timeoutMs: number } = {
  settings: {
    max_bytes_before_external_group_by: SPILL_BYTES,
    max_bytes_ratio_before_external_group_by: 0.5,
    max_block_size: 16_384,
    max_threads: 2,
  },
  timeoutMs: 300_000,
}

/** Twins of twins may reach out further than one window. */
const AROUND_MS = HOUR_MS / 2

export const sliceParams = ({ from, to }: Pick<Slice, 'from' | 'to'>): Parameters => ({
  from: toSqlTime(from),
  to: toSqlTime(to),
  early: toSqlTime(from - AROUND_MS),
  late: toSqlTime(to + AROUND_MS),
})

/** The slice and a share of it, by a hash of what is brought together: the rest is another part's. */
export const partParams = (slice: Slice, part: Part): Parameters => ({ ...sliceParams(slice), ...part })

const IN_PART = 'cityHash64(e.event_id) % {parts:UInt32} = {part:UInt32}'

/** Of all that totals are made of. A hash of NULL is NULL: no cost is told from a cost of 0 by the first of these. */
const fingerprint = `cityHash64(${[
  ...NULLABLE.map(column => `isNull(e.${column})`),
  'toUnixTimestamp64Milli(e.occurred_at)',
  ...KEPT.map(column => (NULLABLE.includes(column) ? `ifNull(e.${column}, 0)` : `e.${column}`)),
].join(', ')})`

/**
 * The best copy of each event that has it in the slice. Copies come in the order in which they beat one another: version, then
 * the earlier time, then feature and tenant; those with no gap between them are one call.
 */
const best = (columns: readonly string[], condition: string): string => `SELECT event_id,
    fromUnixTimestamp64Milli(-best.2, 'UTC') AS occurred_at${columns.map((_, i) => `, best.${i + 5} AS c${i}`).join('')}
  FROM
  (
    SELECT e.event_id AS event_id,
      arrayReverseSort(c -> c.2, groupArray((e.version, -toUnixTimestamp64Milli(e.occurred_at), toString(e.feature), e.tenant_id${columns.map(column => `, ${column}`).join('')}))) AS copies,
      arrayJoin(arraySplit((c, step) -> step < -${TWIN_WINDOW_MS}, copies, arrayDifference(copies.2))) AS twins,
      arraySort(c -> (c.1, c.2, c.3, c.4), twins)[-1] AS best
    FROM usage_events AS e
    WHERE e.is_deleted = 0 AND e.occurred_at >= {early:DateTime64(3, 'UTC')} AND e.occurred_at < {late:DateTime64(3, 'UTC')}
      AND ${condition}
    GROUP BY event_id
  )
  WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}`

/** Rows (event_id, print): what the copies say of a part. */
export const PRINTS_OF_COPIES = `SELECT event_id, c0 AS print FROM (${best([fingerprint], IN_PART)})`

/** Rows (event_id, print): what is visible of a part. */
export const PRINTS_OF_VISIBLE = `SELECT e.event_id AS event_id, ${fingerprint} AS print
  FROM v_events AS e
  WHERE e.occurred_at >= {from:DateTime64(3, 'UTC')} AND e.occurred_at < {to:DateTime64(3, 'UTC')} AND ${IN_PART}`

const kept = KEPT.map((column, i) => `c${i} AS ${column}`).join(', ')

/** Rows of event_id, occurred_at and what is kept: the best copies. */
export const copiesSql = (condition = 'true'): string =>
  `SELECT event_id, occurred_at, ${kept} FROM (${best(
    KEPT.map(column => `e.${column}`),
    condition,
  )})`

/** The same rows: what is visible. */
export const visibleSql = (condition = 'true'): string =>
  `SELECT e.event_id AS event_id, e.occurred_at AS occurred_at, ${KEPT.map(column => `e.${column} AS ${column}`).join(', ')}
  FROM v_events AS e
  WHERE e.occurred_at >= {from:DateTime64(3, 'UTC')} AND e.occurred_at < {to:DateTime64(3, 'UTC')} AND ${condition}`
