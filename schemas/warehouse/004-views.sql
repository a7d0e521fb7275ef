-- The contract with everybody outside. They read with their definer's rights: a reader needs no right on any table.
CREATE OR REPLACE VIEW v_events DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  event_id, occurred_at, received_at, source, provider, model, request_model, response_model, response_id, request_id, attempt,
  operation, service_tier, speed, inference_geo, region, host, deployment, deployment_type, capacity, is_byok, batch,
  streaming, status, finish_reason, output_started, error_type, max_output_tokens, latency_ms, time_to_first_token_ms,
  tenant_id, user_id, user_segment, team, feature, workflow_id, session_id, task_type, prompt_id, prompt_version, release,
  environment, service, api_key_id, trace_id, span_id, routing_rule, baseline_model, tags,
  uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_text_tokens,
  reasoning_tokens, input_audio_tokens, output_audio_tokens, input_image_tokens, output_image_tokens,
  input_video_tokens, cache_read_audio_tokens, cache_read_image_tokens,
  uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
    + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens AS input_tokens,
  output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens AS output_tokens,
  units, usage_source, raw_usage, usage_format, total_tokens_reported, prompt_parts,
  cost_usd, list_cost_usd, contracted_cost_usd, reported_cost_usd, reported_cost_source,
  uncached_input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, units_cost_usd,
  cost_status, cost_reason, price_rule_id, price_variant, price_tier, price_multipliers, price_book_version,
  inserted_at, log_topic, log_partition, log_offset
FROM usage_events FINAL;

CREATE OR REPLACE VIEW v_costs_15m DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  quarter, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status,
  calls, requests, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  output_text_tokens, reasoning_tokens, input_audio_tokens, output_audio_tokens, input_image_tokens,
  output_image_tokens, input_video_tokens, cache_read_audio_tokens, cache_read_image_tokens, uncached_input_cost_usd,
  cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, units_cost_usd, cost_usd, list_cost_usd,
  contracted_cost_usd, reported_cost_usd, cost_usd_sq, cost_usd_max, unpriced_calls, inconsistent_calls,
  estimated_calls, latency_ms_sum,
  uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
    + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens AS input_tokens,
  output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens AS output_tokens
FROM usage_by_feature FINAL;

CREATE OR REPLACE VIEW v_user_costs_15m DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  quarter, tenant_id, user_id, feature, model,
  calls, requests, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  output_text_tokens, reasoning_tokens, input_audio_tokens, output_audio_tokens, input_image_tokens,
  output_image_tokens, input_video_tokens, cache_read_audio_tokens, cache_read_image_tokens, uncached_input_cost_usd,
  cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, units_cost_usd, cost_usd, list_cost_usd,
  contracted_cost_usd, reported_cost_usd, cost_usd_sq, cost_usd_max, unpriced_calls, inconsistent_calls,
  estimated_calls, latency_ms_sum,
  uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
    + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens AS input_tokens,
  output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens AS output_tokens
FROM usage_by_user FINAL;

CREATE OR REPLACE VIEW v_costs_hourly DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT *,
  uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
    + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens AS input_tokens,
  output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens AS output_tokens
FROM (
  SELECT
    toStartOfHour(t.quarter) AS hour, t.feature AS feature, t.team AS team, t.task_type AS task_type, t.user_segment AS user_segment,
    t.provider AS provider, t.model AS model, t.service_tier AS service_tier, t.environment AS environment,
    t.release AS release, t.status AS status,
    sum(t.calls) AS calls, sum(t.requests) AS requests, sum(t.uncached_input_tokens) AS uncached_input_tokens,
    sum(t.cache_read_tokens) AS cache_read_tokens, sum(t.cache_write_5m_tokens) AS cache_write_5m_tokens,
    sum(t.cache_write_1h_tokens) AS cache_write_1h_tokens, sum(t.output_text_tokens) AS output_text_tokens,
    sum(t.reasoning_tokens) AS reasoning_tokens, sum(t.input_audio_tokens) AS input_audio_tokens,
    sum(t.output_audio_tokens) AS output_audio_tokens, sum(t.input_image_tokens) AS input_image_tokens,
    sum(t.output_image_tokens) AS output_image_tokens, sum(t.input_video_tokens) AS input_video_tokens,
    sum(t.cache_read_audio_tokens) AS cache_read_audio_tokens,
    sum(t.cache_read_image_tokens) AS cache_read_image_tokens,
    sum(t.uncached_input_cost_usd) AS uncached_input_cost_usd, sum(t.cache_read_cost_usd) AS cache_read_cost_usd,
    sum(t.cache_write_cost_usd) AS cache_write_cost_usd, sum(t.output_cost_usd) AS output_cost_usd,
    sum(t.units_cost_usd) AS units_cost_usd, sum(t.cost_usd) AS cost_usd, sum(t.list_cost_usd) AS list_cost_usd,
    sum(t.contracted_cost_usd) AS contracted_cost_usd, sum(t.reported_cost_usd) AS reported_cost_usd,
    sum(t.cost_usd_sq) AS cost_usd_sq, max(t.cost_usd_max) AS cost_usd_max, sum(t.unpriced_calls) AS unpriced_calls,
    sum(t.inconsistent_calls) AS inconsistent_calls, sum(t.estimated_calls) AS estimated_calls,
    sum(t.latency_ms_sum) AS latency_ms_sum
  FROM usage_by_feature AS t FINAL
  GROUP BY hour, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status
);

