SELECT
  t.dead_letter_id AS dead_letter_id,
  t.refused_at AS refused_at,
  t.stage AS stage,
  t.reason AS reason,
  t.field AS field,
  t.got AS got,
  t.expected AS expected,
  t.message AS message,
  t.event_id AS event_id,
  t.log_id AS log_id,
  t.log_topic AS log_topic,
  t.log_partition AS log_partition,
  t.log_offset AS log_offset,
  t.bytes_total AS bytes_total,
  t.replayed_at AS replayed_at,
  t.refused_at AS rank,
  t.dead_letter_id AS tie
FROM v_dead_letters AS t
WHERE t.refused_at >= {from:DateTime64(3, 'UTC')}
  AND t.refused_at < {to:DateTime64(3, 'UTC')}
  AND t.reason IN {f0:Array(String)}
ORDER BY rank DESC, tie DESC
LIMIT {limit:UInt32}

-- from = "2026-11-17 10:15:00.000"
-- to = "2026-11-24 10:15:00.000"
-- limit = 1001
-- f0 = ["too_old"]
