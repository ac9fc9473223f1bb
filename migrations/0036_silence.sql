-- How often a system is expected to call home, which of them do not, and what is known of the paths.
SET LOCAL lock_timeout = '5s';

-- Who is set up from here on calls home once a day unless somebody knows better; none is expected of whoever has null.
ALTER TABLE system ALTER COLUMN heartbeat_minutes SET DEFAULT 1440;
ALTER TABLE system
    -- From when on it is expected: the portal's first look, another interval, the end of the silence of its site.
    ADD COLUMN expected_since   timestamptz,
    -- When somebody looks again whether it was heard: never later than it falls silent, so that a heartbeat moves
    -- no index. Infinity while it is silent; none before the first look.
    ADD COLUMN silence_check_at timestamptz,
    -- Since when it runs without redundancy, be it simplex or down.
    ADD COLUMN exposed_since    timestamptz;
UPDATE system SET exposed_since = redundancy_since WHERE redundancy <> 'duplex';

-- A system was not heard, from when that was found until it was heard again, and the call that has it.
CREATE TABLE silence (
    customer_id   uuid NOT NULL,
    id            uuid NOT NULL,
    site_id       uuid NOT NULL,
    system_id     uuid NOT NULL,
    call_id       uuid NOT NULL,
    began_at      timestamptz NOT NULL,
    last_heard_at timestamptz,
    ended_at      timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX silence_of_system ON silence (customer_id, system_id, began_at DESC);
CREATE UNIQUE INDEX silence_running ON silence (customer_id, site_id, system_id) WHERE ended_at IS NULL;

-- What was last heard of the way home: of a system, or (system_id null, the id is the site's) of what speaks for a site.
CREATE TABLE way_home (
    customer_id    uuid NOT NULL,
    id             uuid NOT NULL,
    site_id        uuid NOT NULL,
    system_id      uuid,
    heard_at       timestamptz NOT NULL,
    tested_at      timestamptz,
    -- What an agent said of itself, and when.
    reported_at    timestamptz,
    spool_depth    bigint,
    oldest_s       bigint,
    dropped        bigint,
    clock_offset_s bigint,
    version        text,
    PRIMARY KEY (customer_id, id)
);
