WITH t.occurred_at >= {from:DateTime64(3, 'UTC')} AS is_current
SELECT
  t.feature AS g0,
  sumIf(1, is_current) AS calls,
  sumIf(ifNull(t.cost_usd, toDecimal64(0, 12)), is_current) AS cost_usd,
  sumIf(isNull(t.cost_usd), is_current) AS unpriced_calls,
  maxIf(ifNull(t.cost_usd, toDecimal64(0, 12)), is_current) AS cost_usd_max,
  sumIf(isNotNull(t.cost_usd), is_current) AS costed_calls,
  uniqExactIf(nullIf(t.user_id, ''), is_current) AS active_users,
  quantileExactIf(0.95)(nullIf(t.latency_ms, 0), is_current) AS latency_ms_p95,
  sumIf(1, NOT is_current) AS previous_calls,
  sumIf(ifNull(t.cost_usd, toDecimal64(0, 12)), NOT is_current) AS previous_cost_usd,
  sumIf(isNull(t.cost_usd), NOT is_current) AS previous_unpriced_calls,
  maxIf(ifNull(t.cost_usd, toDecimal64(0, 12)), NOT is_current) AS previous_cost_usd_max,
  sumIf(isNotNull(t.cost_usd), NOT is_current) AS previous_costed_calls,
  uniqExactIf(nullIf(t.user_id, ''), NOT is_current) AS previous_active_users,
  quantileExactIf(0.95)(nullIf(t.latency_ms, 0), NOT is_current) AS previous_latency_ms_p95,
  cost_usd - previous_cost_usd AS change
FROM v_events AS t
WHERE t.occurred_at >= {previous_from:DateTime64(3, 'UTC')}
  AND t.occurred_at < {to:DateTime64(3, 'UTC')}
  AND (is_current OR t.occurred_at < {previous_to:DateTime64(3, 'UTC')})
GROUP BY g0
ORDER BY cost_usd DESC, g0
LIMIT {limit:UInt32}

-- from = "2026-11-23 10:15:00.000"
-- to = "2026-11-24 10:15:00.000"
-- previous_from = "2026-11-22 10:15:00.000"
-- previous_to = "2026-11-23 10:15:00.000"
-- limit = 1001
