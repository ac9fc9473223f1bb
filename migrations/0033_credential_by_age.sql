-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS credential_by_age ON device_credential (created_at DESC, id DESC);
