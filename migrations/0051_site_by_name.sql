-- no-transaction
-- What begins with something typed.
CREATE INDEX CONCURRENTLY IF NOT EXISTS site_name_begins ON site (lower(name) COLLATE "C");
