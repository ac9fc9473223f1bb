SET LOCAL lock_timeout = '5s';

-- Somebody finds that a stretch of a system's time counts as something else than the evidence has it, and what was
-- answered. Kept for ever: a report of before is made again from it.
CREATE TABLE dispute (
    customer_id uuid NOT NULL,
    id          uuid NOT NULL,
    site_id     uuid NOT NULL,
    system_id   uuid NOT NULL,
    from_at     timestamptz NOT NULL,
    to_at       timestamptz NOT NULL,
    says        text NOT NULL CHECK (says IN ('up', 'outage', 'excluded')),
    why         text NOT NULL,
    raised_by   uuid NOT NULL REFERENCES person (id),
    raised_at   timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by uuid REFERENCES person (id),
    accepted    boolean,
    answer      text,
    PRIMARY KEY (customer_id, id),
    FOREIGN KEY (customer_id, system_id) REFERENCES system (customer_id, id),
    CHECK (to_at > from_at),
    CHECK ((answered_at IS NULL) = (accepted IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)
           AND (answered_at IS NULL) = (answer IS NULL))
);
CREATE INDEX dispute_of_system ON dispute (customer_id, system_id, from_at);
REVOKE DELETE ON dispute FROM meridian_app;
