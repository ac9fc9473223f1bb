-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS call_by_priority ON call (queue, priority, severity, due_at, number) WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold');
