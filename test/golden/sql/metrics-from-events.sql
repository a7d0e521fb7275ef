SELECT
  t.feature AS g0,
  sum(1) AS calls,
  sum(ifNull(t.cost_usd, toDecimal64(0, 12))) AS cost_usd,
  sum(isNull(t.cost_usd)) AS unpriced_calls,
  quantileExact(0.95)(t.cost_usd) AS cost_usd_p95,
  quantileExact(0.5)(nullIf(t.latency_ms, 0)) AS latency_ms_p50,
  uniqExact(nullIf(t.user_id, '')) AS active_users
FROM v_events AS t
WHERE t.occurred_at >= {from:DateTime64(3, 'UTC')}
  AND t.occurred_at < {to:DateTime64(3, 'UTC')}
GROUP BY g0
ORDER BY cost_usd_p95 DESC NULLS LAST, g0
LIMIT {limit:UInt32}

-- from = "2026-11-23 10:15:00.000"
-- to = "2026-11-24 10:15:00.000"
-- limit = 1001
