-- no-transaction
-- What begins with something typed.
CREATE INDEX CONCURRENTLY IF NOT EXISTS site_code_begins ON site (lower(site_code) COLLATE "C");
