SET LOCAL lock_timeout = '5s';

-- Any request may come with a key, not only those that make or change a call: the row is written in the transaction
-- of whatever the request does, so that it is done once even by a portal that dies before it answers.
ALTER TABLE request_key
    ALTER COLUMN customer_id DROP NOT NULL,
    ALTER COLUMN call_id DROP NOT NULL,
    ALTER COLUMN seq DROP NOT NULL,
    -- The first answer, sealed: there are secrets in some. None while the request is under way, and for good where
    -- the portal died before it was kept.
    ADD COLUMN answer bytea;
