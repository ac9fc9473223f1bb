-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS fault_expiring ON fault (expires_at) WHERE expires_at IS NOT NULL AND cleared_at IS NULL;
