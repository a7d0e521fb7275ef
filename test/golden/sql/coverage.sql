SELECT
  t.provider AS g0,
  t.model AS g1,
  sum(t.calls) AS calls,
  sum(t.calls - t.unpriced_calls - t.estimated_calls) AS priced,
  sum(t.unpriced_calls) AS unpriced,
  sum(t.estimated_calls) AS estimated,
  sum(t.inconsistent_calls) AS inconsistent,
  sum(if(t.feature = '', t.calls, 0)) AS without_feature
FROM v_costs_15m AS t
WHERE t.quarter >= {from:DateTime('UTC')}
  AND t.quarter < {to:DateTime('UTC')}
GROUP BY g0, g1
ORDER BY unpriced DESC, g0, g1
LIMIT {limit:UInt32}

-- from = 1794910500
-- to = 1795515300
-- limit = 1001
