-- One message from a system, as it came; kept for ever and never changed.
CREATE TABLE alarm (
    customer_id uuid NOT NULL,
    id          uuid NOT NULL,
    site_id     uuid NOT NULL,
    system_id   uuid,
    source      text NOT NULL,
    source_id   text NOT NULL,
    format      text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('raised', 'cleared', 'heartbeat', 'report', 'test')),
    fingerprint text NOT NULL,
    code        text NOT NULL,
    severity    text NOT NULL,
    component   text NOT NULL,
    summary     text NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    disposition text NOT NULL CHECK (disposition IN ('opened', 'folded', 'informational', 'suppressed', 'uncovered',
                                                     'cleared', 'heartbeat', 'test', 'rejected', 'quarantined')),
    flag        text,
    call_id     uuid,
    body        bytea NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, source, source_id)
);
CREATE INDEX alarm_of_system ON alarm (customer_id, system_id, received_at DESC, id);
CREATE INDEX alarm_of_call ON alarm (customer_id, call_id, received_at, id) WHERE call_id IS NOT NULL;
REVOKE UPDATE, DELETE ON alarm FROM meridian_app;

-- What is wrong right now, one row for each fault, and the call that has it.
CREATE TABLE fault (
    customer_id uuid NOT NULL,
    fingerprint text NOT NULL,
    system_id   uuid,
    call_id     uuid NOT NULL,
    raised_at   timestamptz NOT NULL,
    cleared_at  timestamptz,
    -- When the machine says that it was over: messages may come late and out of order.
    over_at     timestamptz,
    -- When the machine last said that it stands.
    stood_at    timestamptz NOT NULL,
    redundancy  text,
    PRIMARY KEY (customer_id, fingerprint)
);
CREATE INDEX fault_of_call ON fault (customer_id, call_id);
CREATE INDEX fault_of_system ON fault (customer_id, system_id) WHERE cleared_at IS NULL;

-- A message of a known sender that can't be used, kept whole and shown.
CREATE TABLE kept_message (
    customer_id uuid NOT NULL,
    id          uuid NOT NULL,
    site_id     uuid NOT NULL,
    system_id   uuid,
    disposition text NOT NULL CHECK (disposition IN ('rejected', 'quarantined')),
    source      text NOT NULL,
    source_id   text NOT NULL,
    format      text NOT NULL,
    reason      text NOT NULL,
    received_at timestamptz NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, source, source_id)
);
CREATE INDEX kept_by_age ON kept_message (received_at DESC);
REVOKE UPDATE, DELETE ON kept_message FROM meridian_app;

CREATE TABLE import (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,
    file        text NOT NULL,
    digest      bytea NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    report      jsonb NOT NULL DEFAULT '{}',
    UNIQUE (kind, digest)
);
CREATE TABLE import_oddity (
    import_id uuid NOT NULL REFERENCES import (id),
    line      bigint NOT NULL,
    what      text NOT NULL,
    row_text  text NOT NULL,
    PRIMARY KEY (import_id, line, what)
);

-- What kind of store this is: a demo store is never mistaken for a real one.
CREATE TABLE store_mark (
    name  text PRIMARY KEY,
    value text NOT NULL
);
