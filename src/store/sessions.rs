//! Who is signed in. Only hashes of tokens are kept.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// The person behind a session or a token.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub person_id: Uuid,
    pub account_id: Uuid,
    pub role: String,
    pub display_name: String,
    pub email: String,
    pub cac_code: Option<String>,
    /// Sites and dates that a partner's relations open, as rows of JSON.
    pub relations: sqlx::types::Json<Vec<Relation>>,
    pub unseen: i64,
}

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Relation {
    pub customer_id: Uuid,
    pub site_id: Option<Uuid>,
    pub history: String,
    pub history_from: Option<Timestamp>,
    pub valid_from: Timestamp,
}

macro_rules! signed_in {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            SignedIn,
            r#"SELECT p.id AS person_id, p.account_id, p.role, p.display_name, p.email, p.cac_code,
                      coalesce((SELECT jsonb_agg(jsonb_build_object(
                                    'customer_id', r.customer_id, 'site_id', r.site_id, 'history', r.history,
                                    'history_from', r.history_from, 'valid_from', r.valid_from))
                                FROM partner_relation r
                                WHERE r.partner_id = p.account_id AND r.valid_from <= $2
                                  AND (r.valid_to IS NULL OR r.valid_to > $2)), '[]')
                          AS "relations!: sqlx::types::Json<Vec<Relation>>",
                      (SELECT count(*) FROM notification n WHERE n.person_id = p.id AND n.seen_at IS NULL) AS "unseen!" "#
                + $rest,
            $($arg),*
        )
    };
}

pub async fn find(db: impl PgExecutor<'_>, token_hash: &[u8], now: Timestamp) -> Result<Option<SignedIn>> {
    let found = signed_in!(
        "FROM session s JOIN person p ON p.id = s.person_id
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND p.disabled_at IS NULL",
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(found)
}

pub async fn find_by_token(db: impl PgExecutor<'_>, token_hash: &[u8], now: Timestamp) -> Result<Option<SignedIn>> {
    let found = signed_in!(
        "FROM api_token t JOIN person p ON p.id = t.person_id
         WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2) AND p.disabled_at IS NULL",
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(found)
}

/// The same of a person who has not signed in, for the portal's own players.
pub async fn of_person(db: impl PgExecutor<'_>, person: Uuid, now: Timestamp) -> Result<Option<SignedIn>> {
    let found = signed_in!("FROM person p WHERE p.id = $1 AND p.disabled_at IS NULL", person, now.to_sqlx() as _)
        .fetch_optional(db)
        .await?;
    Ok(found)
}

pub async fn insert(
    db: &mut PgConnection,
    token_hash: &[u8],
    person: Uuid,
    agent: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO session (token_hash, person_id, created_at, seen_at, expires_at, agent)
         VALUES ($1, $2, $3, $3, $4, $5)",
        token_hash,
        person,
        now.to_sqlx() as _,
        until.to_sqlx() as _,
        agent
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete(db: &mut PgConnection, token_hash: &[u8]) -> Result<()> {
    sqlx::query!("DELETE FROM session WHERE token_hash = $1", token_hash).execute(db).await?;
    Ok(())
}

pub async fn delete_ended(db: &mut PgConnection, now: Timestamp) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM session WHERE expires_at <= $1", now.to_sqlx() as _).execute(db).await?;
    Ok(done.rows_affected())
}

pub async fn insert_token(
    db: &mut PgConnection,
    token_hash: &[u8],
    person: Uuid,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO api_token (token_hash, person_id, name, created_at) VALUES ($1, $2, $3, $4)",
        token_hash,
        person,
        name,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Out everywhere at once.
pub async fn delete_of_person(db: &mut PgConnection, email: &str) -> Result<()> {
    sqlx::query!(
        "DELETE FROM session USING person WHERE person.id = session.person_id AND person.email = lower($1)",
        email
    )
    .execute(db)
    .await?;
    Ok(())
}