CREATE OR REPLACE VIEW v_costs_daily DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT *,
  uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
    + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens AS input_tokens,
  output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens AS output_tokens
FROM (
  SELECT
    toDate(t.quarter) AS day, t.feature AS feature, t.team AS team, t.task_type AS task_type, t.user_segment AS user_segment,
    t.provider AS provider, t.model AS model, t.service_tier AS service_tier, t.environment AS environment,
    t.release AS release, t.status AS status,
    sum(t.calls) AS calls, sum(t.requests) AS requests, sum(t.uncached_input_tokens) AS uncached_input_tokens,
    sum(t.cache_read_tokens) AS cache_read_tokens, sum(t.cache_write_5m_tokens) AS cache_write_5m_tokens,
    sum(t.cache_write_1h_tokens) AS cache_write_1h_tokens, sum(t.output_text_tokens) AS output_text_tokens,
    sum(t.reasoning_tokens) AS reasoning_tokens, sum(t.input_audio_tokens) AS input_audio_tokens,
    sum(t.output_audio_tokens) AS output_audio_tokens, sum(t.input_image_tokens) AS input_image_tokens,
    sum(t.output_image_tokens) AS output_image_tokens, sum(t.input_video_tokens) AS input_video_tokens,
    sum(t.cache_read_audio_tokens) AS cache_read_audio_tokens,
    sum(t.cache_read_image_tokens) AS cache_read_image_tokens,
    sum(t.uncached_input_cost_usd) AS uncached_input_cost_usd, sum(t.cache_read_cost_usd) AS cache_read_cost_usd,
    sum(t.cache_write_cost_usd) AS cache_write_cost_usd, sum(t.output_cost_usd) AS output_cost_usd,
    sum(t.units_cost_usd) AS units_cost_usd, sum(t.cost_usd) AS cost_usd, sum(t.list_cost_usd) AS list_cost_usd,
    sum(t.contracted_cost_usd) AS contracted_cost_usd, sum(t.reported_cost_usd) AS reported_cost_usd,
    sum(t.cost_usd_sq) AS cost_usd_sq, max(t.cost_usd_max) AS cost_usd_max, sum(t.unpriced_calls) AS unpriced_calls,
    sum(t.inconsistent_calls) AS inconsistent_calls, sum(t.estimated_calls) AS estimated_calls,
    sum(t.latency_ms_sum) AS latency_ms_sum
  FROM usage_by_feature AS t FINAL
  GROUP BY day, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status
);

CREATE OR REPLACE VIEW v_tenant_costs_hourly DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT *,
  uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
    + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens AS input_tokens,
  output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens AS output_tokens
FROM (
  SELECT
    toStartOfHour(t.quarter) AS hour, t.tenant_id AS tenant_id, t.feature AS feature, t.model AS model,
    sum(t.calls) AS calls, sum(t.requests) AS requests, sum(t.uncached_input_tokens) AS uncached_input_tokens,
    sum(t.cache_read_tokens) AS cache_read_tokens, sum(t.cache_write_5m_tokens) AS cache_write_5m_tokens,
    sum(t.cache_write_1h_tokens) AS cache_write_1h_tokens, sum(t.output_text_tokens) AS output_text_tokens,
    sum(t.reasoning_tokens) AS reasoning_tokens, sum(t.input_audio_tokens) AS input_audio_tokens,
    sum(t.output_audio_tokens) AS output_audio_tokens, sum(t.input_image_tokens) AS input_image_tokens,
    sum(t.output_image_tokens) AS output_image_tokens, sum(t.input_video_tokens) AS input_video_tokens,
    sum(t.cache_read_audio_tokens) AS cache_read_audio_tokens,
    sum(t.cache_read_image_tokens) AS cache_read_image_tokens,
    sum(t.uncached_input_cost_usd) AS uncached_input_cost_usd, sum(t.cache_read_cost_usd) AS cache_read_cost_usd,
    sum(t.cache_write_cost_usd) AS cache_write_cost_usd, sum(t.output_cost_usd) AS output_cost_usd,
    sum(t.units_cost_usd) AS units_cost_usd, sum(t.cost_usd) AS cost_usd, sum(t.list_cost_usd) AS list_cost_usd,
    sum(t.contracted_cost_usd) AS contracted_cost_usd, sum(t.reported_cost_usd) AS reported_cost_usd,
    sum(t.cost_usd_sq) AS cost_usd_sq, max(t.cost_usd_max) AS cost_usd_max, sum(t.unpriced_calls) AS unpriced_calls,
    sum(t.inconsistent_calls) AS inconsistent_calls, sum(t.estimated_calls) AS estimated_calls,
    sum(t.latency_ms_sum) AS latency_ms_sum
  FROM usage_by_user AS t FINAL
  GROUP BY hour, tenant_id, feature, model
);

