//! Tokens with which programs call. Only hashes are kept, and a prefix by which people know them apart.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
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
