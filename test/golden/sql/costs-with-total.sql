WITH t.quarter >= {from:DateTime('UTC')} AS is_current
SELECT
  if(
    is_current,
    roundDown(toUInt32(toUnixTimestamp(t.quarter)), {starts:Array(UInt32)}),
    transform(roundDown(toUInt32(toUnixTimestamp(t.quarter)), {previous_starts:Array(UInt32)}), {previous_starts:Array(UInt32)}, {counterparts:Array(UInt32)}, toUInt32(0))
  ) AS time,
  t.model AS g0,
  grouping(time) AS is_total,
  sumIf(t.calls, is_current) AS calls,
  sumIf(t.input_tokens, is_current) AS input_tokens,
  sumIf(t.output_tokens, is_current) AS output_tokens,
  sumIf(t.cost_usd, is_current) AS cost_usd,
  sumIf(t.unpriced_calls, is_current) AS unpriced_calls,
  sumIf(t.calls - t.unpriced_calls - t.estimated_calls, is_current) AS priced,
  sumIf(t.unpriced_calls, is_current) AS unpriced,
  sumIf(t.estimated_calls, is_current) AS estimated,
  sumIf(t.inconsistent_calls, is_current) AS inconsistent,
  sumIf(if(t.feature = '', t.calls, 0), is_current) AS without_feature,
  sumIf(t.calls, NOT is_current) AS previous_calls,
  sumIf(t.input_tokens, NOT is_current) AS previous_input_tokens,
  sumIf(t.output_tokens, NOT is_current) AS previous_output_tokens,
  sumIf(t.cost_usd, NOT is_current) AS previous_cost_usd,
  sumIf(t.unpriced_calls, NOT is_current) AS previous_unpriced_calls,
  sumIf(t.calls - t.unpriced_calls - t.estimated_calls, NOT is_current) AS previous_priced,
  sumIf(t.unpriced_calls, NOT is_current) AS previous_unpriced,
  sumIf(t.estimated_calls, NOT is_current) AS previous_estimated,
  sumIf(t.inconsistent_calls, NOT is_current) AS previous_inconsistent,
  sumIf(if(t.feature = '', t.calls, 0), NOT is_current) AS previous_without_feature,
  cost_usd - previous_cost_usd AS change
FROM v_costs_15m AS t
WHERE t.quarter >= {previous_from:DateTime('UTC')}
  AND t.quarter < {to:DateTime('UTC')}
  AND (is_current OR t.quarter < {previous_to:DateTime('UTC')})
GROUP BY GROUPING SETS ((time, g0), ())
HAVING time > 0 OR is_total = 1
ORDER BY is_total DESC, time ASC, cost_usd DESC, g0
LIMIT {limit:UInt32}

-- starts = [1795392000,1795478400]
-- previous_starts = [1795219200,1795305600]
-- counterparts = [1795392000,1795478400]
-- from = 1795392000
-- to = 1795564800
-- previous_from = 1795219200
-- previous_to = 1795392000
-- limit = 1002
