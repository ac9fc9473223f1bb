//! Tokens with which programs call. Only hashes are kept, and a prefix by which people know them apart.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    pub id: Uuid,
    pub token_hash: &'a [u8],
    pub prefix: &'a str,
    pub membership_id: Uuid,
    pub name: &'a str,
    pub scopes: &'a [String],
    pub created_by: Option<Uuid>,
    pub expires_at: Option<Timestamp>,
}

pub async fn insert(db: &mut PgConnection, token: &NewToken<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO api_token (id, token_hash, prefix, person_id, membership_id, name, scopes, created_by, created_at,
                                expires_at)
         SELECT $1, $2, $3, m.person_id, m.id, $5, $6, $7, $8, $9 FROM membership m WHERE m.id = $4",
        token.id,
        token.token_hash,
        token.prefix,
        token.membership_id,
        token.name,
        token.scopes,
        token.created_by,
        now.to_sqlx() as _,
        token.expires_at.map(ToSqlx::to_sqlx) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A token as those see it who may look at tokens: never its secret.
#[derive(Debug, Clone)]
pub struct TokenRow {
    pub id: Uuid,
    pub prefix: String,
    pub name: String,
    pub scopes: Vec<String>,
    pub person_id: Uuid,
    pub person_name: String,
    pub email: String,
    pub role: String,
    pub account_id: Uuid,
    pub account_name: String,
    pub made_by: Option<String>,
    pub created_at: jiff_sqlx::Timestamp,
    pub expires_at: Option<jiff_sqlx::Timestamp>,
    pub last_used_at: Option<jiff_sqlx::Timestamp>,
    pub revoked_at: Option<jiff_sqlx::Timestamp>,
    /// Neither revoked nor expired, of somebody who may still come.
    pub opens: bool,
}

macro_rules! tokens {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            TokenRow,
            r#"SELECT t.id, t.prefix, t.name, t.scopes, p.id AS person_id, p.display_name AS person_name, p.email,
                      m.role, a.id AS account_id, a.name AS account_name, maker.display_name AS "made_by?", t.created_at, t.expires_at,
                      t.last_used_at, t.revoked_at,
                      (t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $1) AND m.ended_at IS NULL
                       AND p.disabled_at IS NULL) AS "opens!"
               FROM api_token t
               JOIN membership m ON m.id = t.membership_id
               JOIN account a ON a.id = m.account_id
               JOIN person p ON p.id = t.person_id
               LEFT JOIN person maker ON maker.id = t.created_by "# + $rest,
            $($arg),*
        )
    };
}

/// The newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    now: Timestamp,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<TokenRow>> {
    let rows = tokens!(
        "WHERE $2::timestamptz IS NULL OR (t.created_at, t.id) < ($2, $3)
         ORDER BY t.created_at DESC, t.id DESC LIMIT $4",
        now.to_sqlx() as _,
        after.map(|(at, _)| at.to_sqlx()) as _,
        after.map(|(_, id)| id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub async fn find(db: impl PgExecutor<'_>, id: Uuid, now: Timestamp) -> Result<TokenRow> {
    Ok(tokens!("WHERE t.id = $2", now.to_sqlx() as _, id).fetch_one(db).await?)
}

pub async fn revoke(db: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        id,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// At most once a minute: who asks a thousand times a second writes no row for each.
pub async fn mark_used(db: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE api_token SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $2::timestamptz - interval '1 minute')",
        id,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A key of the wall board: whose it is decides what it shows.
#[derive(Debug, Clone)]
pub struct BoardKey {
    pub id: Uuid,
    pub membership_id: Uuid,
    pub used_at: Option<jiff_sqlx::Timestamp>,
}

pub async fn board_key(db: impl PgExecutor<'_>, token_hash: &[u8], now: Timestamp) -> Result<Option<BoardKey>> {
    let key = sqlx::query_as!(
        BoardKey,
        "SELECT t.id, t.membership_id, t.last_used_at AS used_at FROM api_token t
         WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2) AND t.revoked_at IS NULL
           AND 'board' = ANY (t.scopes)",
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(key)
}
