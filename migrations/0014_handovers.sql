SET LOCAL lock_timeout = '5s';

-- How long a center may take to accept what another hands to it, before the duty manager is paged.
ALTER TABLE cac ADD COLUMN accept_minutes integer NOT NULL DEFAULT 15 CHECK (accept_minutes > 0);

-- What one center gives to the next: the line of history that moved the call, and what the next must know.
-- `from_cac` or `to_cac` NULL is the duty manager. The packet names people and lines by their ids alone.
CREATE TABLE handover (
    customer_id  uuid NOT NULL,
    id           uuid NOT NULL,
    site_id      uuid NOT NULL,
    call_id      uuid NOT NULL,
    seq          integer NOT NULL,
    from_cac     text,
    to_cac       text,
    to_queue     text NOT NULL,
    boundary_at  timestamptz NOT NULL,
    handed_at    timestamptz NOT NULL,
    packet       jsonb NOT NULL,
    accept_by    timestamptz,
    accepted_at  timestamptz,
    accepted_by  uuid,
    escalated_at timestamptz,
    -- It was solved, routed or handed on before anybody accepted it.
    over_at      timestamptz,
    told_at      timestamptz,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, call_id, seq),
    FOREIGN KEY (customer_id, call_id, seq) REFERENCES history (customer_id, call_id, seq)
);
CREATE INDEX handover_waiting ON handover (accept_by) WHERE accepted_at IS NULL AND over_at IS NULL;
CREATE INDEX handover_untold ON handover (handed_at) WHERE told_at IS NULL;
CREATE INDEX handover_by_time ON handover (handed_at DESC);
CREATE INDEX handover_of_boundary ON handover (to_queue, boundary_at);

-- One word to each queue for each boundary, however many calls come, and however many nodes move them.
CREATE TABLE handover_notice (
    to_queue    text NOT NULL,
    boundary_at timestamptz NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('handed_over', 'not_accepted')),
    at          timestamptz NOT NULL,
    PRIMARY KEY (to_queue, boundary_at, kind)
);
