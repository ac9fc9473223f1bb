SET LOCAL lock_timeout = '5s';

-- What the relay has yet to put into the chain, written with the row itself: nobody searches the
-- whole log for what is not linked yet, and a row that is neither here nor linked came another way.
CREATE TABLE audit_waiting (
    audit_id uuid PRIMARY KEY REFERENCES audit (id)
);
INSERT INTO audit_waiting (audit_id)
SELECT id FROM audit WHERE NOT EXISTS (SELECT FROM audit_link WHERE audit_link.audit_id = audit.id);
REVOKE UPDATE ON audit_waiting FROM meridian_app;

-- The newest first, also within one instant; what somebody did, what was done to them, and to a thing.
DROP INDEX audit_by_age, audit_of_account;
CREATE INDEX audit_by_age ON audit (at DESC, id DESC);
CREATE INDEX audit_of_account ON audit (account_id, at DESC, id DESC);
CREATE INDEX audit_of_actor ON audit (actor_id, at DESC, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_about ON audit (sealed_for, at DESC, id DESC) WHERE sealed_for IS NOT NULL;
CREATE INDEX audit_of_subject ON audit (subject_id, at DESC, id DESC);

-- Keys of the house itself, such as the one under which addresses that nobody has are recognized.
CREATE TABLE house_key (
    name text PRIMARY KEY,
    key  bytea NOT NULL CHECK (length(key) = 32)
);
REVOKE UPDATE, DELETE ON house_key FROM meridian_app;

-- Whoever only reads the store reads no keys.
REVOKE SELECT ON person_key, house_key FROM meridian_reader;

-- Words that were taken out of history: when, and by whom.
ALTER TABLE history ADD COLUMN redacted_at timestamptz, ADD COLUMN redacted_by uuid;

DROP FUNCTION redact(uuid, uuid, integer);
-- The one way to take words out of history: the line stays, with who and when.
CREATE FUNCTION redact(customer uuid, call uuid, line integer, taken_by uuid, taken_at timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH redacted AS (
        UPDATE history SET body = NULL, redacted_at = taken_at, redacted_by = taken_by
        WHERE customer_id = customer AND call_id = call AND seq = line AND body IS NOT NULL
        RETURNING 1)
    SELECT EXISTS (SELECT FROM redacted)
$$;

DROP FUNCTION forget_person(uuid, boolean);
-- What an erased person wrote of how to reach them; and, where `title` is given, all their words.
CREATE FUNCTION forget_person(person uuid, title text, taken_by uuid, taken_at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (
        UPDATE history
        SET change = change
                || CASE WHEN kind = 'file' THEN '{"contact": ""}'::jsonb ELSE '{}' END
                || CASE WHEN kind = 'file' AND title IS NOT NULL THEN jsonb_build_object('title', title) ELSE '{}' END
                || CASE WHEN kind = 'resolve' AND title IS NOT NULL THEN '{"cause": ""}'::jsonb ELSE '{}' END,
            redacted_at = CASE WHEN title IS NOT NULL AND body IS NOT NULL THEN taken_at ELSE redacted_at END,
            redacted_by = CASE WHEN title IS NOT NULL AND body IS NOT NULL THEN taken_by ELSE redacted_by END,
            body = CASE WHEN title IS NOT NULL THEN NULL ELSE body END
        WHERE actor_id = person AND (kind = 'file' OR (title IS NOT NULL AND body IS NOT NULL))
        RETURNING 1)
    SELECT count(*) FROM forgotten
$$;
REVOKE ALL ON FUNCTION redact(uuid, uuid, integer, uuid, timestamptz),
    forget_person(uuid, text, uuid, timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION redact(uuid, uuid, integer, uuid, timestamptz),
    forget_person(uuid, text, uuid, timestamptz) TO meridian_app;
