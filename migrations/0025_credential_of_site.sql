-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS credential_of_site ON device_credential (customer_id, site_id);
