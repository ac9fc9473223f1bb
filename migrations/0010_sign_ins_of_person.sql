-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_sign_ins ON audit (actor_id, at) WHERE kind = 'signed_in';
