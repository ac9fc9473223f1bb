//! The version of all hours in which promises are counted: of calendars, sites and public holidays together.

use sqlx::{PgConnection, PgExecutor};

use crate::error::Result;

pub async fn version(db: impl PgExecutor<'_>) -> Result<i64> {
    Ok(sqlx::query_scalar!("SELECT version FROM hours").fetch_one(db).await?)
}

/// Everything counted until now is to be counted anew, once this transaction is there.
pub async fn raise(db: &mut PgConnection) -> Result<()> {
    sqlx::query!("UPDATE hours SET version = version + 1").execute(db).await?;
    Ok(())
}
