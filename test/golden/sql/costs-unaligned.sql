SELECT
  t.feature AS g0,
  sum(1) AS calls,
  sum(t.input_tokens) AS input_tokens,
  sum(t.output_tokens) AS output_tokens,
  sum(ifNull(t.cost_usd, toDecimal64(0, 12))) AS cost_usd,
  sum(isNull(t.cost_usd)) AS unpriced_calls
FROM v_events AS t
WHERE t.occurred_at >= {from:DateTime64(3, 'UTC')}
  AND t.occurred_at < {to:DateTime64(3, 'UTC')}
GROUP BY g0
ORDER BY cost_usd DESC, g0
LIMIT {limit:UInt32}

-- from = "2026-11-24 10:00:00.000"
-- to = "2026-11-24 10:07:00.000"
-- limit = 1001
