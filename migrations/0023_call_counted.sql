-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS call_counted ON call (hours_version) WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold') AND origin <> 'import';
