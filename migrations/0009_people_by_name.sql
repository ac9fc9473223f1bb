-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS person_by_name ON person (lower(display_name), id);
