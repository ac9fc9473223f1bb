-- What was kept because it could not be used was heard all the same: its number in the sender's spool is no gap.
SET LOCAL lock_timeout = '5s';
ALTER TABLE kept_message ADD COLUMN spool text, ADD COLUMN sequence bigint;

-- Few messages can't be used, so these are built at once. They serve the ledgers, and the lists that go with them.
CREATE INDEX kept_of_system ON kept_message (customer_id, system_id, received_at DESC, id DESC);
CREATE INDEX kept_of_site ON kept_message (customer_id, site_id, received_at DESC, id DESC);
CREATE INDEX kept_by_sequence ON kept_message (customer_id, spool, sequence) WHERE sequence IS NOT NULL;
