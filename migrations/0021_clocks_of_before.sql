-- What 0016 made room for. It locks the rows it fills and no table: reading and filing go on meanwhile.
SET LOCAL lock_timeout = '5s';

-- What is being worked is looked at once by the sweep, which then knows the rest.
UPDATE call SET urgency = severity * 2, priority = work_priority((severity * 2)::smallint, NULL),
    watch_at = CASE WHEN origin <> 'import' THEN opened_at END
WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold');
UPDATE call SET priority = work_priority(call.urgency, system.redundancy)
FROM system
WHERE system.customer_id = call.customer_id AND system.id = call.system_id AND system.redundancy <> 'duplex'
  AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold');

-- What each pause waited for is kept from now on; of those before, history knows it.
UPDATE call SET state = state || jsonb_build_object('waits', told.waits)
FROM (SELECT customer_id, call_id,
             jsonb_agg(jsonb_build_object('from', to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                 'why', CASE WHEN kind = 'hold' THEN coalesce(change ->> 'reason', 'on_hold') ELSE 'customer' END)
                 ORDER BY seq) AS waits
      FROM history WHERE kind IN ('hold', 'ask_customer') GROUP BY customer_id, call_id) told
WHERE told.customer_id = call.customer_id AND told.call_id = call.id;

-- Since when the promises are these: what was told before of another severity or an earlier solution does not count.
UPDATE call SET state = state || jsonb_build_object('anew_at',
    to_char(told.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
FROM (SELECT customer_id, call_id, max(occurred_at) AS at
      FROM history WHERE kind IN ('change_severity', 'reopen', 'reject_solution') GROUP BY customer_id, call_id) told
WHERE told.customer_id = call.customer_id AND told.call_id = call.id AND NOT state ? 'anew_at';
