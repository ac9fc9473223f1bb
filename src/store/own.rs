//! What somebody is and has, for themselves.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// One of the accounts that somebody belongs to.
#[derive(Debug, Clone)]
pub struct OwnMembership {
    pub id: Uuid,
    pub account_name: String,
    pub role: String,
    pub cac_code: Option<String>,
}

pub async fn memberships(db: impl PgExecutor<'_>, person: Uuid) -> Result<Vec<OwnMembership>> {
    let memberships = sqlx::query_as!(
        OwnMembership,
        "SELECT m.id, a.name AS account_name, m.role, m.cac_code
         FROM membership m JOIN account a ON a.id = m.account_id
         WHERE m.person_id = $1 AND m.ended_at IS NULL ORDER BY m.created_at, m.id LIMIT 100",
        person
    )
    .fetch_all(db)
    .await?;
    Ok(memberships)
}

/// What guessers would try first for this person, and the hash of the password there is.
#[derive(Debug, Clone)]
pub struct Secrets {
    pub display_name: String,
    pub email: String,
    pub accounts: Vec<String>,
    pub password_hash: Option<String>,
}

pub async fn secrets(db: impl PgExecutor<'_>, person: Uuid) -> Result<Option<Secrets>> {
    let secrets = sqlx::query_as!(
        Secrets,
        r#"SELECT p.display_name, p.email, p.password_hash,
                  ARRAY(SELECT a.name FROM membership m JOIN account a ON a.id = m.account_id
                        WHERE m.person_id = p.id ORDER BY a.name) AS "accounts!"
           FROM person p WHERE p.id = $1 AND p.disabled_at IS NULL"#,
        person
    )
    .fetch_optional(db)
    .await?;
    Ok(secrets)
}

/// The zone in which somebody reads times; none is that of their browser.
pub async fn set_time_zone(db: &mut PgConnection, person: Uuid, zone: Option<&str>) -> Result<()> {
    sqlx::query!("UPDATE person SET time_zone = $2 WHERE id = $1", person, zone).execute(db).await?;
    Ok(())
}

pub async fn set_password(db: &mut PgConnection, person: Uuid, password_hash: &str) -> Result<()> {
    sqlx::query!("UPDATE person SET password_hash = $2 WHERE id = $1", person, password_hash).execute(db).await?;
    Ok(())
}
