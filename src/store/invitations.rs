//! Invitations: one use, one day. Only the hash of the link's secret is kept.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{domain::access::PeopleScope, error::Result};

#[derive(Debug, Clone)]
pub struct NewInvitation<'a> {
    pub id: Uuid,
    pub token_hash: &'a [u8],
    pub email: &'a str,
    pub display_name: &'a str,
    pub account_id: Uuid,
    pub role: &'a str,
    pub cac_code: Option<&'a str>,
    pub sites: Option<&'a [Uuid]>,
    pub invited_by: Uuid,
    pub until: Timestamp,
}

/// The newest link is the only one: an earlier one to the same address and account is revoked with it.
pub async fn insert(db: &mut PgConnection, new: &NewInvitation<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "WITH replaced AS (
             UPDATE invitation SET revoked_at = $10
             WHERE email = lower($3) AND account_id = $5 AND accepted_at IS NULL AND revoked_at IS NULL)
         INSERT INTO invitation (id, token_hash, email, display_name, account_id, role, cac_code, sites, invited_by,
                                 created_at, expires_at)
         VALUES ($1, $2, lower($3), $4, $5, $6, $7, $8, $9, $10, $11)",
        new.id,
        new.token_hash,
        new.email,
        new.display_name,
        new.account_id,
        new.role,
        new.cac_code,
        new.sites,
        new.invited_by,
        now.to_sqlx() as _,
        new.until.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Debug, Clone)]
pub struct Invitation {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub account_id: Uuid,
    pub account_name: String,
    pub role: String,
    pub cac_code: Option<String>,
    pub sites: Option<Vec<Uuid>>,
    pub invited_by: String,
    pub created_at: jiff_sqlx::Timestamp,
    pub expires_at: jiff_sqlx::Timestamp,
    pub accepted_at: Option<jiff_sqlx::Timestamp>,
    pub revoked_at: Option<jiff_sqlx::Timestamp>,
}

macro_rules! invitations {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            Invitation,
            "SELECT i.id, i.email, i.display_name, i.account_id, a.name AS account_name, i.role, i.cac_code, i.sites,
                    p.display_name AS invited_by, i.created_at, i.expires_at, i.accepted_at, i.revoked_at
             FROM invitation i JOIN account a ON a.id = i.account_id JOIN person p ON p.id = i.invited_by " + $rest,
            $($arg),*
        )
    };
}

/// One that can still be accepted; whoever has the link has the right to see it.
pub async fn open(db: impl PgExecutor<'_>, token_hash: &[u8], now: Timestamp) -> Result<Invitation> {
    let found = invitations!(
        "WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2",
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_one(db)
    .await?;
    Ok(found)
}

pub async fn find(db: impl PgExecutor<'_>, people: &PeopleScope, id: Uuid) -> Result<Invitation> {
    let found = invitations!(
        "WHERE i.id = $1 AND ($2 OR (i.account_id = $3 AND ($4::text IS NULL OR i.cac_code = $4)))",
        id,
        people.is_everybody(),
        people.account(),
        people.cac()
    )
    .fetch_one(db)
    .await?;
    Ok(found)
}

/// One use: of two who come at once, one is answered false.
pub async fn accept(db: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE invitation SET accepted_at = $2
         WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2",
        id,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub async fn revoke(db: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE invitation SET revoked_at = $2 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
        id,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// What somebody invited others to who may not any more: in one account, or everywhere.
pub async fn revoke_made_by(db: &mut PgConnection, person: Uuid, account: Option<Uuid>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE invitation SET revoked_at = $3
         WHERE invited_by = $1 AND ($2::uuid IS NULL OR account_id = $2) AND accepted_at IS NULL
           AND revoked_at IS NULL",
        person,
        account,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}
