-- no-transaction
-- What begins with something typed.
CREATE INDEX CONCURRENTLY IF NOT EXISTS system_begins ON system (lower(serial) COLLATE "C");
