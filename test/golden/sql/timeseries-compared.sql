WITH t.quarter >= {from:DateTime('UTC')} AS is_current
SELECT
  if(
    is_current,
    roundDown(toUInt32(toUnixTimestamp(t.quarter)), {starts:Array(UInt32)}),
    transform(roundDown(toUInt32(toUnixTimestamp(t.quarter)), {previous_starts:Array(UInt32)}), {previous_starts:Array(UInt32)}, {counterparts:Array(UInt32)}, toUInt32(0))
  ) AS time,
  sumIf(t.calls, is_current) AS calls,
  sumIf(t.input_tokens, is_current) AS input_tokens,
  sumIf(t.output_tokens, is_current) AS output_tokens,
  sumIf(t.cost_usd, is_current) AS cost_usd,
  sumIf(t.unpriced_calls, is_current) AS unpriced_calls,
  sumIf(t.calls, NOT is_current) AS previous_calls,
  sumIf(t.input_tokens, NOT is_current) AS previous_input_tokens,
  sumIf(t.output_tokens, NOT is_current) AS previous_output_tokens,
  sumIf(t.cost_usd, NOT is_current) AS previous_cost_usd,
  sumIf(t.unpriced_calls, NOT is_current) AS previous_unpriced_calls,
  cost_usd - previous_cost_usd AS change
FROM v_costs_15m AS t
WHERE t.quarter >= {previous_from:DateTime('UTC')}
  AND t.quarter < {to:DateTime('UTC')}
  AND (is_current OR t.quarter < {previous_to:DateTime('UTC')})
GROUP BY time
HAVING time > 0
ORDER BY time ASC, cost_usd DESC
LIMIT {limit:UInt32}

-- starts = [1795392000,1795478400]
-- previous_starts = [1795219200,1795305600]
-- counterparts = [1795392000,1795478400]
-- from = 1795392000
-- to = 1795564800
-- previous_from = 1795219200
-- previous_to = 1795392000
-- limit = 1001