CREATE OR REPLACE VIEW v_user_costs_hourly DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT *,
  uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
    + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens AS input_tokens,
  output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens AS output_tokens
FROM (
  SELECT
    toStartOfHour(t.quarter) AS hour, t.user_id AS user_id, t.tenant_id AS tenant_id, t.feature AS feature, t.model AS model,
    sum(t.calls) AS calls, sum(t.requests) AS requests, sum(t.uncached_input_tokens) AS uncached_input_tokens,
    sum(t.cache_read_tokens) AS cache_read_tokens, sum(t.cache_write_5m_tokens) AS cache_write_5m_tokens,
    sum(t.cache_write_1h_tokens) AS cache_write_1h_tokens, sum(t.output_text_tokens) AS output_text_tokens,
    sum(t.reasoning_tokens) AS reasoning_tokens, sum(t.input_audio_tokens) AS input_audio_tokens,
    sum(t.output_audio_tokens) AS output_audio_tokens, sum(t.input_image_tokens) AS input_image_tokens,
    sum(t.output_image_tokens) AS output_image_tokens, sum(t.input_video_tokens) AS input_video_tokens,
    sum(t.cache_read_audio_tokens) AS cache_read_audio_tokens,
    sum(t.cache_read_image_tokens) AS cache_read_image_tokens,
    sum(t.uncached_input_cost_usd) AS uncached_input_cost_usd, sum(t.cache_read_cost_usd) AS cache_read_cost_usd,
    sum(t.cache_write_cost_usd) AS cache_write_cost_usd, sum(t.output_cost_usd) AS output_cost_usd,
    sum(t.units_cost_usd) AS units_cost_usd, sum(t.cost_usd) AS cost_usd, sum(t.list_cost_usd) AS list_cost_usd,
    sum(t.contracted_cost_usd) AS contracted_cost_usd, sum(t.reported_cost_usd) AS reported_cost_usd,
    sum(t.cost_usd_sq) AS cost_usd_sq, max(t.cost_usd_max) AS cost_usd_max, sum(t.unpriced_calls) AS unpriced_calls,
    sum(t.inconsistent_calls) AS inconsistent_calls, sum(t.estimated_calls) AS estimated_calls,
    sum(t.latency_ms_sum) AS latency_ms_sum
  FROM usage_by_user AS t FINAL
  GROUP BY hour, user_id, tenant_id, feature, model
);

CREATE OR REPLACE VIEW v_coverage DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  toStartOfHour(t.quarter) AS hour, t.environment AS environment,
  sum(t.calls) AS calls,
  sum(t.calls) - sum(t.unpriced_calls) - sum(t.estimated_calls) AS priced,
  sum(t.unpriced_calls) AS unpriced,
  sum(t.estimated_calls) AS estimated,
  sum(t.inconsistent_calls) AS inconsistent,
  sumIf(t.calls, t.feature = '') AS without_feature
FROM usage_by_feature AS t FINAL
GROUP BY hour, environment;

-- Two recomputers may record one change twice; told in order, the second says nothing new.
CREATE OR REPLACE VIEW v_changes DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  hour, reason, old_calls, new_calls, old_cost_usd, new_cost_usd, new_cost_usd - old_cost_usd AS change_usd, changed_at
FROM
(
  SELECT
    c.hour AS hour, c.reason AS reason, c.changed_at AS changed_at,
    c.new_calls AS new_calls, c.new_cost_usd AS new_cost_usd,
    row_number() OVER told AS number,
    lagInFrame(c.new_calls) OVER told AS old_calls,
    lagInFrame(c.new_cost_usd) OVER told AS old_cost_usd
  FROM rollup_changes AS c
  WINDOW told AS (PARTITION BY c.hour ORDER BY c.changed_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE number = 1 OR new_calls != old_calls OR new_cost_usd != old_cost_usd;

CREATE OR REPLACE VIEW v_dead_letters DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  dead_letter_id, refused_at, stage, reason, field, got, expected, message, event_id, log_id, log_topic, log_partition,
  log_offset, bytes_total, replayed_at
FROM dead_letters FINAL;

CREATE OR REPLACE VIEW v_ingest_batches DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT kind, log_id, topic, partition, first_offset, last_offset, read, stored, dead, dropped, hours, newest_log_time, inserted_at
FROM ingest_batches;

CREATE OR REPLACE VIEW v_watermarks DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT name, value, changed_at
FROM watermarks FINAL;
