//! The log of sensitive deeds.

pub mod chain;
pub mod lists;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Result;

#[derive(Debug, Clone)]
pub struct NewRow<'a> {
    pub id: Uuid,
    pub kind: &'a str,
    pub actor_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub subject_kind: &'a str,
    pub subject_id: &'a str,
    pub detail: &'a Value,
    pub sealed_for: Option<Uuid>,
    pub sealed: Option<&'a [u8]>,
}

/// Written in the transaction of the deed; the relay puts it into the chain.
pub async fn insert(db: &mut PgConnection, row: &NewRow<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "WITH added AS (
             INSERT INTO audit (id, at, kind, actor_id, account_id, subject_kind, subject_id, detail, sealed_for, sealed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id)
         INSERT INTO audit_waiting (audit_id) SELECT id FROM added",
        row.id,
        now.to_sqlx() as _,
        row.kind,
        row.actor_id,
        row.account_id,
        row.subject_kind,
        row.subject_id,
        row.detail,
        row.sealed_for,
        row.sealed
    )
    .execute(db)
    .await?;
    Ok(())
}
