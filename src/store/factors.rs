//! Second factors: the authenticator and the recovery codes of a person.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// What somebody has, to prove a second time who they are.
#[derive(Debug, Clone)]
pub struct Held {
    pub authenticator: bool,
    pub passkeys: i64,
    pub recovery_codes: i64,
    /// The roles that they have somewhere.
    pub roles: Vec<String>,
}

pub async fn held(db: impl PgExecutor<'_>, person: Uuid) -> Result<Held> {
    let held = sqlx::query_as!(
        Held,
        r#"SELECT EXISTS (SELECT FROM authenticator WHERE person_id = $1 AND confirmed_at IS NOT NULL)
                      AS "authenticator!",
                  (SELECT count(*) FROM passkey WHERE person_id = $1) AS "passkeys!",
                  (SELECT count(*) FROM recovery_code WHERE person_id = $1 AND used_at IS NULL) AS "recovery_codes!",
                  ARRAY(SELECT role FROM membership WHERE person_id = $1 AND ended_at IS NULL ORDER BY role)
                      AS "roles!""#,
        person
    )
    .fetch_one(db)
    .await?;
    Ok(held)
}

#[derive(Debug, Clone)]
pub struct Authenticator {
    pub sealed: Vec<u8>,
    pub key: Vec<u8>,
    pub confirmed_at: Option<jiff_sqlx::Timestamp>,
    pub last_step: i64,
}

/// With the key that opens what is sealed.
pub async fn authenticator(db: impl PgExecutor<'_>, person: Uuid) -> Result<Option<Authenticator>> {
    let found = sqlx::query_as!(
        Authenticator,
        "SELECT a.sealed, k.key, a.confirmed_at, a.last_step
         FROM authenticator a JOIN person_key k USING (person_id) WHERE a.person_id = $1",
        person
    )
    .fetch_optional(db)
    .await?;
    Ok(found)
}

/// The same, and nobody else looks at it before the deed is done: two codes at once are two attempts.
pub async fn lock_authenticator(db: &mut PgConnection, person: Uuid) -> Result<Option<Authenticator>> {
    let found = sqlx::query_as!(
        Authenticator,
        "SELECT a.sealed, k.key, a.confirmed_at, a.last_step
         FROM authenticator a JOIN person_key k USING (person_id) WHERE a.person_id = $1 FOR UPDATE OF a",
        person
    )
    .fetch_optional(db)
    .await?;
    Ok(found)
}

/// A new secret that its owner has not confirmed yet; one that works is never replaced by it.
pub async fn offer(db: &mut PgConnection, person: Uuid, sealed: &[u8], now: Timestamp) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO authenticator (person_id, sealed, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (person_id) DO UPDATE SET sealed = excluded.sealed, created_at = excluded.created_at
         WHERE authenticator.confirmed_at IS NULL",
        person,
        sealed,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A code of this step was shown: neither it nor one before it counts again.
pub async fn use_step(db: &mut PgConnection, person: Uuid, step: i64, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE authenticator SET last_step = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE person_id = $1",
        person,
        step,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete_authenticator(db: &mut PgConnection, person: Uuid) -> Result<bool> {
    let done = sqlx::query!("DELETE FROM authenticator WHERE person_id = $1", person).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// The old ones are worth nothing from now on.
pub async fn replace_codes(db: &mut PgConnection, person: Uuid, hashes: &[Vec<u8>]) -> Result<()> {
    sqlx::query!(
        "WITH old AS (DELETE FROM recovery_code WHERE person_id = $1 AND NOT code_hash = ANY ($2))
         INSERT INTO recovery_code (person_id, code_hash) SELECT $1, unnest($2::bytea[])",
        person,
        hashes
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete_codes(db: &mut PgConnection, person: Uuid) -> Result<()> {
    sqlx::query!("DELETE FROM recovery_code WHERE person_id = $1", person).execute(db).await?;
    Ok(())
}

/// Whatever proved somebody a second time; answers how many apps and passkeys that were.
pub async fn delete_all(db: &mut PgConnection, person: Uuid) -> Result<i64> {
    let gone = sqlx::query_scalar!(
        r#"WITH apps AS (DELETE FROM authenticator WHERE person_id = $1 RETURNING 1),
                keys AS (DELETE FROM passkey WHERE person_id = $1 RETURNING 1),
                codes AS (DELETE FROM recovery_code WHERE person_id = $1)
           SELECT (SELECT count(*) FROM apps) + (SELECT count(*) FROM keys) AS "gone!""#,
        person
    )
    .fetch_one(db)
    .await?;
    Ok(gone)
}

/// Answers whether there was such a code that nobody had used.
pub async fn use_code(db: &mut PgConnection, person: Uuid, hash: &[u8], now: Timestamp) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE recovery_code SET used_at = $3 WHERE person_id = $1 AND code_hash = $2 AND used_at IS NULL",
        person,
        hash,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}
