-- What the house remembers of a fault beyond whether it stands, how loud it is on its call, and storms of a site.
SET LOCAL lock_timeout = '5s';

-- Each spool of a sender numbers its messages; what is missing between them was never heard.
ALTER TABLE alarm ADD COLUMN spool text, ADD COLUMN sequence bigint;

-- None while a maintenance window keeps it from having a call.
ALTER TABLE fault ALTER COLUMN call_id DROP NOT NULL;
ALTER TABLE fault
    ADD COLUMN site_id       uuid,
    ADD COLUMN component     text NOT NULL DEFAULT '',
    ADD COLUMN summary       text NOT NULL DEFAULT '',
    ADD COLUMN severity      smallint,
    -- The last message that said it stands.
    ADD COLUMN alarm_id      uuid,
    ADD COLUMN raises        bigint NOT NULL DEFAULT 1,
    -- When it was over, and stood again, and was over: the last few times.
    ADD COLUMN turns         timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN flapping      boolean NOT NULL DEFAULT false,
    ADD COLUMN parent_broken boolean NOT NULL DEFAULT false,
    -- When it is over unless it is heard of again.
    ADD COLUMN expires_at    timestamptz;

-- What machines said of a call since its history told it last: a loud fault does not fill the history.
CREATE TABLE murmur (
    customer_id uuid NOT NULL,
    call_id     uuid NOT NULL,
    told_at     timestamptz NOT NULL,
    -- When it is told at the latest.
    due_at      timestamptz NOT NULL,
    raises      integer NOT NULL DEFAULT 0,
    clears      integer NOT NULL DEFAULT 0,
    alarm_id    uuid NOT NULL,
    summary     text NOT NULL,
    PRIMARY KEY (customer_id, call_id)
);
CREATE INDEX murmur_untold ON murmur (due_at) WHERE raises > 0 OR clears > 0;

-- Many systems of one site at once: one call has them all while it lasts.
CREATE TABLE storm (
    customer_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    call_id     uuid NOT NULL,
    began_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (customer_id, call_id)
);
CREATE UNIQUE INDEX storm_of_site ON storm (customer_id, site_id) WHERE ended_at IS NULL;
