-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS alarm_of_site ON alarm (customer_id, site_id, received_at DESC, id DESC);
