//! People, their accounts and their passwords.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

#[derive(Debug, Clone)]
pub struct Login {
    pub person_id: Uuid,
    /// None for who comes by other means only.
    pub password_hash: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NewPerson<'a> {
    pub id: Uuid,
    pub email: &'a str,
    pub display_name: &'a str,
    pub password_hash: Option<&'a str>,
    /// What is kept for ever about this person is sealed with it.
    pub key: &'a [u8],
}

pub async fn login(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Login>> {
    let login = sqlx::query_as!(
        Login,
        "SELECT id AS person_id, password_hash FROM person WHERE email = lower($1) AND disabled_at IS NULL",
        email
    )
    .fetch_optional(db)
    .await?;
    Ok(login)
}

pub async fn insert(db: &mut PgConnection, person: &NewPerson<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "WITH added AS (
             INSERT INTO person (id, email, display_name, password_hash, created_at)
             VALUES ($1, lower($2), $3, $4, $5) RETURNING id)
         INSERT INTO person_key (person_id, key) SELECT id, $6 FROM added",
        person.id,
        person.email,
        person.display_name,
        person.password_hash,
        now.to_sqlx() as _,
        person.key
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_account(
    db: &mut PgConnection,
    id: Uuid,
    kind: &str,
    name: &str,
    slug: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO account (id, kind, name, slug, created_at) VALUES ($1, $2, $3, $4, $5)",
        id,
        kind,
        name,
        slug,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn account_by_slug(db: impl PgExecutor<'_>, slug: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT id FROM account WHERE slug = $1", slug).fetch_optional(db).await?)
}

pub async fn provider(db: impl PgExecutor<'_>) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT id FROM account WHERE kind = 'provider' ORDER BY created_at, id LIMIT 1")
        .fetch_optional(db)
        .await?)
}

pub async fn by_email(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT id FROM person WHERE email = lower($1) AND disabled_at IS NULL", email)
        .fetch_optional(db)
        .await?)
}

/// Whoever has this address, also somebody who may not come in any more.
pub async fn by_address(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT id FROM person WHERE email = lower($1)", email).fetch_optional(db).await?)
}
