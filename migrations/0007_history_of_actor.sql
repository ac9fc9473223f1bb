-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS history_of_actor ON history (actor_id) WHERE actor_id IS NOT NULL;
