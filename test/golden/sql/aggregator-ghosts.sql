WITH recent AS
(
  SELECT hour, max(version) AS version FROM rollup_runs
  WHERE finished_at >= now64(6) - INTERVAL 5 MINUTE
  GROUP BY hour
)
SELECT DISTINCT r.hour AS hour
FROM
(
  SELECT toStartOfHour(quarter) AS hour, version FROM usage_by_feature FINAL
  WHERE toStartOfHour(quarter) IN (SELECT hour FROM recent)
    AND quarter >= (SELECT min(hour) FROM recent) AND quarter < (SELECT max(hour) FROM recent) + INTERVAL 1 HOUR
) AS r
INNER JOIN
(
  SELECT hour, max(version) AS newest
  FROM
  (
    SELECT toStartOfHour(quarter) AS hour, version FROM usage_by_feature
    WHERE toStartOfHour(quarter) IN (SELECT hour FROM recent)
    AND quarter >= (SELECT min(hour) FROM recent) AND quarter < (SELECT max(hour) FROM recent) + INTERVAL 1 HOUR
    UNION ALL
    SELECT hour, version + 1 AS version FROM recent
  )
  GROUP BY hour
) AS runs ON runs.hour = r.hour
WHERE r.version + 1 < runs.newest


