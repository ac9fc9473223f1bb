-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS alarm_by_sequence ON alarm (customer_id, spool, sequence) WHERE sequence IS NOT NULL;
