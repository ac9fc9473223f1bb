SET LOCAL lock_timeout = '5s';

-- What CAC staff ask of a customer and what the customer grants, for one system and always on a call. Words (what for,
-- why it was declined, what was done) stand in the call's history and nowhere else; here are the numbers of the lines.
CREATE TABLE remote_access (
    customer_id uuid NOT NULL,
    id          uuid NOT NULL,
    site_id     uuid NOT NULL,
    system_id   uuid NOT NULL,
    call_id     uuid NOT NULL,
    state       text NOT NULL CHECK (state IN ('asked', 'granted', 'declined', 'withdrawn', 'lapsed', 'ended', 'expired')),
    opened_at   timestamptz NOT NULL,
    -- NULL where it was granted without being asked for.
    asked_by    uuid,
    hours       smallint,
    -- Until when a request waits for its answer, or a grant holds.
    until       timestamptz NOT NULL,
    purpose_seq integer NOT NULL,
    answered_at timestamptz,
    answered_by uuid,
    over_at     timestamptz,
    over_by     uuid,
    over_seq    integer,
    PRIMARY KEY (customer_id, id),
    FOREIGN KEY (customer_id, call_id) REFERENCES call (customer_id, id),
    CHECK ((state IN ('asked', 'granted')) = (over_at IS NULL))
);
CREATE UNIQUE INDEX remote_access_standing ON remote_access (customer_id, call_id) WHERE state IN ('asked', 'granted');
CREATE INDEX remote_access_due ON remote_access (until) WHERE state IN ('asked', 'granted');
CREATE INDEX remote_access_of_call ON remote_access (customer_id, call_id, opened_at);
CREATE INDEX remote_access_of_system ON remote_access (customer_id, system_id, opened_at);
CREATE INDEX remote_access_of_customer ON remote_access (customer_id, opened_at, id);
CREATE INDEX remote_access_by_time ON remote_access (opened_at, id);
REVOKE DELETE ON remote_access FROM meridian_app;

-- Who was in, and when; a use that the end of the access has cut off has no words.
CREATE TABLE remote_use (
    customer_id uuid NOT NULL,
    id          uuid NOT NULL,
    site_id     uuid NOT NULL,
    access_id   uuid NOT NULL,
    person_id   uuid NOT NULL,
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz,
    note_seq    integer,
    PRIMARY KEY (customer_id, id),
    FOREIGN KEY (customer_id, access_id) REFERENCES remote_access (customer_id, id)
);
CREATE UNIQUE INDEX remote_use_running ON remote_use (customer_id, access_id, person_id) WHERE ended_at IS NULL;
CREATE INDEX remote_use_of_access ON remote_use (customer_id, access_id, began_at);
REVOKE DELETE ON remote_use FROM meridian_app;

-- How to connect to a system, as its customer keeps it: read with an access in force, and each reading is audited.
CREATE TABLE remote_instruction (
    customer_id uuid NOT NULL,
    system_id   uuid NOT NULL,
    site_id     uuid NOT NULL,
    body        text NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  uuid NOT NULL,
    PRIMARY KEY (customer_id, system_id)
);
REVOKE DELETE ON remote_instruction FROM meridian_app;
