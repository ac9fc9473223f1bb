SET LOCAL lock_timeout = '5s';

-- The words of each call, as they are found: those that only staff may find are kept apart by how they begin.
CREATE TABLE call_words (
    customer_id uuid NOT NULL,
    call_id     uuid NOT NULL,
    site_id     uuid NOT NULL,
    opened_at   timestamptz NOT NULL,
    words       tsvector NOT NULL,
    PRIMARY KEY (customer_id, call_id)
);
-- What is new waits beside the index for company; a reader goes through what waits, so not much may.
CREATE INDEX call_words_found ON call_words USING gin (words) WITH (gin_pending_list_limit = 512);

-- Calls whose words have changed, by the line that changed them, until somebody has gathered them.
CREATE TABLE words_due (
    customer_id uuid NOT NULL,
    call_id     uuid NOT NULL,
    seq         integer NOT NULL,
    PRIMARY KEY (customer_id, call_id, seq)
);

-- Whether a line of history changes what a call is found by: its words, its title, and whether it is over.
CREATE FUNCTION changes_words(kind text, status text, body text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT body IS NOT NULL OR kind IN ('file', 'edit', 'change_severity', 'reopen', 'reject_solution')
        OR status IN ('resolved', 'closed', 'cancelled')
$$;

INSERT INTO words_due (customer_id, call_id, seq) SELECT customer_id, id, 0 FROM call;
