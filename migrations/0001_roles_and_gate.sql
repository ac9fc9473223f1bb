-- Roles: the owner migrates, `meridian_app` reads and writes rows but changes no table,
-- `meridian_reader` only reads. Logins are made members of these outside.
DO $$
BEGIN
    CREATE ROLE meridian_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$
BEGIN
    CREATE ROLE meridian_reader NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

GRANT USAGE ON SCHEMA public TO meridian_app, meridian_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO meridian_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO meridian_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO meridian_app;

-- Which of two linked stores takes writes. Never replicated: each store answers for itself.
CREATE TABLE route (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    role     text   NOT NULL CHECK (role IN ('primary', 'standby', 'moved')),
    epoch    bigint NOT NULL
);
INSERT INTO route (role, epoch) VALUES ('primary', 1);
GRANT SELECT ON route TO meridian_app, meridian_reader;
REVOKE INSERT, UPDATE, DELETE ON route FROM meridian_app;

-- Every write transaction begins here. The shared lock lets a store move wait for
-- the writers that are under way and hold back the next ones; the role is read after
-- the lock is held, so a writer that waited sees where the store went.
CREATE FUNCTION gate() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    answer route%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7243392615);
    SELECT * INTO answer FROM route;
    IF answer.role <> 'primary' THEN
        RAISE EXCEPTION 'this store is %', answer.role USING ERRCODE = 'MR001';
    END IF;
    RETURN answer.epoch;
END $$;

-- What a reader may see: NULL is everything, else for each customer the instant from
-- which each site ('*' is every site) may be read, in seconds since 1970.
-- A plain expression, so that the planner puts it into the query.
CREATE FUNCTION in_scope(customer uuid, site uuid, at timestamptz, scope jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT scope IS NULL
        OR date_part('epoch', at) >= LEAST(
            (scope -> customer::text ->> '*')::double precision,
            (scope -> customer::text ->> site::text)::double precision)
$$;

-- Where the migrations keep their own list, the portal may read it: it refuses a schema it does not know.
DO $$
BEGIN
    IF to_regclass('_sqlx_migrations') IS NOT NULL THEN
        GRANT SELECT ON _sqlx_migrations TO meridian_app, meridian_reader;
    END IF;
END $$;
