SET LOCAL lock_timeout = '5s';

-- What the customer and the partner may read of a call has a version of its own.
UPDATE call SET state = call.state || jsonb_build_object('public_version', lines.count, 'public_at', lines.last_at)
FROM (SELECT customer_id, call_id, count(*) AS count, max(recorded_at) AS last_at
      FROM history WHERE kind <> 'note' GROUP BY customer_id, call_id) lines
WHERE lines.customer_id = call.customer_id AND lines.call_id = call.id;
