//! Changes of what people are in their accounts, and what ends with them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::memberships::NewMembership;
use crate::{domain::access::PeopleScope, error::Result};

/// What somebody is in one account.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub person_id: Uuid,
    pub account_id: Uuid,
    pub account_name: String,
    pub account_slug: String,
    pub account_kind: String,
    pub role: String,
    pub cac_code: Option<String>,
    pub sites: Option<Vec<Uuid>>,
    pub created_at: jiff_sqlx::Timestamp,
    pub ended_at: Option<jiff_sqlx::Timestamp>,
}

/// Changes of rights wait for each other: of two administrators who take each other's right, one stays.
pub async fn one_at_a_time(db: &mut PgConnection) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(7243392620)").execute(db).await?;
    Ok(())
}

/// What a person is, as far as the reader sees it; what is over comes last.
pub async fn of_person(db: impl PgExecutor<'_>, people: &PeopleScope, person: Uuid) -> Result<Vec<Row>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT m.id, m.person_id, m.account_id, a.name AS account_name, a.slug AS account_slug,
                a.kind AS account_kind, m.role, m.cac_code, m.sites, m.created_at, m.ended_at
         FROM membership m JOIN account a ON a.id = m.account_id
         WHERE m.person_id = $1 AND ($2 OR (m.account_id = $3 AND ($4::text IS NULL OR m.cac_code = $4)))
         ORDER BY m.ended_at NULLS FIRST, m.created_at, m.id LIMIT 200",
        person,
        people.is_everybody(),
        people.account(),
        people.cac()
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// The house's administrators who can sign in, by membership.
pub async fn administrators(db: impl PgExecutor<'_>) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        "SELECT m.id, m.person_id FROM membership m JOIN person p ON p.id = m.person_id
         WHERE m.role = 'admin' AND m.ended_at IS NULL AND p.disabled_at IS NULL ORDER BY m.id LIMIT 1000"
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.person_id)).collect())
}

/// Who has left an account may come back to it; who is there is not made anything else by it. Answers whether they
/// came.
pub async fn join(db: &mut PgConnection, new: &NewMembership<'_>, now: Timestamp) -> Result<Option<Uuid>> {
    let id = sqlx::query_scalar!(
        "INSERT INTO membership (id, person_id, account_id, role, cac_code, sites, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (person_id, account_id) DO UPDATE
         SET role = excluded.role, cac_code = excluded.cac_code, sites = excluded.sites, ended_at = NULL
         WHERE membership.ended_at IS NOT NULL
         RETURNING id",
        new.id,
        new.person_id,
        new.account_id,
        new.role,
        new.cac_code,
        new.sites,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(id)
}

pub async fn change(
    db: &mut PgConnection,
    id: Uuid,
    role: &str,
    cac: Option<&str>,
    sites: Option<&[Uuid]>,
) -> Result<()> {
    sqlx::query!("UPDATE membership SET role = $2, cac_code = $3, sites = $4 WHERE id = $1", id, role, cac, sites)
        .execute(db)
        .await?;
    Ok(())
}

/// With its sessions and tokens: they would live again with it.
pub async fn end(db: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "WITH signed_out AS (DELETE FROM session WHERE membership_id = $1 OR watching = $1),
              revoked AS (UPDATE api_token SET revoked_at = $2 WHERE membership_id = $1 AND revoked_at IS NULL)
         UPDATE membership SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
        id,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Out everywhere at once. Tokens are over for good: who comes back makes new ones.
pub async fn disable(db: &mut PgConnection, person: Uuid, now: Timestamp) -> Result<u64> {
    let done = sqlx::query!(
        "WITH signed_out AS (DELETE FROM session WHERE person_id = $1),
              revoked AS (UPDATE api_token SET revoked_at = $2
                          WHERE person_id = (SELECT id FROM person WHERE id = $1 AND disabled_at IS NULL)
                            AND revoked_at IS NULL)
         UPDATE person SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL",
        person,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

pub async fn enable(db: &mut PgConnection, person: Uuid) -> Result<u64> {
    let done = sqlx::query!("UPDATE person SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL", person)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

pub async fn sign_out(db: &mut PgConnection, person: Uuid) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM session WHERE person_id = $1", person).execute(db).await?;
    Ok(done.rows_affected())
}

/// Whoever has this address, disabled or not.
pub async fn person_by_email(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT id FROM person WHERE email = lower($1)", email).fetch_optional(db).await?)
}

/// Whether somebody of that address is in an account already, as far as the reader sees it.
pub async fn is_member(db: impl PgExecutor<'_>, people: &PeopleScope, email: &str, account: Uuid) -> Result<bool> {
    let is = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM membership m JOIN person p ON p.id = m.person_id
                          WHERE p.email = lower($1) AND m.account_id = $2 AND m.ended_at IS NULL
                            AND ($3 OR (m.account_id = $4 AND ($5::text IS NULL OR m.cac_code = $5)))) AS "is!""#,
        email,
        account,
        people.is_everybody(),
        people.account(),
        people.cac()
    )
    .fetch_one(db)
    .await?;
    Ok(is)
}

/// A link to a new password; an older one that was not used opens nothing any more.
pub async fn insert_reset(
    db: &mut PgConnection,
    token_hash: &[u8],
    person: Uuid,
    made_by: Option<Uuid>,
    until: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH older AS (DELETE FROM password_reset WHERE person_id = $2 AND used_at IS NULL)
         INSERT INTO password_reset (token_hash, person_id, made_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
        token_hash,
        person,
        made_by,
        now.to_sqlx() as _,
        until.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}
