-- What the consumer says about its work: batches, progress, refusals, and the numbers of price books.

-- One row per partition of an inserted batch; written after the batch's rows and before the offsets are committed.
-- An hour is dirty when a row that names it is newer than the hour's last recompute.
CREATE TABLE IF NOT EXISTS ingest_batches
(
  kind LowCardinality(String) DEFAULT 'log' COMMENT 'log, reprice, import, deletion, reconcile',
  log_id LowCardinality(String),
  topic LowCardinality(String),
  partition UInt32,
  first_offset UInt64,
  last_offset UInt64,
  read UInt64,
  stored UInt64,
  dead UInt64,
  dropped UInt64,
  hours Array(DateTime('UTC')),
  newest_log_time DateTime64(3, 'UTC'),
  inserted_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(inserted_at)
ORDER BY inserted_at
TTL toDateTime(inserted_at) + INTERVAL 35 DAY;

-- A consumer's heartbeat: how far it is in the partitions it holds, against end offsets fetched after `asked_at`.
CREATE TABLE IF NOT EXISTS ingest_progress
(
  consumer LowCardinality(String),
  log_id LowCardinality(String),
  topic LowCardinality(String),
  partition_count UInt32,
  partitions Array(UInt32),
  consumed Array(UInt64),
  ends Array(UInt64),
  last_log_times Array(DateTime64(3, 'UTC')),
  asked_at DateTime64(3, 'UTC'),
  inserted_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(inserted_at)
ORDER BY inserted_at
TTL toDateTime(inserted_at) + INTERVAL 35 DAY;

-- What was refused, copied from the dead-letter topic by the consumer alone. A letter that comes again is one letter.
CREATE TABLE IF NOT EXISTS dead_letters
(
  dead_letter_id String COMMENT 'the log position; where there is none, the hash of the bytes of an event that names itself, else an id of its own',
  refused_at DateTime64(3, 'UTC'),
  stage LowCardinality(String) COMMENT 'collector or consumer',
  reason LowCardinality(String),
  field String,
  got String,
  expected String,
  message String,
  event_id String,
  log_id LowCardinality(String),
  log_topic LowCardinality(String),
  log_partition Nullable(UInt32),
  log_offset Nullable(UInt64),
  bytes String CODEC(ZSTD(3)),
  bytes_total UInt64 COMMENT 'more than length(bytes) where they were cut',
  replayed_at Nullable(DateTime64(3, 'UTC')),
  version UInt64 DEFAULT toUnixTimestamp64Micro(now64(6))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY dead_letter_id
TTL toDateTime(refused_at) + INTERVAL 90 DAY;

-- The sequence number that stands in an event's version for what it was priced with. Handed out by one writer.
CREATE TABLE IF NOT EXISTS price_book_versions
(
  sequence UInt32,
  book_hash String,
  overlay_hash String,
  normaliser_version UInt32,
  registered_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY sequence;
