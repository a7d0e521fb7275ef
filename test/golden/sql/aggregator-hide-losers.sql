INSERT INTO usage_events (event_id, occurred_at, feature, tenant_id, received_at, version, is_deleted)
SELECT event_id, copy.2, copy.3, copy.4, copy.5, best.1, 1
FROM
(
  SELECT
    event_id,
    arraySort(c -> c.2, groupArray((version, occurred_at, toString(feature), tenant_id, received_at))) AS copies,
    arrayDifference(arrayMap(c -> toUnixTimestamp64Milli(c.2), copies)) AS gaps,
    arrayJoin(arraySplit((c, gap) -> gap > 600000, copies, gaps)) AS twins,
    arrayReduce('argMax', twins, arrayMap(c -> (c.1, -toUnixTimestamp64Milli(c.2), c.3, c.4), twins)) AS best
  FROM usage_events FINAL
  WHERE occurred_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 10 MINUTE
    AND occurred_at < {to:DateTime64(3, 'UTC')} + INTERVAL 10 MINUTE
    AND event_id IN
    (
      SELECT event_id FROM usage_events FINAL
      WHERE occurred_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 10 MINUTE
    AND occurred_at < {to:DateTime64(3, 'UTC')} + INTERVAL 10 MINUTE
      GROUP BY event_id HAVING count() > 1
    )
  GROUP BY event_id
)
ARRAY JOIN twins AS copy
WHERE copy != best


