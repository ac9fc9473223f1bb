//! What somebody has begun to write and not yet sent.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

pub async fn find(db: impl PgExecutor<'_>, person: Uuid, key: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!("SELECT body FROM draft WHERE person_id = $1 AND key = $2", person, key)
        .fetch_optional(db)
        .await?)
}

/// Of several texts on one page, those that are kept, each with its key.
pub async fn find_all(db: impl PgExecutor<'_>, person: Uuid, keys: &[String]) -> Result<Vec<(String, String)>> {
    let rows =
        sqlx::query!("SELECT key, body FROM draft WHERE person_id = $1 AND key = ANY ($2) LIMIT 20", person, keys)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.body)).collect())
}

pub async fn save(db: &mut PgConnection, person: Uuid, key: &str, body: &str, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO draft (person_id, key, body, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person_id, key) DO UPDATE SET body = $3, updated_at = $4",
        person,
        key,
        body,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete(db: &mut PgConnection, person: Uuid, key: &str) -> Result<()> {
    sqlx::query!("DELETE FROM draft WHERE person_id = $1 AND key = $2", person, key).execute(db).await?;
    Ok(())
}
