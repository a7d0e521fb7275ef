SELECT *
FROM v_events AS t
WHERE t.event_id = {id:String}
ORDER BY t.received_at, t.occurred_at
LIMIT 1

-- id = "e1"
