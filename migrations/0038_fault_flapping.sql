-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS fault_flapping ON fault (customer_id, call_id) WHERE flapping;
