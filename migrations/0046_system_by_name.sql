-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS system_by_name ON system (customer_id, site_id, lower(nickname));
