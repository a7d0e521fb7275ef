-- A total moves without money, too: when calls become priced at 0. How many calls are unpriced is a part of what is recorded.
ALTER TABLE rollup_changes
  ADD COLUMN IF NOT EXISTS old_unpriced Nullable(UInt64) COMMENT 'calls without a cost; NULL where it was not recorded yet'
  AFTER new_calls;
ALTER TABLE rollup_changes
  ADD COLUMN IF NOT EXISTS new_unpriced Nullable(UInt64) COMMENT 'calls without a cost; NULL where it was not recorded yet'
  AFTER old_unpriced;
ALTER TABLE rollup_changes
  COMMENT COLUMN reason 'first, late, reprice, late_and_reprice, correction';

-- Two recomputers may record one change twice, and in either order; told by version, the second says nothing new. An hour that
-- had no calls and has none is no change, even if it is recorded that it was looked at.
CREATE OR REPLACE VIEW v_changes DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  hour, reason, old_calls, new_calls, old_unpriced, new_unpriced, old_cost_usd, new_cost_usd,
  new_cost_usd - old_cost_usd AS change_usd, changed_at
FROM
(
  SELECT
    c.hour AS hour, c.reason AS reason, c.changed_at AS changed_at,
    c.new_calls AS new_calls, c.new_unpriced AS new_unpriced, c.new_cost_usd AS new_cost_usd,
    row_number() OVER told AS number,
    lagInFrame(c.new_calls) OVER told AS old_calls,
    if(number = 1, 0, lagInFrame(c.new_unpriced) OVER told) AS old_unpriced,
    lagInFrame(c.new_cost_usd) OVER told AS old_cost_usd
  FROM rollup_changes AS c
  WINDOW told AS (PARTITION BY c.hour ORDER BY c.version, c.changed_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE if(number = 1, new_calls != 0,
  new_calls != old_calls OR new_cost_usd != old_cost_usd OR ifNull(new_unpriced != old_unpriced, 0));
