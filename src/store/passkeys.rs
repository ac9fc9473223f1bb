//! Passkeys, as the library that checks them keeps them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// A passkey as its owner knows it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: Uuid,
    pub name: String,
    pub created_at: jiff_sqlx::Timestamp,
    pub last_used_at: Option<jiff_sqlx::Timestamp>,
}

pub async fn list(db: impl PgExecutor<'_>, person: Uuid) -> Result<Vec<Listed>> {
    let passkeys = sqlx::query_as!(
        Listed,
        "SELECT id, name, created_at, last_used_at FROM passkey WHERE person_id = $1 ORDER BY created_at, id LIMIT 50",
        person
    )
    .fetch_all(db)
    .await?;
    Ok(passkeys)
}

/// What each of a person's passkeys is known by, so that none is made twice on one device.
pub async fn credential_ids(db: impl PgExecutor<'_>, person: Uuid) -> Result<Vec<Vec<u8>>> {
    let ids = sqlx::query_scalar!(
        "SELECT credential_id FROM passkey WHERE person_id = $1 ORDER BY created_at, id LIMIT 50",
        person
    )
    .fetch_all(db)
    .await?;
    Ok(ids)
}

#[derive(Debug, Clone)]
pub struct NewPasskey<'a> {
    pub id: Uuid,
    pub person_id: Uuid,
    pub credential_id: &'a [u8],
    pub name: &'a str,
    pub credential: &'a Value,
}

pub async fn insert(db: &mut PgConnection, passkey: &NewPasskey<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO passkey (id, person_id, credential_id, name, credential, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        passkey.id,
        passkey.person_id,
        passkey.credential_id,
        passkey.name,
        passkey.credential,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Debug, Clone)]
pub struct Known {
    pub id: Uuid,
    pub person_id: Uuid,
    pub credential: Value,
}

/// Of somebody who may come in; locked, since its counter must not be counted twice.
pub async fn lock(db: &mut PgConnection, person: Uuid, credential_id: &[u8]) -> Result<Option<Known>> {
    let known = sqlx::query_as!(
        Known,
        "SELECT k.id, k.person_id, k.credential FROM passkey k JOIN person p ON p.id = k.person_id
         WHERE k.person_id = $1 AND k.credential_id = $2 AND p.disabled_at IS NULL FOR UPDATE OF k",
        person,
        credential_id
    )
    .fetch_optional(db)
    .await?;
    Ok(known)
}

pub async fn mark_used(db: &mut PgConnection, id: Uuid, credential: &Value, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE passkey SET credential = $2, last_used_at = $3 WHERE id = $1",
        id,
        credential,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn rename(db: &mut PgConnection, person: Uuid, id: Uuid, name: &str) -> Result<u64> {
    let done = sqlx::query!("UPDATE passkey SET name = $3 WHERE person_id = $1 AND id = $2", person, id, name)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

pub async fn delete(db: &mut PgConnection, person: Uuid, id: Uuid) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM passkey WHERE person_id = $1 AND id = $2", person, id).execute(db).await?;
    Ok(done.rows_affected())
}
