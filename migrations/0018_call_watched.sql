-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS call_watched ON call (watch_at) WHERE watch_at IS NOT NULL;
