SELECT
  t.feature AS g0,
  sum(t.calls) AS calls,
  sum(t.cost_usd) AS cost_usd,
  sum(t.unpriced_calls) AS unpriced_calls,
  uniqExact(nullIf(t.user_id, '')) AS active_users
FROM v_user_costs_15m AS t
WHERE t.quarter >= {from:DateTime('UTC')}
  AND t.quarter < {to:DateTime('UTC')}
GROUP BY g0
ORDER BY toDecimal256(cost_usd, 24) / nullIf(active_users, 0) DESC NULLS LAST, g0
LIMIT {limit:UInt32}

-- from = 1794910500
-- to = 1795515300
-- limit = 1001
