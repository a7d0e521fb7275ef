-- Tuned at 10 and 50 million events. Everything here may be applied to tables that are in use.

-- A condition on occurred_at is held against the key's own column occurred_at, its fourth, and never against
-- toStartOfHour(occurred_at), its first: without this index a question about one hour reads the whole day.
ALTER TABLE usage_events
  ADD INDEX IF NOT EXISTS occurred_at_range occurred_at TYPE minmax GRANULARITY 1;

-- One filter for each granule instead of one for four: what is looked for is in one of them.
ALTER TABLE usage_events
  ADD INDEX IF NOT EXISTS event_id_filter event_id TYPE bloom_filter(0.01) GRANULARITY 1,
  ADD INDEX IF NOT EXISTS user_id_filter user_id TYPE bloom_filter(0.01) GRANULARITY 1;

ALTER TABLE usage_events
  DROP INDEX IF EXISTS event_id_bloom,
  DROP INDEX IF EXISTS user_id_bloom;

ALTER TABLE usage_by_user
  ADD INDEX IF NOT EXISTS user_id_filter user_id TYPE bloom_filter(0.01) GRANULARITY 1;

ALTER TABLE usage_by_user
  DROP INDEX IF EXISTS user_id_bloom;

-- What is stored already gets the indexes in the background.
ALTER TABLE usage_events
  MATERIALIZE INDEX occurred_at_range,
  MATERIALIZE INDEX event_id_filter,
  MATERIALIZE INDEX user_id_filter;

ALTER TABLE usage_by_user
  MATERIALIZE INDEX user_id_filter;

-- A part of one file up to some 180,000 events. A merge of small parts into one of a hundred columns in as many files takes
-- longer to reach the disk than to compute.
ALTER TABLE usage_events
  MODIFY SETTING min_bytes_for_wide_part = 134217728;

-- Almost every question about spend asks for these two; as sums of thirteen columns they were most of what it read.
ALTER TABLE usage_by_feature
  ADD COLUMN IF NOT EXISTS input_tokens UInt64
    MATERIALIZED uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
      + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens CODEC(T64, ZSTD(1)) AFTER cache_read_image_tokens,
  ADD COLUMN IF NOT EXISTS output_tokens UInt64
    MATERIALIZED output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens CODEC(T64, ZSTD(1)) AFTER input_tokens;

ALTER TABLE usage_by_user
  ADD COLUMN IF NOT EXISTS input_tokens UInt64
    MATERIALIZED uncached_input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + input_audio_tokens
      + input_image_tokens + input_video_tokens + cache_read_audio_tokens + cache_read_image_tokens CODEC(T64, ZSTD(1)) AFTER cache_read_image_tokens,
  ADD COLUMN IF NOT EXISTS output_tokens UInt64
    MATERIALIZED output_text_tokens + reasoning_tokens + output_audio_tokens + output_image_tokens CODEC(T64, ZSTD(1)) AFTER input_tokens;

CREATE OR REPLACE VIEW v_costs_15m DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  quarter, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status,
  calls, requests, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  output_text_tokens, reasoning_tokens, input_audio_tokens, output_audio_tokens, input_image_tokens,
  output_image_tokens, input_video_tokens, cache_read_audio_tokens, cache_read_image_tokens, uncached_input_cost_usd,
  cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, units_cost_usd, cost_usd, list_cost_usd,
  contracted_cost_usd, reported_cost_usd, cost_usd_sq, cost_usd_max, unpriced_calls, inconsistent_calls,
  estimated_calls, latency_ms_sum,
  input_tokens, output_tokens
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
  input_tokens, output_tokens
FROM usage_by_user FINAL;

CREATE OR REPLACE VIEW v_costs_hourly DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
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
  sum(t.latency_ms_sum) AS latency_ms_sum, sum(t.input_tokens) AS input_tokens, sum(t.output_tokens) AS output_tokens
FROM usage_by_feature AS t FINAL
GROUP BY hour, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status;

CREATE OR REPLACE VIEW v_costs_daily DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
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
  sum(t.latency_ms_sum) AS latency_ms_sum, sum(t.input_tokens) AS input_tokens, sum(t.output_tokens) AS output_tokens
FROM usage_by_feature AS t FINAL
GROUP BY day, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status;

CREATE OR REPLACE VIEW v_tenant_costs_hourly DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
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
  sum(t.latency_ms_sum) AS latency_ms_sum, sum(t.input_tokens) AS input_tokens, sum(t.output_tokens) AS output_tokens
FROM usage_by_user AS t FINAL
GROUP BY hour, tenant_id, feature, model;

CREATE OR REPLACE VIEW v_user_costs_hourly DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
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
  sum(t.latency_ms_sum) AS latency_ms_sum, sum(t.input_tokens) AS input_tokens, sum(t.output_tokens) AS output_tokens
FROM usage_by_user AS t FINAL
GROUP BY hour, user_id, tenant_id, feature, model;
