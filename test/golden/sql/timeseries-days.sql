SELECT
  roundDown(toUInt32(toUnixTimestamp(t.quarter)), {starts:Array(UInt32)}) AS time,
  t.model AS g0,
  sum(t.calls) AS calls,
  sum(t.input_tokens) AS input_tokens,
  sum(t.output_tokens) AS output_tokens,
  sum(t.cost_usd) AS cost_usd,
  sum(t.unpriced_calls) AS unpriced_calls
FROM v_costs_15m AS t
WHERE t.quarter >= {from:DateTime('UTC')}
  AND t.quarter < {to:DateTime('UTC')}
GROUP BY time, g0
ORDER BY time ASC, cost_usd DESC, g0
LIMIT {limit:UInt32}

-- starts = [1793419200,1793505600,1793595600]
-- from = 1793419200
-- to = 1793682000
-- limit = 1001
