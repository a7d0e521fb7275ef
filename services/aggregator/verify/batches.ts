// Conservation, from the batch rows: what was read was stored, dead-lettered or dropped, and no offset was skipped.

import type { Warehouse } from '#ports/warehouse.ts'

interface Place {
  readonly log_id: string
  readonly topic: string
  readonly partition: number
}

export interface UnbalancedBatch extends Place {
  readonly first_offset: string
  readonly read: string
  readonly stored: string
  readonly dead: string
  readonly dropped: string
}

/** Offsets [after, before) that no batch row covers. */
export interface OffsetHole extends Place {
  readonly after: string
  readonly before: string
}

/** Batch rows are kept this long, and go part by part: what is left of older ones is no whole. */
const KEPT = 'inserted_at >= now64(6) - INTERVAL 35 DAY'

const UNBALANCED_SQL = `SELECT log_id, topic, partition, first_offset, read, stored, dead, dropped
FROM ingest_batches WHERE kind = 'log' AND ${KEPT} AND read != stored + dead + dropped
ORDER BY inserted_at LIMIT 100`

/** Each interval must begin no later than one past everything before it; the last must reach the consumed position. */
const HOLES_SQL = `WITH batches AS
(
  SELECT log_id, topic, partition, toInt64(first_offset) AS start, toInt64(last_offset) AS stop
  FROM ingest_batches WHERE kind = 'log' AND ${KEPT}
  UNION ALL
  SELECT log_id, topic, p.1 AS partition, toInt64(max(p.2)) AS start, toInt64(max(p.2)) AS stop
  FROM ingest_progress ARRAY JOIN arrayZip(partitions, consumed) AS p
  WHERE p.2 > 0 AND ${KEPT}
  GROUP BY log_id, topic, partition
)
SELECT log_id, topic, partition, toString(reach + 1) AS after, toString(start) AS before
FROM
(
  SELECT log_id, topic, partition, start,
    max(stop) OVER (PARTITION BY log_id, topic, partition ORDER BY start, stop
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach,
    row_number() OVER (PARTITION BY log_id, topic, partition ORDER BY start, stop) AS number
  FROM batches
)
WHERE number > 1 AND start > reach + 1
ORDER BY log_id, topic, partition, start LIMIT 100`

export const findUnbalanced = (warehouse: Warehouse): Promise<UnbalancedBatch[]> =>
  warehouse.query(UNBALANCED_SQL)
export const findHoles = (warehouse: Warehouse): Promise<OffsetHole[]> => warehouse.query(HOLES_SQL)
