//! What a proof in two steps must remember between them: once, and not for long.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::error::Result;

#[derive(Debug, Clone)]
pub struct NewCeremony<'a> {
    pub token_hash: &'a [u8],
    pub kind: &'a str,
    pub person_id: Option<Uuid>,
    pub state: &'a Value,
    pub until: Timestamp,
}

pub async fn insert(db: &mut PgConnection, ceremony: &NewCeremony<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO ceremony (token_hash, kind, person_id, state, expires_at) VALUES ($1, $2, $3, $4, $5)",
        ceremony.token_hash,
        ceremony.kind,
        ceremony.person_id,
        Json(ceremony.state) as _,
        ceremony.until.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whoever comes second finds nothing.
pub async fn take(
    db: &mut PgConnection,
    token_hash: &[u8],
    kind: &str,
    person: Option<Uuid>,
    now: Timestamp,
) -> Result<Option<Value>> {
    let state = sqlx::query_scalar!(
        "DELETE FROM ceremony
         WHERE token_hash = $1 AND kind = $2 AND person_id IS NOT DISTINCT FROM $3 AND expires_at > $4
         RETURNING state",
        token_hash,
        kind,
        person,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(state)
}

pub async fn delete_ended(db: &mut PgConnection, now: Timestamp) -> Result<()> {
    sqlx::query!("DELETE FROM ceremony WHERE expires_at <= $1", now.to_sqlx() as _).execute(db).await?;
    Ok(())
}
