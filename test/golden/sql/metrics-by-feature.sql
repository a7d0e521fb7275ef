SELECT
  t.feature AS g0,
  sum(t.calls) AS calls,
  sum(t.cost_usd) AS cost_usd,
  sum(t.unpriced_calls) AS unpriced_calls,
  sum(if(t.status IN ('error', 'aborted'), t.calls, 0)) AS failed_calls,
  sum(if(t.status IN ('error', 'aborted'), t.cost_usd, 0)) AS failed_cost_usd,
  max(t.cost_usd_max) AS cost_usd_max,
  sum(t.cache_read_tokens + t.cache_read_audio_tokens + t.cache_read_image_tokens) AS cache_reads,
  sum(t.input_tokens) AS input_tokens
FROM v_costs_15m AS t
WHERE t.quarter >= {from:DateTime('UTC')}
  AND t.quarter < {to:DateTime('UTC')}
GROUP BY g0
ORDER BY cost_usd DESC, g0
LIMIT {limit:UInt32}

-- from = 1794910500
-- to = 1795515300
-- limit = 1001
