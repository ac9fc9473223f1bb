-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS fault_of_site ON fault (customer_id, site_id, raised_at) WHERE cleared_at IS NULL;
