//! The people of the private store: one who owns, one who works. The first migration makes the same groups elsewhere.
use sqlx::{Executor, PgConnection};

use crate::error::Result;

pub const ADMIN: &str = "postgres";
pub const OWNER: &str = "meridian_owner";
pub const APP_LOGIN: &str = "meridian_app_login";
pub const DATABASE: &str = "meridian";

/// Each start: a store of an older release may lack one of them.
const ROLES: &str = "
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY '{meridian_app, meridian_reader, meridian_owner, meridian_app_login}'::text[] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I', role);
    END IF;
  END LOOP;
END $$;
ALTER ROLE meridian_owner LOGIN CREATEROLE;
ALTER ROLE meridian_app_login LOGIN;
GRANT meridian_app, meridian_reader TO meridian_owner WITH ADMIN OPTION;
GRANT meridian_app TO meridian_app_login;
";

pub async fn prepare(admin: &mut PgConnection) -> Result<()> {
    admin.execute(sqlx::raw_sql("SET client_min_messages = error")).await?;
    admin.execute(sqlx::raw_sql(ROLES)).await?;
    let known = sqlx::raw_sql("SELECT FROM pg_database WHERE datname = 'meridian'");
    if admin.fetch_optional(known).await?.is_none() {
        admin.execute(sqlx::raw_sql("CREATE DATABASE meridian OWNER meridian_owner")).await?;
        admin.execute(sqlx::raw_sql("REVOKE ALL ON DATABASE meridian FROM PUBLIC")).await?;
    }
    let connect = "GRANT CONNECT, TEMPORARY ON DATABASE meridian TO meridian_app, meridian_reader";
    admin.execute(sqlx::raw_sql(connect)).await?;
    Ok(())
}
