-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS routing_decision_by_age ON routing_decision (at);
