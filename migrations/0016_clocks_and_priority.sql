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
