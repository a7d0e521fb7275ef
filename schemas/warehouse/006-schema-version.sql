-- What a cluster's processes need to start beside one another: which schema this is, and price book numbers given out once.

CREATE OR REPLACE VIEW v_schema
  DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT number, name, applied_at FROM schema_migrations FINAL;

-- Two that register a price book at once insert with the number as their token: the server keeps the first of them.
ALTER TABLE price_book_versions MODIFY SETTING non_replicated_deduplication_window = 1000;
