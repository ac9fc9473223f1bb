SET LOCAL lock_timeout = '5s';

-- The zone in which a person reads times, where it is not that of their browser.
ALTER TABLE person ADD COLUMN time_zone text;

-- When a clock of the call must next be looked at; `urgency` is what severity and clocks make of the
-- order of work, `priority` also what the system has lost; `pressing` are the promises at risk or missed.
ALTER TABLE call
    ADD COLUMN watch_at timestamptz,
    ADD COLUMN urgency smallint NOT NULL DEFAULT 8,
    ADD COLUMN priority smallint NOT NULL DEFAULT 8,
    ADD COLUMN pressing text[] NOT NULL DEFAULT '{}';

-- A plain expression, so that whoever writes a call and whoever changes a system mean the same.
CREATE FUNCTION work_priority(urgency smallint, redundancy text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(1, urgency - CASE redundancy WHEN 'down' THEN 2 WHEN 'simplex' THEN 1 ELSE 0 END)::smallint
$$;
GRANT EXECUTE ON FUNCTION work_priority(smallint, text) TO meridian_app, meridian_reader;

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
