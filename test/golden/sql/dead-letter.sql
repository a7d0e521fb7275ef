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
  t.replayed_at AS replayed_at
FROM v_dead_letters AS t
WHERE startsWith(t.dead_letter_id, {id:String})
ORDER BY dead_letter_id = {id:String} DESC, dead_letter_id, refused_at DESC
LIMIT 1 BY dead_letter_id
LIMIT 2

-- id = "a/b/0/5"
