SELECT 1 AS found
FROM usage_events
WHERE occurred_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 10 MINUTE
    AND occurred_at < {to:DateTime64(3, 'UTC')} + INTERVAL 10 MINUTE AND is_deleted = 0
GROUP BY event_id
HAVING count() > 1
  AND (min(occurred_at) != max(occurred_at) OR min(feature) != max(feature) OR min(tenant_id) != max(tenant_id))
LIMIT 1


