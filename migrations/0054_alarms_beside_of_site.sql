-- no-transaction
-- Alarms that led to no call, among the calls of the same place.
CREATE INDEX CONCURRENTLY IF NOT EXISTS alarm_beside_of_site
    ON alarm (customer_id, site_id, received_at DESC, id DESC) WHERE kind = 'raised' AND call_id IS NULL;
