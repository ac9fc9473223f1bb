//! What the store says of itself.

use sqlx::PgExecutor;

use crate::error::Result;

pub struct Facts {
    pub version: String,
    pub role: String,
    pub bytes: i64,
    pub calls: i64,
    pub waiting: i64,
    pub audited: i64,
    pub unlinked: i64,
}

pub async fn facts(db: impl PgExecutor<'_>) -> Result<Facts> {
    let facts = sqlx::query_as!(
        Facts,
        r#"SELECT current_setting('server_version') AS "version!", (SELECT role FROM route) AS "role!",
                  pg_database_size(current_database()) AS "bytes!", (SELECT count(*) FROM call_number) AS "calls!",
                  (SELECT count(*) FROM outbox) AS "waiting!",
                  (SELECT coalesce(max(pos), 0) FROM audit_link) AS "audited!",
                  (SELECT count(*) FROM audit_waiting) AS "unlinked!""#
    )
    .fetch_one(db)
    .await?;
    Ok(facts)
}
