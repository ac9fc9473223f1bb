-- A sender that has forgotten that it sent a message sends it under another number. The message is the one that was
-- kept; its second number was heard all the same and is no gap.
CREATE TABLE heard_again (
    customer_id uuid NOT NULL REFERENCES account (id),
    spool       text NOT NULL,
    sequence    bigint NOT NULL,
    site_id     uuid NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id, spool, sequence)
);
