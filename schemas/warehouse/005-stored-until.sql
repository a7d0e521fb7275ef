-- How far everything is stored, said by the consumer from positions alone instead of the clocks of records.
ALTER TABLE ingest_progress
  ADD COLUMN IF NOT EXISTS stored_until Array(DateTime64(3, 'UTC'))
  COMMENT 'by partition: everything that the log took before this instant is stored; 1970 while that is not known' AFTER ends;
