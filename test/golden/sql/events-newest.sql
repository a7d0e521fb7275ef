SELECT
  t.event_id AS event_id,
  t.occurred_at AS occurred_at,
  t.provider AS provider,
  t.model AS model,
  t.request_model AS request_model,
  t.operation AS operation,
  t.status AS status,
  t.error_type AS error_type,
  t.tenant_id AS tenant_id,
  t.user_id AS user_id,
  t.team AS team,
  t.feature AS feature,
  t.environment AS environment,
  t.service AS service,
  t.release AS release,
  t.tags AS tags,
  t.input_tokens AS input_tokens,
  t.output_tokens AS output_tokens,
  t.latency_ms AS latency_ms,
  t.cost_usd AS cost_usd,
  t.cost_status AS cost_status,
  t.cost_reason AS cost_reason,
  t.occurred_at AS rank
FROM v_events AS t
WHERE t.occurred_at >= {from:DateTime64(3, 'UTC')}
  AND t.occurred_at < {to:DateTime64(3, 'UTC')}
  AND t.feature IN {f0:Array(String)}
ORDER BY rank DESC, event_id DESC
LIMIT {limit:UInt32}

-- f0 = ["chat"]
-- from = "2026-11-23 10:15:00.000"
-- to = "2026-11-24 10:15:00.000"
-- limit = 51
