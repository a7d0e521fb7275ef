-- Sums by quarter-hour: every zone's offset is a multiple of fifteen minutes, so days are exact in any zone.
-- Whole hours are recomputed from deduplicated events under a version; never incremented.
CREATE TABLE IF NOT EXISTS usage_by_feature
(
  quarter DateTime('UTC') CODEC(Delta, ZSTD(1)),
  feature LowCardinality(String),
  team LowCardinality(String),
  task_type LowCardinality(String),
  user_segment LowCardinality(String),
  provider LowCardinality(String),
  model LowCardinality(String),
  service_tier LowCardinality(String),
  environment LowCardinality(String),
  release LowCardinality(String),
  status LowCardinality(String),
  calls UInt64 COMMENT 'attempts' CODEC(T64, ZSTD(1)),
  requests UInt64 COMMENT 'first attempts' CODEC(T64, ZSTD(1)),
  uncached_input_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_read_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_write_5m_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_write_1h_tokens UInt64 CODEC(T64, ZSTD(1)),
  output_text_tokens UInt64 CODEC(T64, ZSTD(1)),
  reasoning_tokens UInt64 CODEC(T64, ZSTD(1)),
  input_audio_tokens UInt64 CODEC(T64, ZSTD(1)),
  output_audio_tokens UInt64 CODEC(T64, ZSTD(1)),
  input_image_tokens UInt64 CODEC(T64, ZSTD(1)),
  output_image_tokens UInt64 CODEC(T64, ZSTD(1)),
  input_video_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_read_audio_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_read_image_tokens UInt64 CODEC(T64, ZSTD(1)),
  uncached_input_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  cache_read_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  cache_write_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  output_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  units_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  list_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  contracted_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  reported_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  cost_usd_sq Float64 COMMENT 'sum of squared call costs: for variances, never for money' CODEC(ZSTD(1)),
  cost_usd_max Decimal(18, 12) CODEC(ZSTD(1)),
  unpriced_calls UInt64 COMMENT 'cost is NULL: not priced or inconsistent' CODEC(T64, ZSTD(1)),
  inconsistent_calls UInt64 COMMENT 'those of them whose usage does not add up' CODEC(T64, ZSTD(1)),
  estimated_calls UInt64 CODEC(T64, ZSTD(1)),
  latency_ms_sum UInt64 CODEC(T64, ZSTD(1)),
  version UInt64 COMMENT 'of the recompute, microseconds of the server''s clock' CODEC(ZSTD(1)),
  is_deleted UInt8 DEFAULT 0 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMMDD(quarter)
ORDER BY (quarter, feature, team, task_type, user_segment, provider, model, service_tier, environment, release, status)
SETTINGS min_age_to_force_merge_seconds = 7200, min_age_to_force_merge_on_partition_only = 1;

-- The same by customer and user; pays as a sort order (a user's month is one range), not as a sum.
CREATE TABLE IF NOT EXISTS usage_by_user
(
  quarter DateTime('UTC') CODEC(Delta, ZSTD(1)),
  tenant_id String CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  feature LowCardinality(String),
  model LowCardinality(String),
  calls UInt64 COMMENT 'attempts' CODEC(T64, ZSTD(1)),
  requests UInt64 COMMENT 'first attempts' CODEC(T64, ZSTD(1)),
  uncached_input_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_read_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_write_5m_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_write_1h_tokens UInt64 CODEC(T64, ZSTD(1)),
  output_text_tokens UInt64 CODEC(T64, ZSTD(1)),
  reasoning_tokens UInt64 CODEC(T64, ZSTD(1)),
  input_audio_tokens UInt64 CODEC(T64, ZSTD(1)),
  output_audio_tokens UInt64 CODEC(T64, ZSTD(1)),
  input_image_tokens UInt64 CODEC(T64, ZSTD(1)),
  output_image_tokens UInt64 CODEC(T64, ZSTD(1)),
  input_video_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_read_audio_tokens UInt64 CODEC(T64, ZSTD(1)),
  cache_read_image_tokens UInt64 CODEC(T64, ZSTD(1)),
  uncached_input_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  cache_read_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  cache_write_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  output_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  units_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  list_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  contracted_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  reported_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
  cost_usd_sq Float64 COMMENT 'sum of squared call costs: for variances, never for money' CODEC(ZSTD(1)),
  cost_usd_max Decimal(18, 12) CODEC(ZSTD(1)),
  unpriced_calls UInt64 COMMENT 'cost is NULL: not priced or inconsistent' CODEC(T64, ZSTD(1)),
  inconsistent_calls UInt64 COMMENT 'those of them whose usage does not add up' CODEC(T64, ZSTD(1)),
  estimated_calls UInt64 CODEC(T64, ZSTD(1)),
  latency_ms_sum UInt64 CODEC(T64, ZSTD(1)),
  version UInt64 COMMENT 'of the recompute, microseconds of the server''s clock' CODEC(ZSTD(1)),
  is_deleted UInt8 DEFAULT 0 CODEC(ZSTD(1)),

  INDEX user_id_bloom user_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMMDD(quarter)
ORDER BY (tenant_id, user_id, quarter, feature, model)
SETTINGS min_age_to_force_merge_seconds = 7200, min_age_to_force_merge_on_partition_only = 1;

-- One row per hour and finished recompute; written last, after both tables have switched.
CREATE TABLE IF NOT EXISTS rollup_runs
(
  hour DateTime('UTC'),
  version UInt64 COMMENT 'microseconds of the server''s clock, taken before the recompute read anything',
  duration_ms UInt64 COMMENT 'of the whole recompute, which may have been of several hours',
  work_ms UInt64 COMMENT 'how much of it was work, judged by the number of events; the rest was waiting',
  groups UInt64,
  calls UInt64,
  cost_usd Decimal(38, 12),
  runner LowCardinality(String),
  finished_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(finished_at)
ORDER BY (finished_at, hour)
TTL toDateTime(finished_at) + INTERVAL 40 DAY;

-- Why a closed hour's total moved: its first total once complete, then every change.
CREATE TABLE IF NOT EXISTS rollup_changes
(
  hour DateTime('UTC'),
  version UInt64,
  reason LowCardinality(String) COMMENT 'first, late, reprice, correction',
  old_calls UInt64,
  new_calls UInt64,
  old_cost_usd Decimal(38, 12),
  new_cost_usd Decimal(38, 12),
  changed_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
ORDER BY (hour, version);

-- How far the ledger has read its log: every event that the log took before this instant is stored. Never goes back.
CREATE TABLE IF NOT EXISTS watermarks
(
  name LowCardinality(String) COMMENT 'complete_until, raw_dropped_before',
  value DateTime64(3, 'UTC'),
  changed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(value)
ORDER BY name;
