SET LOCAL lock_timeout = '5s';

-- Times at which somebody has said that a site, or some of its systems, will be worked on.
--
-- `plan` is the rule; the occurrence that runs or comes next is written out beside it, as people may have made it
-- longer or shorter. None is written where nothing more will come of the plan.
CREATE TABLE maintenance_window (
    customer_id   uuid NOT NULL,
    id            uuid NOT NULL,
    site_id       uuid NOT NULL,
    -- NULL is the whole site, also systems that are set up later.
    systems       uuid[] CHECK (cardinality(systems) > 0),
    title         text NOT NULL,
    reason        text NOT NULL,
    plan          jsonb NOT NULL,
    -- Occurrences that were cancelled, by the start that the plan gives them.
    skipped       timestamptz[] NOT NULL DEFAULT '{}',
    planned_at    timestamptz,
    starts_at     timestamptz,
    ends_at       timestamptz,
    -- Nothing comes after the one that is written out.
    cancelled_at  timestamptz,
    last_ended_at timestamptz,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id),
    FOREIGN KEY (customer_id, site_id) REFERENCES site (customer_id, id),
    CHECK ((starts_at IS NULL) = (ends_at IS NULL) AND (starts_at IS NULL) = (planned_at IS NULL)),
    CHECK (ends_at >= starts_at)
);
CREATE UNIQUE INDEX maintenance_by_id ON maintenance_window (id);
CREATE INDEX maintenance_of_site ON maintenance_window (customer_id, site_id);
CREATE INDEX maintenance_ending ON maintenance_window (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX maintenance_by_age ON maintenance_window (created_at DESC, id);

-- An occurrence that is over, and what came of it: written once, with the calls that it left.
CREATE TABLE maintenance_occurrence (
    customer_id uuid NOT NULL,
    window_id   uuid NOT NULL,
    planned_at  timestamptz NOT NULL,
    site_id     uuid NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    report      jsonb NOT NULL,
    PRIMARY KEY (customer_id, window_id, planned_at),
    FOREIGN KEY (customer_id, window_id) REFERENCES maintenance_window (customer_id, id)
);
CREATE INDEX maintenance_over_at_site ON maintenance_occurrence (customer_id, site_id, ends_at DESC);
REVOKE UPDATE, DELETE ON maintenance_occurrence FROM meridian_app;

-- Who planned, changed and ended it.
CREATE TABLE maintenance_history (
    customer_id uuid NOT NULL,
    window_id   uuid NOT NULL,
    seq         integer NOT NULL,
    at          timestamptz NOT NULL,
    actor_id    uuid,
    party       text NOT NULL,
    kind        text NOT NULL,
    detail      jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (customer_id, window_id, seq),
    FOREIGN KEY (customer_id, window_id) REFERENCES maintenance_window (customer_id, id)
);
REVOKE UPDATE, DELETE ON maintenance_history FROM meridian_app;
