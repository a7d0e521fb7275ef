SELECT
  sum(t.calls) AS calls,
  sum(t.input_tokens) AS input_tokens,
  sum(t.output_tokens) AS output_tokens,
  sum(t.cost_usd) AS cost_usd,
  sum(t.unpriced_calls) AS unpriced_calls,
  sum(t.calls - t.unpriced_calls - t.estimated_calls) AS priced,
  sum(t.unpriced_calls) AS unpriced,
  sum(t.estimated_calls) AS estimated,
  sum(t.inconsistent_calls) AS inconsistent,
  sum(if(t.feature = '', t.calls, 0)) AS without_feature
FROM v_costs_15m AS t
WHERE t.quarter >= {from:DateTime('UTC')}
  AND t.quarter < {to:DateTime('UTC')}
  AND t.environment IN {f0:Array(String)}

-- f0 = ["prod"]
-- from = 1794910500
-- to = 1795515300
