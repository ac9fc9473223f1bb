//! What machines said of a call since its history told it last.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

#[derive(Debug, Clone)]
pub struct Murmur {
    pub customer_id: Uuid,
    pub call_id: Uuid,
    pub raises: i32,
    pub clears: i32,
    pub alarm_id: Uuid,
    pub summary: String,
}

/// What is untold now, by the names of the columns: told or added to, as this transaction has decided.
pub async fn remember(db: &mut PgConnection, murmurs: &Value) -> Result<()> {
    sqlx::query!(
        "INSERT INTO murmur SELECT * FROM jsonb_populate_recordset(NULL::murmur, $1)
         ON CONFLICT (customer_id, call_id)
         DO UPDATE SET told_at = excluded.told_at, due_at = excluded.due_at, raises = excluded.raises, clears = excluded.clears,
                       alarm_id = excluded.alarm_id, summary = excluded.summary",
        murmurs
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Calls whose history has kept quiet for long enough.
pub async fn due(db: impl PgExecutor<'_>, now: Timestamp, limit: i64) -> Result<Vec<Murmur>> {
    let due = sqlx::query_as!(
        Murmur,
        "SELECT customer_id, call_id, raises, clears, alarm_id, summary FROM murmur
         WHERE (raises > 0 OR clears > 0) AND due_at <= $1 ORDER BY due_at LIMIT $2",
        now.to_sqlx() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(due)
}
