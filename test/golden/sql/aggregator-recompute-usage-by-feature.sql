INSERT INTO usage_by_feature (quarter, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status, calls, requests, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_text_tokens, reasoning_tokens, input_audio_tokens, output_audio_tokens, input_image_tokens, output_image_tokens, input_video_tokens, cache_read_audio_tokens, cache_read_image_tokens, uncached_input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, units_cost_usd, cost_usd, list_cost_usd, contracted_cost_usd, reported_cost_usd, cost_usd_sq, cost_usd_max, unpriced_calls, inconsistent_calls, estimated_calls, latency_ms_sum, version, is_deleted)
WITH greatest(
  toUInt64(toUnixTimestamp64Micro(now64(6))),
  (SELECT max(version) + 2 FROM usage_by_feature WHERE quarter >= {from:DateTime64(3, 'UTC')} AND quarter < {to:DateTime64(3, 'UTC')})
) AS v
SELECT quarter, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status, calls, requests, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_text_tokens, reasoning_tokens, input_audio_tokens, output_audio_tokens, input_image_tokens, output_image_tokens, input_video_tokens, cache_read_audio_tokens, cache_read_image_tokens, uncached_input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, units_cost_usd, cost_usd, list_cost_usd, contracted_cost_usd, reported_cost_usd, cost_usd_sq, cost_usd_max, unpriced_calls, inconsistent_calls, estimated_calls, latency_ms_sum, v + live, 1 - live
FROM
(
  SELECT quarter, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status, defaultValueOfTypeName(toTypeName(calls)) AS calls, defaultValueOfTypeName(toTypeName(requests)) AS requests, defaultValueOfTypeName(toTypeName(uncached_input_tokens)) AS uncached_input_tokens, defaultValueOfTypeName(toTypeName(cache_read_tokens)) AS cache_read_tokens, defaultValueOfTypeName(toTypeName(cache_write_5m_tokens)) AS cache_write_5m_tokens, defaultValueOfTypeName(toTypeName(cache_write_1h_tokens)) AS cache_write_1h_tokens, defaultValueOfTypeName(toTypeName(output_text_tokens)) AS output_text_tokens, defaultValueOfTypeName(toTypeName(reasoning_tokens)) AS reasoning_tokens, defaultValueOfTypeName(toTypeName(input_audio_tokens)) AS input_audio_tokens, defaultValueOfTypeName(toTypeName(output_audio_tokens)) AS output_audio_tokens, defaultValueOfTypeName(toTypeName(input_image_tokens)) AS input_image_tokens, defaultValueOfTypeName(toTypeName(output_image_tokens)) AS output_image_tokens, defaultValueOfTypeName(toTypeName(input_video_tokens)) AS input_video_tokens, defaultValueOfTypeName(toTypeName(cache_read_audio_tokens)) AS cache_read_audio_tokens, defaultValueOfTypeName(toTypeName(cache_read_image_tokens)) AS cache_read_image_tokens, defaultValueOfTypeName(toTypeName(uncached_input_cost_usd)) AS uncached_input_cost_usd, defaultValueOfTypeName(toTypeName(cache_read_cost_usd)) AS cache_read_cost_usd, defaultValueOfTypeName(toTypeName(cache_write_cost_usd)) AS cache_write_cost_usd, defaultValueOfTypeName(toTypeName(output_cost_usd)) AS output_cost_usd, defaultValueOfTypeName(toTypeName(units_cost_usd)) AS units_cost_usd, defaultValueOfTypeName(toTypeName(cost_usd)) AS cost_usd, defaultValueOfTypeName(toTypeName(list_cost_usd)) AS list_cost_usd, defaultValueOfTypeName(toTypeName(contracted_cost_usd)) AS contracted_cost_usd, defaultValueOfTypeName(toTypeName(reported_cost_usd)) AS reported_cost_usd, defaultValueOfTypeName(toTypeName(cost_usd_sq)) AS cost_usd_sq, defaultValueOfTypeName(toTypeName(cost_usd_max)) AS cost_usd_max, defaultValueOfTypeName(toTypeName(unpriced_calls)) AS unpriced_calls, defaultValueOfTypeName(toTypeName(inconsistent_calls)) AS inconsistent_calls, defaultValueOfTypeName(toTypeName(estimated_calls)) AS estimated_calls, defaultValueOfTypeName(toTypeName(latency_ms_sum)) AS latency_ms_sum, 0 AS live
  FROM usage_by_feature FINAL
  WHERE quarter >= {from:DateTime64(3, 'UTC')} AND quarter < {to:DateTime64(3, 'UTC')}
  UNION ALL
  SELECT
    toStartOfInterval(e.occurred_at, INTERVAL 15 MINUTE, 'UTC') AS quarter,
    e.feature AS feature, e.team AS team, e.task_type AS task_type, e.user_segment AS user_segment, e.provider AS provider, e.model AS model, e.service_tier AS service_tier, e.environment AS environment, e.release AS release, e.status AS status,
    count() AS calls,
    countIf(e.attempt <= 1) AS requests,
    sum(toUInt64(e.uncached_input_tokens)) AS uncached_input_tokens,
    sum(toUInt64(e.cache_read_tokens)) AS cache_read_tokens,
    sum(toUInt64(e.cache_write_5m_tokens)) AS cache_write_5m_tokens,
    sum(toUInt64(e.cache_write_1h_tokens)) AS cache_write_1h_tokens,
    sum(toUInt64(e.output_text_tokens)) AS output_text_tokens,
    sum(toUInt64(e.reasoning_tokens)) AS reasoning_tokens,
    sum(toUInt64(e.input_audio_tokens)) AS input_audio_tokens,
    sum(toUInt64(e.output_audio_tokens)) AS output_audio_tokens,
    sum(toUInt64(e.input_image_tokens)) AS input_image_tokens,
    sum(toUInt64(e.output_image_tokens)) AS output_image_tokens,
    sum(toUInt64(e.input_video_tokens)) AS input_video_tokens,
    sum(toUInt64(e.cache_read_audio_tokens)) AS cache_read_audio_tokens,
    sum(toUInt64(e.cache_read_image_tokens)) AS cache_read_image_tokens,
    ifNull(sum(e.uncached_input_cost_usd), 0) AS uncached_input_cost_usd,
    ifNull(sum(e.cache_read_cost_usd), 0) AS cache_read_cost_usd,
    ifNull(sum(e.cache_write_cost_usd), 0) AS cache_write_cost_usd,
    ifNull(sum(e.output_cost_usd), 0) AS output_cost_usd,
    ifNull(sum(e.units_cost_usd), 0) AS units_cost_usd,
    ifNull(sum(e.cost_usd), 0) AS cost_usd,
    ifNull(sum(e.list_cost_usd), 0) AS list_cost_usd,
    ifNull(sum(e.contracted_cost_usd), 0) AS contracted_cost_usd,
    ifNull(sum(e.reported_cost_usd), 0) AS reported_cost_usd,
    ifNull(sum(toFloat64(e.cost_usd) * toFloat64(e.cost_usd)), 0) AS cost_usd_sq,
    ifNull(max(e.cost_usd), 0) AS cost_usd_max,
    countIf(isNull(e.cost_usd)) AS unpriced_calls,
    countIf(e.cost_status = 'inconsistent_usage') AS inconsistent_calls,
    countIf(e.cost_status = 'estimated') AS estimated_calls,
    sum(e.latency_ms) AS latency_ms_sum,
    1 AS live
  FROM usage_events AS e FINAL
  WHERE e.occurred_at >= {from:DateTime64(3, 'UTC')} AND e.occurred_at < {to:DateTime64(3, 'UTC')}
  GROUP BY quarter, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status
)


