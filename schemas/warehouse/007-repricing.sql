-- What repricing needs: the books behind the numbers, who filled an event's buckets, and an account of every run.

-- Whole price books, so that any `price_book_version` can be explained later and two can be compared.
CREATE TABLE IF NOT EXISTS price_books
(
  hash String COMMENT 'the price_book_version of what it priced',
  json String COMMENT 'shipped book and overlay as one' CODEC(ZSTD(6)),
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY hash;

ALTER TABLE price_book_versions
  ADD COLUMN IF NOT EXISTS effective_hash String DEFAULT (book_hash)
  COMMENT 'of shipped book and overlay as one';

-- Of rows from before it is not known. Those that contradicted themselves are left to contradict themselves.
ALTER TABLE usage_events
  ADD COLUMN IF NOT EXISTS tokens_given Bool DEFAULT (cost_status = 'inconsistent_usage')
  COMMENT 'the producer filled buckets itself; otherwise a corrected normaliser reads raw_usage again' CODEC(ZSTD(1));

-- Never edited: a row when a run begins, one before each write, one when it ends. The newest says how far it came; before a
-- write it has the sums without it.
CREATE TABLE IF NOT EXISTS reprice_runs
(
  run_id String,
  state LowCardinality(String) COMMENT 'started, writing, finished, stopped, abandoned',
  at DateTime64(6, 'UTC') DEFAULT now64(6),
  started_by LowCardinality(String) COMMENT 'service or cli',
  sequence UInt32,
  price_book_version String,
  window_from DateTime64(3, 'UTC'),
  window_to DateTime64(3, 'UTC'),
  provider String COMMENT 'only this one; empty is any',
  model String COMMENT 'only this one; empty is any',
  hours Array(DateTime('UTC')) COMMENT 'writing: what is about to be written; abandoned: what it was',
  events_examined UInt64,
  events_changed UInt64,
  old_cost_usd Decimal(38, 12) COMMENT 'of the changed events',
  new_cost_usd Decimal(38, 12) COMMENT 'of the changed events',
  old_unpriced UInt64,
  new_unpriced UInt64
)
ENGINE = MergeTree
PARTITION BY toYear(at)
ORDER BY (at, run_id);

CREATE OR REPLACE VIEW v_reprices DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  r.run_id AS run_id, argMax(r.state, r.at) AS state, any(r.started_by) AS started_by, min(r.at) AS started_at,
  if(state = 'finished', max(r.at), NULL) AS finished_at,
  any(r.sequence) AS sequence, any(r.price_book_version) AS price_book_version,
  any(r.window_from) AS window_from, any(r.window_to) AS window_to, any(r.provider) AS provider, any(r.model) AS model,
  max(r.events_examined) AS events_examined, max(r.events_changed) AS events_changed,
  argMax(r.old_cost_usd, r.at) AS old_cost_usd, argMax(r.new_cost_usd, r.at) AS new_cost_usd,
  new_cost_usd - old_cost_usd AS change_usd,
  max(r.old_unpriced) AS old_unpriced, argMax(r.new_unpriced, r.at) AS new_unpriced
FROM reprice_runs AS r
GROUP BY run_id;

-- Every number that a combination of book, overlay and normaliser ever had. Only the newest is priced with.
CREATE OR REPLACE VIEW v_price_books DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
  v.sequence AS sequence, v.effective_hash AS price_book_version, v.book_hash AS shipped_hash,
  v.overlay_hash AS overlay_hash, v.normaliser_version AS normaliser_version, v.registered_at AS registered_at,
  b.json AS book_json
FROM price_book_versions AS v
LEFT JOIN (SELECT hash, any(json) AS json FROM price_books GROUP BY hash) AS b ON b.hash = v.effective_hash;
