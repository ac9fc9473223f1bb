SET LOCAL lock_timeout = '5s';

-- One use, one day. The person is made when it is accepted.
CREATE TABLE invitation (
    id           uuid PRIMARY KEY,
    token_hash   bytea NOT NULL UNIQUE,
    email        text NOT NULL CHECK (email = lower(email)),
    display_name text NOT NULL,
    account_id   uuid NOT NULL REFERENCES account (id),
    role         text NOT NULL,
    cac_code     text,
    sites        uuid[],
    invited_by   uuid NOT NULL REFERENCES person (id),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    accepted_at  timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX invitation_of_account ON invitation (account_id, created_at DESC);

-- A new password, made by somebody who may; the second factor stays what it was.
CREATE TABLE password_reset (
    token_hash bytea PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person (id),
    made_by    uuid REFERENCES person (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX reset_of_person ON password_reset (person_id);

-- The secret is sealed with the person's key. A code counts once: `last_step` is the step of the last one.
CREATE TABLE authenticator (
    person_id    uuid PRIMARY KEY REFERENCES person (id),
    sealed       bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step    bigint NOT NULL DEFAULT 0
);
CREATE TABLE recovery_code (
    person_id uuid NOT NULL REFERENCES person (id),
    code_hash bytea NOT NULL,
    used_at   timestamptz,
    PRIMARY KEY (person_id, code_hash)
);
CREATE TABLE passkey (
    id            uuid PRIMARY KEY,
    person_id     uuid NOT NULL REFERENCES person (id),
    credential_id bytea NOT NULL UNIQUE,
    name          text NOT NULL,
    credential    jsonb NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);
CREATE INDEX passkey_of_person ON passkey (person_id, created_at);

-- Who somebody is at an identity provider.
CREATE TABLE identity (
    issuer     text NOT NULL,
    subject    text NOT NULL,
    person_id  uuid NOT NULL REFERENCES person (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_of_person ON identity (person_id);

-- What a sign-in with a passkey or at an identity provider must remember until the answer comes, once.
CREATE TABLE ceremony (
    token_hash bytea PRIMARY KEY,
    kind       text NOT NULL,
    person_id  uuid REFERENCES person (id),
    state      jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX ceremony_by_end ON ceremony (expires_at);

-- Who saw and did what of the sensitive kind, written with the deed itself. `account_id` is whose
-- people it is about; `sealed` holds what names the person, under that person's key.
CREATE TABLE audit (
    id           uuid PRIMARY KEY,
    at           timestamptz NOT NULL,
    kind         text NOT NULL,
    actor_id     uuid,
    account_id   uuid,
    subject_kind text NOT NULL,
    subject_id   text NOT NULL,
    detail       jsonb NOT NULL,
    sealed_for   uuid,
    sealed       bytea
);
CREATE INDEX audit_by_age ON audit (at DESC, id);
CREATE INDEX audit_of_account ON audit (account_id, at DESC, id);
REVOKE UPDATE, DELETE ON audit FROM meridian_app;

-- Each row's hash covers the row and the hash before it; one relay gives out the positions, without gaps.
CREATE TABLE audit_link (
    pos      bigint PRIMARY KEY,
    audit_id uuid NOT NULL UNIQUE REFERENCES audit (id),
    hash     bytea NOT NULL
);
REVOKE UPDATE, DELETE ON audit_link FROM meridian_app;

-- When the call of a change was opened: who may see the call may hear of it, and nobody else.
ALTER TABLE outbox ADD COLUMN opened_at timestamptz;
ALTER TABLE stream ADD COLUMN opened_at timestamptz;
UPDATE outbox SET opened_at = call.opened_at FROM call
WHERE call.customer_id = outbox.customer_id AND call.id = outbox.call_id;
UPDATE stream SET opened_at = call.opened_at FROM call
WHERE call.customer_id = stream.customer_id AND call.id = stream.call_id;
UPDATE outbox SET opened_at = at WHERE opened_at IS NULL;
UPDATE stream SET opened_at = at WHERE opened_at IS NULL;
ALTER TABLE outbox ALTER COLUMN opened_at SET NOT NULL;
ALTER TABLE stream ALTER COLUMN opened_at SET NOT NULL;

-- The one way to take words out of history: the lines stay, with who and when, and say that words were removed.
CREATE FUNCTION redact(customer uuid, call uuid, line integer) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH redacted AS (
        UPDATE history SET body = NULL, change = change || '{"redacted": true}'
        WHERE customer_id = customer AND call_id = call AND seq = line
        RETURNING 1)
    SELECT EXISTS (SELECT FROM redacted)
$$;

-- What an erased person wrote of how to reach them; and, if wished, all their words.
CREATE FUNCTION forget_person(person uuid, words boolean) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (
        UPDATE history
        SET change = CASE WHEN kind = 'file' THEN jsonb_set(change, '{contact}', '""') ELSE change END
                     || CASE WHEN words AND body IS NOT NULL THEN '{"redacted": true}'::jsonb ELSE '{}' END,
            body = CASE WHEN words THEN NULL ELSE body END
        WHERE actor_id = person AND (kind = 'file' OR (words AND body IS NOT NULL))
        RETURNING 1)
    SELECT count(*) FROM forgotten
$$;
REVOKE ALL ON FUNCTION redact(uuid, uuid, integer), forget_person(uuid, boolean) FROM public;
GRANT EXECUTE ON FUNCTION redact(uuid, uuid, integer), forget_person(uuid, boolean) TO meridian_app;
