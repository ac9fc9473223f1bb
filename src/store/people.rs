//! People, their accounts and their passwords.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

#[derive(Debug, Clone)]
pub struct Login {
    pub person_id: Uuid,
    pub password_hash: String,
}

#[derive(Debug, Clone)]
pub struct NewPerson<'a> {
    pub id: Uuid,
    pub account_id: Uuid,
    pub email: &'a str,
    pub display_name: &'a str,
    pub role: &'a str,
    pub cac_code: Option<&'a str>,
    pub password_hash: &'a str,
}

/// Somebody who may have a call given to them.
#[derive(Debug, Clone)]
pub struct Colleague {
    pub id: Uuid,
    pub display_name: String,
    pub cac_code: Option<String>,
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
        "INSERT INTO person (id, account_id, email, display_name, role, cac_code, password_hash, created_at)
         VALUES ($1, $2, lower($3), $4, $5, $6, $7, $8)",
        person.id,
        person.account_id,
        person.email,
        person.display_name,
        person.role,
        person.cac_code,
        person.password_hash,
        now.to_sqlx() as _
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

/// Staff who work calls, by name: for the menu of assignees.
pub async fn colleagues(db: impl PgExecutor<'_>) -> Result<Vec<Colleague>> {
    let staff = sqlx::query_as!(
        Colleague,
        "SELECT id, display_name, cac_code FROM person
         WHERE role IN ('engineer', 'cac_lead', 'duty_manager') AND disabled_at IS NULL
         ORDER BY display_name, id LIMIT 500"
    )
    .fetch_all(db)
    .await?;
    Ok(staff)
}

/// Whether a call may be given to this person.
pub async fn works_calls(db: impl PgExecutor<'_>, person: Uuid) -> Result<bool> {
    let works = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM person WHERE id = $1 AND disabled_at IS NULL
                            AND role IN ('engineer', 'cac_lead', 'duty_manager')) AS "works!""#,
        person
    )
    .fetch_one(db)
    .await?;
    Ok(works)
}

/// Who is told when nobody has a call.
pub async fn duty_managers(db: impl PgExecutor<'_>) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM person WHERE role = 'duty_manager' AND disabled_at IS NULL ORDER BY id LIMIT 50"
    )
    .fetch_all(db)
    .await?;
    Ok(ids)
}

pub async fn of_account(db: impl PgExecutor<'_>, account: Uuid) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM person WHERE account_id = $1 AND disabled_at IS NULL ORDER BY id LIMIT 200",
        account
    )
    .fetch_all(db)
    .await?;
    Ok(ids)
}

pub async fn set_password(db: &mut PgConnection, email: &str, password_hash: &str) -> Result<u64> {
    let done = sqlx::query!("UPDATE person SET password_hash = $2 WHERE email = lower($1)", email, password_hash)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// Out everywhere at once: the sessions and tokens of a disabled person open nothing.
pub async fn disable(db: &mut PgConnection, email: &str, now: Timestamp) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE person SET disabled_at = $2 WHERE email = lower($1) AND disabled_at IS NULL",
        email,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

pub async fn by_email(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT id FROM person WHERE email = lower($1) AND disabled_at IS NULL", email)
        .fetch_optional(db)
        .await?)
}
