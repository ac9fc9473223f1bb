CREATE TABLE account (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('customer', 'partner', 'provider')),
    name       text NOT NULL,
    slug       text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

CREATE TABLE person (
    id            uuid PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES account (id),
    email         text NOT NULL CHECK (email = lower(email)),
    display_name  text NOT NULL,
    role          text NOT NULL CHECK (role IN ('customer', 'customer_admin', 'partner', 'partner_admin',
                                               'engineer', 'cac_lead', 'duty_manager', 'admin', 'auditor')),
    cac_code      text,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    UNIQUE (email)
);
CREATE INDEX person_of_account ON person (account_id, display_name);

-- Only hashes are kept: who reads the table can't sign in with it.
CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person (id),
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    agent      text NOT NULL
);
CREATE INDEX session_of_person ON session (person_id, created_at);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE api_token (
    token_hash bytea PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person (id),
    name       text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);

CREATE TABLE region (
    code    text PRIMARY KEY,
    ordinal integer NOT NULL UNIQUE
);

CREATE TABLE calendar (
    name      text PRIMARY KEY,
    time_zone text NOT NULL,
    weekly    jsonb NOT NULL,
    holidays  jsonb NOT NULL DEFAULT '[]'
);

CREATE TABLE cac (
    code     text PRIMARY KEY,
    name     text NOT NULL,
    region   text NOT NULL REFERENCES region (code),
    calendar text NOT NULL REFERENCES calendar (name)
);

-- `kind`: subject queues take calls by subject; renewals, duty and partner are where a
-- call waits that no subject queue may have.
CREATE TABLE queue (
    slug     text PRIMARY KEY,
    name     text NOT NULL,
    cac_code text REFERENCES cac (code),
    kind     text NOT NULL CHECK (kind IN ('subject', 'renewals', 'duty', 'partner', 'imported')),
    subjects text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE service_level (
    id   uuid PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE objective (
    service_level_id uuid NOT NULL REFERENCES service_level (id),
    severity         smallint NOT NULL CHECK (severity BETWEEN 1 AND 4),
    kind             text NOT NULL CHECK (kind IN ('acknowledge', 'next_update', 'restore', 'resolve')),
    minutes          integer NOT NULL CHECK (minutes > 0),
    clock            text NOT NULL CHECK (clock IN ('elapsed', 'site_calendar', 'cac_calendar')),
    PRIMARY KEY (service_level_id, severity, kind)
);

CREATE TABLE site (
    customer_id uuid NOT NULL,
    id          uuid NOT NULL,
    site_code   text NOT NULL,
    name        text NOT NULL,
    country     text NOT NULL,
    region      text NOT NULL,
    time_zone   text NOT NULL CHECK (time_zone <> ''),
    address     text NOT NULL DEFAULT '',
    calendar    text,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, site_code)
);
CREATE INDEX site_by_code ON site (site_code);

CREATE TABLE contract (
    customer_id      uuid NOT NULL,
    id               uuid NOT NULL,
    name             text NOT NULL,
    service_level_id uuid NOT NULL,
    starts_at        timestamptz NOT NULL,
    ends_at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id)
);

CREATE TABLE system (
    customer_id       uuid NOT NULL,
    id                uuid NOT NULL,
    site_id           uuid NOT NULL,
    contract_id       uuid,
    serial            text NOT NULL,
    nickname          text NOT NULL,
    model             text NOT NULL,
    subject           text NOT NULL DEFAULT 'hardware',
    os                text NOT NULL,
    redundancy        text NOT NULL DEFAULT 'duplex' CHECK (redundancy IN ('duplex', 'simplex', 'down')),
    redundancy_since  timestamptz NOT NULL,
    heartbeat_minutes integer,
    last_heard_at     timestamptz,
    installed_at      timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, serial),
    FOREIGN KEY (customer_id, site_id) REFERENCES site (customer_id, id),
    FOREIGN KEY (customer_id, contract_id) REFERENCES contract (customer_id, id)
);
CREATE INDEX system_by_serial ON system (serial);
CREATE INDEX system_by_nickname ON system (customer_id, site_id, nickname);

-- Which partner serves which customer: one site or (site_id NULL) all of them.
CREATE TABLE partner_relation (
    customer_id    uuid NOT NULL,
    id             uuid NOT NULL,
    partner_id     uuid NOT NULL,
    site_id        uuid,
    first_line     boolean NOT NULL DEFAULT false,
    accept_minutes integer NOT NULL DEFAULT 30 CHECK (accept_minutes > 0),
    calendar       text,
    history        text NOT NULL DEFAULT 'all' CHECK (history IN ('all', 'from_date', 'none')),
    history_from   timestamptz,
    valid_from     timestamptz NOT NULL,
    valid_to       timestamptz,
    PRIMARY KEY (customer_id, id),
    CHECK (history <> 'from_date' OR history_from IS NOT NULL)
);
CREATE INDEX relation_of_partner ON partner_relation (partner_id);

-- A system's own credential, or (system_id NULL) a gateway that speaks for its site.
CREATE TABLE device_credential (
    customer_id uuid NOT NULL,
    id          uuid NOT NULL,
    site_id     uuid NOT NULL,
    system_id   uuid,
    secret_hash bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX credential_by_hash ON device_credential (secret_hash);

-- Imported or edited; a site without a calendar of its own keeps its country's.
CREATE TABLE public_holiday (
    country text NOT NULL,
    day     date NOT NULL,
    name    text NOT NULL,
    PRIMARY KEY (country, day, name)
);
