-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS alarm_suppressed ON alarm (customer_id, site_id, received_at, id) WHERE disposition = 'suppressed';
