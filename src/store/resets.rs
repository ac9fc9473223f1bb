//! Links with which somebody chooses a new password, once.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// For whom a link still is.
#[derive(Debug, Clone)]
pub struct Reset {
    pub person_id: Uuid,
    pub display_name: String,
    pub email: String,
}

pub async fn find(db: impl PgExecutor<'_>, token_hash: &[u8], now: Timestamp) -> Result<Option<Reset>> {
    let reset = sqlx::query_as!(
        Reset,
        "SELECT r.person_id, p.display_name, p.email FROM password_reset r JOIN person p ON p.id = r.person_id
         WHERE r.token_hash = $1 AND r.used_at IS NULL AND r.expires_at > $2 AND p.disabled_at IS NULL",
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(reset)
}

/// Answers whether nobody had used it before.
pub async fn mark_used(db: &mut PgConnection, token_hash: &[u8], now: Timestamp) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE password_reset SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        token_hash,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub async fn forget_before(db: &mut PgConnection, at: Timestamp) -> Result<()> {
    sqlx::query!("DELETE FROM password_reset WHERE expires_at < $1", at.to_sqlx() as _).execute(db).await?;
    Ok(())
}
