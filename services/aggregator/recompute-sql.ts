// The statements of a recompute, as pure functions; golden files hold their text.
// {from:DateTime64(3)} and {to:DateTime64(3)} are whole hours of one UTC day, [from, to).

import { MINUTE_MS, TWIN_WINDOW_MS } from '#core/hours.ts'
import { MEASURES, type RollupTable } from './rollup-tables.ts'

const TWIN_WINDOW_MINUTES = TWIN_WINDOW_MS / MINUTE_MS

/**
 * One block, so one part, so readers see an hour's old rows or its new ones and never a mixture.
 * The limits count as "no limit"; 0 bytes switches the other condition off.
 */
export const ONE_PART_SETTINGS = {
  max_insert_threads: 1,
  min_insert_block_size_rows: 100_000_000,
  min_insert_block_size_bytes: 0,
  max_insert_block_size: 100_000_000,
} as const

const TWIN_WINDOW = `occurred_at >= {from:DateTime64(3, 'UTC')} - INTERVAL ${TWIN_WINDOW_MINUTES} MINUTE
    AND occurred_at < {to:DateTime64(3, 'UTC')} + INTERVAL ${TWIN_WINDOW_MINUTES} MINUTE`

/** One row if any event has copies that differ in time or attribution, hidden already or not. Much cheaper than hiding. */
export const TWINS_EXIST_SQL = `SELECT 1 AS found
FROM usage_events
WHERE ${TWIN_WINDOW} AND is_deleted = 0
GROUP BY event_id
HAVING count() > 1
  AND (min(occurred_at) != max(occurred_at) OR min(feature) != max(feature) OR min(tenant_id) != max(tenant_id))
LIMIT 1`

/**
 * Hides every copy that is not the best of its twins: a row with the loser's key, the winner's version and is_deleted = 1.
 * It stays right whatever comes later: a loser that rises above this version reappears by itself, and what hid it is hidden
 * by the next run. Order among copies: version, then earlier time, then greater feature, then greater tenant.
 * Copies with more than ten minutes between them are no twins, however many hours one statement looks at: a total must not
 * depend on which hours happened to be dirty together.
 */
export function hideLosersSql(): string {
  return `INSERT INTO usage_events (event_id, occurred_at, feature, tenant_id, received_at, version, is_deleted)
SELECT event_id, copy.2, copy.3, copy.4, copy.5, best.1, 1
FROM
(
  SELECT
    event_id,
    arraySort(c -> c.2, groupArray((version, occurred_at, toString(feature), tenant_id, received_at))) AS copies,
    arrayDifference(arrayMap(c -> toUnixTimestamp64Milli(c.2), copies)) AS gaps,
    arrayJoin(arraySplit((c, gap) -> gap > ${TWIN_WINDOW_MS}, copies, gaps)) AS twins,
    arrayReduce('argMax', twins, arrayMap(c -> (c.1, -toUnixTimestamp64Milli(c.2), c.3, c.4), twins)) AS best
  FROM usage_events FINAL
  WHERE ${TWIN_WINDOW}
    AND event_id IN
    (
      SELECT event_id FROM usage_events FINAL
      WHERE ${TWIN_WINDOW}
      GROUP BY event_id HAVING count() > 1
    )
  GROUP BY event_id
)
ARRAY JOIN twins AS copy
WHERE copy != best`
}

/**
 * Rewrites the hours of one rollup table: a tombstone under version v for every key that they have now, and the new groups
 * under v + 1. Groups that vanished go, repeated runs change nothing. v is the server's clock inside the statement, read
 * once, within milliseconds of its look at the events, so the order of versions is the order of looks; and it is above what
 * the hours hold already, so that newer totals do not lose when the clock was put back.
 */
export function recomputeSql(table: RollupTable): string {
  const keys = ['quarter', ...table.dimensions]
  const measures = MEASURES.map(([column]) => column)
  const hours = `>= {from:DateTime64(3, 'UTC')}`
  const until = `< {to:DateTime64(3, 'UTC')}`
  return `INSERT INTO ${table.name} (${[...keys, ...measures].join(', ')}, version, is_deleted)
WITH greatest(
  toUInt64(toUnixTimestamp64Micro(now64(6))),
  (SELECT max(version) + 2 FROM ${table.name} WHERE quarter ${hours} AND quarter ${until})
) AS v
SELECT ${[...keys, ...measures].join(', ')}, v + live, 1 - live
FROM
(
  SELECT ${keys.join(', ')}, ${measures.map(column => `defaultValueOfTypeName(toTypeName(${column})) AS ${column}`).join(', ')}, 0 AS live
  FROM ${table.name} FINAL
  WHERE quarter ${hours} AND quarter ${until}
  UNION ALL
  SELECT
    toStartOfInterval(e.occurred_at, INTERVAL 15 MINUTE, 'UTC') AS quarter,
    ${table.dimensions.map(d => `e.${d} AS ${d}`).join(', ')},
    ${MEASURES.map(([column, expression]) => `${expression} AS ${column}`).join(',\n    ')},
    1 AS live
  FROM usage_events AS e FINAL
  WHERE e.occurred_at ${hours} AND e.occurred_at ${until}
  GROUP BY ${keys.join(', ')}
)`
}
