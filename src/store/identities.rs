//! Who people are at identity providers.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// Whose identity it is, if that person may come in.
pub async fn person(db: impl PgExecutor<'_>, issuer: &str, subject: &str) -> Result<Option<Known>> {
    let known = sqlx::query_as!(
        Known,
        r#"SELECT p.id, p.disabled_at IS NOT NULL AS "disabled!" FROM identity i JOIN person p ON p.id = i.person_id
           WHERE i.issuer = $1 AND i.subject = $2"#,
        issuer,
        subject
    )
    .fetch_optional(db)
    .await?;
    Ok(known)
}

#[derive(Debug, Clone)]
pub struct Known {
    pub id: Uuid,
    pub disabled: bool,
}

pub async fn insert(db: &mut PgConnection, issuer: &str, subject: &str, person: Uuid, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO identity (issuer, subject, person_id, created_at) VALUES ($1, $2, $3, $4)",
        issuer,
        subject,
        person,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The providers at which somebody is known, and since when.
#[derive(Debug, Clone)]
pub struct Identity {
    pub issuer: String,
    pub created_at: jiff_sqlx::Timestamp,
}

pub async fn list(db: impl PgExecutor<'_>, person: Uuid) -> Result<Vec<Identity>> {
    let identities = sqlx::query_as!(
        Identity,
        "SELECT issuer, created_at FROM identity WHERE person_id = $1 ORDER BY created_at, issuer, subject LIMIT 50",
        person
    )
    .fetch_all(db)
    .await?;
    Ok(identities)
}

/// Whether somebody is known at a provider, by whatever name.
pub async fn is_known_at(db: impl PgExecutor<'_>, issuer: &str, person: Uuid) -> Result<bool> {
    let known = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM identity WHERE issuer = $1 AND person_id = $2) AS "known!""#,
        issuer,
        person
    )
    .fetch_one(db)
    .await?;
    Ok(known)
}
