WITH t.quarter >= {from:DateTime('UTC')} AS is_current
SELECT
  t.feature AS g0,
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
GROUP BY g0
ORDER BY change DESC, g0
LIMIT {limit:UInt32}

-- from = 1793491200
-- to = 1795515300
-- previous_from = 1790812800
-- previous_to = 1792836900
-- limit = 1001
