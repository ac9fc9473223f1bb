-- no-transaction
-- What begins with something typed.
CREATE INDEX CONCURRENTLY IF NOT EXISTS nickname_begins ON system (lower(nickname) COLLATE "C");
