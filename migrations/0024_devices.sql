SET LOCAL lock_timeout = '5s';

-- The life of a credential. The secret is kept twice: as a hash, by which a bearer is found, and sealed with a key
-- of the house, because whoever signs never sends it.
ALTER TABLE device_credential
    ADD COLUMN prefix         text NOT NULL DEFAULT '',
    ADD COLUMN name           text NOT NULL DEFAULT '',
    ADD COLUMN sealed         bytea,
    ADD COLUMN created_by     uuid,
    -- Of one that was replaced: until then both open.
    ADD COLUMN ends_at        timestamptz,
    ADD COLUMN replaced_by    uuid,
    ADD COLUMN last_used_at   timestamptz,
    ADD COLUMN last_used_from text;

-- A signed message that comes again word for word is answered from here and does nothing twice.
CREATE TABLE signed_message (
    customer_id   uuid NOT NULL,
    credential_id uuid NOT NULL,
    nonce         text NOT NULL,
    mac           bytea NOT NULL,
    at            timestamptz NOT NULL,
    -- None where it was too long to keep: then each of its messages is answered from the store.
    answer        text,
    PRIMARY KEY (customer_id, credential_id, nonce)
);
CREATE INDEX signed_by_age ON signed_message (at);

-- A quarantined message that was received after all; the message itself stays as it came.
CREATE TABLE kept_release (
    customer_id uuid NOT NULL,
    message_id  uuid NOT NULL,
    at          timestamptz NOT NULL,
    released_by uuid,
    disposition text NOT NULL,
    PRIMARY KEY (customer_id, message_id)
);
REVOKE UPDATE, DELETE ON kept_release FROM meridian_app;

-- How far a test alarm came: each hop with its time, and where a real alarm would have gone.
CREATE TABLE test_receipt (
    customer_id uuid NOT NULL,
    id          uuid NOT NULL,
    site_id     uuid NOT NULL,
    system_id   uuid,
    at          timestamptz NOT NULL,
    receipt     jsonb NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX test_of_system ON test_receipt (customer_id, system_id, at DESC);
REVOKE UPDATE, DELETE ON test_receipt FROM meridian_app;
