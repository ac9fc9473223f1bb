SET LOCAL lock_timeout = '5s';

-- Tokens of people who are disabled are over for good; those of people who were disabled before this are too.
UPDATE api_token SET revoked_at = person.disabled_at
FROM person
WHERE person.id = api_token.person_id AND person.disabled_at IS NOT NULL AND api_token.revoked_at IS NULL;

-- What an erased person wrote of how to reach them, also where somebody has put it right since, which says what it
-- was; and, where `title` is given, all their words.
CREATE OR REPLACE FUNCTION forget_person(person uuid, title text, taken_by uuid, taken_at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH theirs AS (
        SELECT customer_id, call_id, bool_or(kind = 'file' OR change ? 'contact') AS contact,
               bool_or(kind = 'file' OR change ? 'title') AS title
        FROM history WHERE actor_id = person AND kind IN ('file', 'edit')
        GROUP BY customer_id, call_id
    ), edits AS (
        UPDATE history h
        SET change = h.change
                || CASE WHEN theirs.contact AND h.change ? 'contact' THEN '{"contact": {"from": "", "to": ""}}'::jsonb
                        ELSE '{}' END
                || CASE WHEN theirs.title AND forget_person.title IS NOT NULL AND h.change ? 'title'
                        THEN jsonb_build_object('title', jsonb_build_object('from', forget_person.title,
                                                                            'to', forget_person.title))
                        ELSE '{}' END
        FROM theirs
        WHERE h.customer_id = theirs.customer_id AND h.call_id = theirs.call_id AND h.kind = 'edit'
    ), forgotten AS (
        UPDATE history
        SET change = change
                || CASE WHEN kind = 'file' THEN '{"contact": ""}'::jsonb ELSE '{}' END
                || CASE WHEN kind = 'file' AND title IS NOT NULL THEN jsonb_build_object('title', title) ELSE '{}' END
                || CASE WHEN kind = 'resolve' AND title IS NOT NULL THEN '{"cause": ""}'::jsonb ELSE '{}' END,
            redacted_at = CASE WHEN title IS NOT NULL AND body IS NOT NULL THEN taken_at ELSE redacted_at END,
            redacted_by = CASE WHEN title IS NOT NULL AND body IS NOT NULL THEN taken_by ELSE redacted_by END,
            body = CASE WHEN title IS NOT NULL THEN NULL ELSE body END
        WHERE actor_id = person AND kind <> 'edit' AND (kind = 'file' OR (title IS NOT NULL AND body IS NOT NULL))
        RETURNING 1)
    SELECT count(*) FROM forgotten
$$;
