//! The sessions of one person, as that person sees and ends them; and those that still lack a proof.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::sessions::IDLE;
use crate::error::Result;

/// A session as its owner knows it again.
#[derive(Debug, Clone)]
pub struct OwnSession {
    pub id: Uuid,
    pub agent: String,
    pub address: String,
    pub means: String,
    pub created_at: jiff_sqlx::Timestamp,
    pub seen_at: jiff_sqlx::Timestamp,
}

/// The last used first.
pub async fn list(db: impl PgExecutor<'_>, person: Uuid, now: Timestamp) -> Result<Vec<OwnSession>> {
    let sessions = sqlx::query_as!(
        OwnSession,
        "SELECT id, agent, address, means, created_at, seen_at FROM session
         WHERE person_id = $1 AND expires_at > $2 AND seen_at > $3 AND stage = 'open'
         ORDER BY seen_at DESC, id LIMIT 100",
        person,
        now.to_sqlx() as _,
        (now - IDLE).to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(sessions)
}

/// Whose session these headers carry, whatever it still lacks.
#[derive(Debug, Clone)]
pub struct Begun {
    pub id: Uuid,
    pub person_id: Uuid,
    pub membership_id: Uuid,
    pub display_name: String,
    pub email: String,
    pub stage: String,
    pub means: String,
    pub watching: bool,
    pub proved_at: jiff_sqlx::Timestamp,
}

pub async fn begun(db: impl PgExecutor<'_>, token_hash: &[u8], now: Timestamp) -> Result<Option<Begun>> {
    let begun = sqlx::query_as!(
        Begun,
        r#"SELECT s.id, s.person_id, s.membership_id, p.display_name, p.email, s.stage, s.means,
                  s.watching IS NOT NULL AS "watching!", s.proved_at
           FROM session s JOIN person p ON p.id = s.person_id JOIN membership m ON m.id = s.membership_id
           WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND p.disabled_at IS NULL
             AND m.ended_at IS NULL"#,
        token_hash,
        now.to_sqlx() as _,
        (now - IDLE).to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(begun)
}

/// From now on it opens everything; under another token, so that whoever knew the old one knows nothing.
pub async fn open(
    db: &mut PgConnection,
    id: Uuid,
    token_hash: &[u8],
    means: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE session SET stage = 'open', token_hash = $2, means = $3, expires_at = $4, seen_at = $5, proved_at = $5
         WHERE id = $1 AND stage <> 'open'",
        id,
        token_hash,
        means,
        until.to_sqlx() as _,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Its owner has shown again who they are; the old token is worth nothing any more.
pub async fn prove(db: &mut PgConnection, id: Uuid, token_hash: &[u8], now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE session SET proved_at = $3, seen_at = $3, token_hash = $2 WHERE id = $1",
        id,
        token_hash,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody used it; two requests at once need not both say so.
pub async fn touch(db: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<()> {
    sqlx::query!("UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2", id, now.to_sqlx() as _)
        .execute(db)
        .await?;
    Ok(())
}

/// Answers whether there was one of that id that is this person's.
pub async fn delete(db: &mut PgConnection, person: Uuid, id: Uuid) -> Result<bool> {
    let done = sqlx::query!("DELETE FROM session WHERE person_id = $1 AND id = $2", person, id).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// All but the one that is named; answers which they were.
pub async fn delete_others(db: &mut PgConnection, person: Uuid, kept: Option<Uuid>) -> Result<Vec<Uuid>> {
    let ended = sqlx::query_scalar!(
        "DELETE FROM session WHERE person_id = $1 AND id IS DISTINCT FROM $2 RETURNING id",
        person,
        kept
    )
    .fetch_all(db)
    .await?;
    Ok(ended)
}

/// As what its owner acts from now on: one of their own memberships that still holds.
pub async fn switch(db: &mut PgConnection, id: Uuid, person: Uuid, membership: Uuid) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE session SET membership_id = m.id FROM membership m
         WHERE session.id = $1 AND session.person_id = $2 AND m.id = $3 AND m.person_id = $2 AND m.ended_at IS NULL",
        id,
        person,
        membership
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
