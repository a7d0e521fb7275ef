SELECT
  t.hour AS hour,
  t.reason AS reason,
  t.old_calls AS old_calls,
  t.new_calls AS new_calls,
  t.old_unpriced AS old_unpriced,
  t.new_unpriced AS new_unpriced,
  t.old_cost_usd AS old_cost_usd,
  t.new_cost_usd AS new_cost_usd,
  t.change_usd AS change_usd,
  t.changed_at AS changed_at,
  toDateTime64(t.hour, 3) AS rank,
  toString(t.changed_at) AS tie
FROM v_changes AS t
WHERE toDateTime64(t.hour, 3) >= {from:DateTime64(3, 'UTC')}
  AND toDateTime64(t.hour, 3) < {to:DateTime64(3, 'UTC')}
ORDER BY rank DESC, tie DESC
LIMIT {limit:UInt32}

-- from = "2026-11-17 10:15:00.000"
-- to = "2026-11-24 10:15:00.000"
-- limit = 1001
