SELECT
  t.feature AS g0,
  sum(t.calls) AS calls,
  sum(t.input_tokens) AS input_tokens,
  sum(t.output_tokens) AS output_tokens,
  sum(t.cost_usd) AS cost_usd,
  sum(t.unpriced_calls) AS unpriced_calls
FROM v_costs_15m AS t
WHERE t.quarter >= {from:DateTime('UTC')}
  AND t.quarter < {to:DateTime('UTC')}
  AND t.environment IN {f0:Array(String)}
GROUP BY g0
ORDER BY cost_usd DESC, g0
LIMIT {limit:UInt32}

-- f0 = ["prod","staging"]
-- from = 1794910500
-- to = 1795515300
-- limit = 11
