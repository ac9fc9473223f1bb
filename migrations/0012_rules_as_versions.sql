SET LOCAL lock_timeout = '5s';

-- The rules as they were published, whole, one after another: what the router follows is the newest.
CREATE TABLE rule_set (
    version      integer PRIMARY KEY CHECK (version > 0),
    rules        jsonb NOT NULL,
    hash         text NOT NULL,
    note         text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by uuid REFERENCES person (id),
    -- The older version that this one equals.
    reverted_to  integer REFERENCES rule_set (version)
);
REVOKE UPDATE, DELETE ON rule_set FROM meridian_app;

-- Every calendar as it ever was: a decision or a promise of then is explained by the hours of then.
CREATE TABLE calendar_version (
    name           text NOT NULL,
    version        integer NOT NULL CHECK (version > 0),
    time_zone      text NOT NULL,
    weekly         jsonb NOT NULL,
    holidays       jsonb NOT NULL,
    holiday_names  jsonb NOT NULL,
    published_at   timestamptz NOT NULL,
    published_by   uuid REFERENCES person (id),
    PRIMARY KEY (name, version)
);
REVOKE UPDATE, DELETE ON calendar_version FROM meridian_app;

ALTER TABLE calendar ADD COLUMN holiday_names jsonb NOT NULL DEFAULT '{}',
                     ADD COLUMN version integer NOT NULL DEFAULT 1;

-- What somebody is changing and nobody follows yet.
CREATE TABLE rule_draft (
    person_id uuid PRIMARY KEY REFERENCES person (id),
    based_on  integer NOT NULL REFERENCES rule_set (version),
    rules     jsonb NOT NULL,
    edited_at timestamptz NOT NULL
);
