SET LOCAL lock_timeout = '5s';

-- A person signs in once and may belong to several accounts, with a role in each.
CREATE TABLE membership (
    id         uuid PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person (id),
    account_id uuid NOT NULL REFERENCES account (id),
    role       text NOT NULL CHECK (role IN ('customer', 'customer_admin', 'partner', 'partner_admin',
                                             'engineer', 'cac_lead', 'duty_manager', 'admin', 'auditor')),
    cac_code   text,
    -- The sites of the account that this person may see; NULL is all of them.
    sites      uuid[],
    created_at timestamptz NOT NULL,
    ended_at   timestamptz,
    UNIQUE (person_id, account_id)
);
CREATE INDEX membership_of_account ON membership (account_id, person_id);
CREATE INDEX membership_by_role ON membership (role) WHERE ended_at IS NULL;

INSERT INTO membership (id, person_id, account_id, role, cac_code, created_at)
SELECT id, id, account_id, role, cac_code, created_at FROM person;

DROP INDEX person_of_account;
ALTER TABLE person DROP COLUMN account_id, DROP COLUMN role, DROP COLUMN cac_code,
    -- Who comes by a passkey or an identity provider has none.
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD COLUMN erased_at timestamptz;

-- What is kept for ever about a person is sealed with this key; erasing a person destroys it.
CREATE TABLE person_key (
    person_id uuid PRIMARY KEY REFERENCES person (id),
    key       bytea NOT NULL CHECK (length(key) = 32)
);

-- `stage`: what is still missing before the session opens anything.
-- `watching`: whose pages an administrator looks at, without being able to change anything.
ALTER TABLE session
    ADD COLUMN id            uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN membership_id uuid REFERENCES membership (id),
    ADD COLUMN stage         text NOT NULL DEFAULT 'open' CHECK (stage IN ('open', 'second_factor', 'enrol')),
    ADD COLUMN means         text NOT NULL DEFAULT 'password',
    ADD COLUMN address       text NOT NULL DEFAULT '',
    ADD COLUMN proved_at     timestamptz,
    ADD COLUMN watching      uuid REFERENCES membership (id);
UPDATE session SET membership_id = person_id, proved_at = created_at;
ALTER TABLE session ALTER COLUMN membership_id SET NOT NULL, ALTER COLUMN proved_at SET NOT NULL,
    ALTER COLUMN id DROP DEFAULT, ALTER COLUMN stage DROP DEFAULT, ALTER COLUMN means DROP DEFAULT,
    ALTER COLUMN address DROP DEFAULT;
CREATE UNIQUE INDEX session_by_id ON session (id);

-- `prefix` is what its owner recognizes a token by; `board` opens the wall board and nothing else.
ALTER TABLE api_token
    ADD COLUMN id            uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN membership_id uuid REFERENCES membership (id),
    ADD COLUMN prefix        text NOT NULL DEFAULT 'mt_',
    ADD COLUMN scopes        text[] NOT NULL DEFAULT '{read,write}'
        CHECK (scopes <@ ARRAY['read', 'write', 'board'] AND cardinality(scopes) > 0),
    ADD COLUMN created_by    uuid REFERENCES person (id),
    ADD COLUMN last_used_at  timestamptz,
    ADD COLUMN revoked_at    timestamptz;
UPDATE api_token SET membership_id = person_id;
ALTER TABLE api_token ALTER COLUMN membership_id SET NOT NULL, ALTER COLUMN id DROP DEFAULT,
    ALTER COLUMN prefix DROP DEFAULT, ALTER COLUMN scopes DROP DEFAULT;
CREATE UNIQUE INDEX token_by_id ON api_token (id);
CREATE INDEX token_of_person ON api_token (person_id, created_at);
