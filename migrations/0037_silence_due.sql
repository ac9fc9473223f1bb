-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS silence_due ON system ((coalesce(silence_check_at, installed_at))) WHERE heartbeat_minutes IS NOT NULL;
