SELECT
  sum(1) AS calls,
  sum(t.input_tokens) AS input_tokens,
  sum(t.output_tokens) AS output_tokens,
  sum(ifNull(t.cost_usd, toDecimal64(0, 12))) AS cost_usd,
  sum(isNull(t.cost_usd)) AS unpriced_calls,
  sum(isNotNull(t.cost_usd) AND t.cost_status != 'estimated') AS priced,
  sum(isNull(t.cost_usd)) AS unpriced,
  sum(t.cost_status = 'estimated') AS estimated,
  sum(t.cost_status = 'inconsistent_usage') AS inconsistent,
  sum(t.feature = '') AS without_feature
FROM v_events AS t
WHERE t.occurred_at >= {from:DateTime64(3, 'UTC')}
  AND t.occurred_at < {to:DateTime64(3, 'UTC')}
  AND t.session_id IN {f0:Array(String)}

-- f0 = ["s1"]
-- from = "2026-11-17 10:15:00.000"
-- to = "2026-11-24 10:15:00.000"
