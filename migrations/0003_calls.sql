-- Numbers are spoken on the phone, so they are unique across the house; the rest of a
-- call lives under its customer.
CREATE SEQUENCE call_number_seq START 2000001;
CREATE TABLE call_number (
    number      bigint PRIMARY KEY,
    customer_id uuid NOT NULL,
    call_id     uuid NOT NULL
);

-- The fold of the call's history; `version` is the number of its last line.
CREATE TABLE call (
    customer_id          uuid NOT NULL,
    id                   uuid NOT NULL,
    number               bigint NOT NULL,
    site_id              uuid NOT NULL,
    system_id            uuid,
    version              integer NOT NULL,
    origin               text NOT NULL CHECK (origin IN ('customer', 'partner', 'staff', 'device', 'hub', 'import')),
    title                text NOT NULL,
    severity             smallint NOT NULL CHECK (severity BETWEEN 1 AND 4),
    status               text NOT NULL CHECK (status IN ('new', 'open', 'awaiting_customer', 'on_hold',
                                                         'resolved', 'closed', 'cancelled')),
    in_review            boolean NOT NULL,
    partner_id           uuid,
    accept_by            timestamptz,
    queue                text NOT NULL,
    assignee_id          uuid,
    filed_by             uuid,
    due_at               timestamptz,
    due_kind             text,
    alarm_count          integer NOT NULL,
    reopen_count         integer NOT NULL,
    opened_at            timestamptz NOT NULL,
    ended_at             timestamptz,
    updated_at           timestamptz NOT NULL,
    last_customer_word_at timestamptz,
    reminded_at          timestamptz,
    wait_until           timestamptz,
    chip                 text NOT NULL,
    external_number      text,
    import_id            uuid,
    -- What the fold also knows and no query asks for: pauses, clocks met, solution, reasons.
    state                jsonb NOT NULL,
    PRIMARY KEY (customer_id, id)
);
-- The queue page walks this one: what is worked, in the order of urgency.
CREATE INDEX call_work ON call (queue, severity, due_at, number)
    WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold');
CREATE INDEX call_by_number ON call (number);
CREATE INDEX call_of_customer ON call (customer_id, opened_at DESC, id);
CREATE INDEX call_of_system ON call (customer_id, system_id, opened_at DESC, id);
CREATE INDEX call_of_site ON call (customer_id, site_id, opened_at DESC, id);
CREATE INDEX call_by_opening ON call (opened_at DESC, id);
CREATE INDEX call_of_assignee ON call (assignee_id, severity, due_at)
    WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold');
CREATE INDEX call_in_review ON call (partner_id, accept_by) WHERE in_review;
CREATE INDEX call_silent ON call (last_customer_word_at)
    WHERE status IN ('awaiting_customer', 'resolved') AND origin <> 'import';
CREATE UNIQUE INDEX call_external ON call (customer_id, import_id, external_number) WHERE external_number IS NOT NULL;
CREATE INDEX call_by_external ON call (lower(external_number)) WHERE external_number IS NOT NULL;

-- Every change of a call, in order, for ever. `body` is what a person wrote.
CREATE TABLE history (
    customer_id uuid NOT NULL,
    call_id     uuid NOT NULL,
    seq         integer NOT NULL,
    site_id     uuid NOT NULL,
    kind        text NOT NULL,
    audience    text NOT NULL CHECK (audience IN ('all', 'staff')),
    party       text NOT NULL CHECK (party IN ('customer', 'partner', 'staff', 'house', 'device', 'hub',
                                            'router', 'timer', 'import')),
    actor_id    uuid,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    body        text,
    change      jsonb NOT NULL,
    status      text NOT NULL,
    in_review   boolean NOT NULL,
    due_at      timestamptz,
    due_kind    text,
    PRIMARY KEY (customer_id, call_id, seq),
    FOREIGN KEY (customer_id, call_id) REFERENCES call (customer_id, id)
);
REVOKE UPDATE, DELETE ON history FROM meridian_app;

-- One row for each decision of the router, with what it knew: replayable.
CREATE TABLE routing_decision (
    customer_id uuid NOT NULL,
    call_id     uuid NOT NULL,
    seq         integer NOT NULL,
    at          timestamptz NOT NULL,
    inputs      jsonb NOT NULL,
    decision    jsonb NOT NULL,
    PRIMARY KEY (customer_id, call_id, seq),
    FOREIGN KEY (customer_id, call_id) REFERENCES call (customer_id, id)
);
REVOKE UPDATE, DELETE ON routing_decision FROM meridian_app;

-- A request that came twice is answered once: the key belongs to who sent it.
CREATE TABLE request_key (
    actor_id   uuid NOT NULL,
    key        text NOT NULL,
    digest     bytea NOT NULL,
    customer_id uuid NOT NULL,
    call_id    uuid NOT NULL,
    seq        integer NOT NULL,
    at         timestamptz NOT NULL,
    CONSTRAINT request_key_pkey PRIMARY KEY (actor_id, key)
);
CREATE INDEX request_key_by_age ON request_key (at);

CREATE TABLE draft (
    person_id  uuid NOT NULL REFERENCES person (id),
    key        text NOT NULL,
    body       text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, key)
);

-- What must still be told to the world, written with the change itself.
CREATE TABLE outbox (
    id          uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    call_id     uuid NOT NULL,
    seq         integer NOT NULL,
    kind        text NOT NULL,
    audience    text NOT NULL,
    topics      text[] NOT NULL,
    at          timestamptz NOT NULL
);

-- The same, in an order: one relay numbers committed outbox rows, without gaps.
CREATE TABLE stream (
    pos         bigint PRIMARY KEY,
    id          uuid NOT NULL,
    customer_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    call_id     uuid NOT NULL,
    seq         integer NOT NULL,
    kind        text NOT NULL,
    audience    text NOT NULL,
    topics      text[] NOT NULL,
    at          timestamptz NOT NULL
);
CREATE TABLE stream_reader (
    name text PRIMARY KEY,
    pos  bigint NOT NULL
);

CREATE TABLE notification (
    person_id   uuid NOT NULL,
    pos         bigint NOT NULL,
    customer_id uuid NOT NULL,
    call_id     uuid NOT NULL,
    seq         integer NOT NULL,
    kind        text NOT NULL,
    at          timestamptz NOT NULL,
    seen_at     timestamptz,
    PRIMARY KEY (person_id, pos)
);
CREATE INDEX notification_unseen ON notification (person_id) WHERE seen_at IS NULL;
