//! The audit log as people read it.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::error::Result;

/// Which rows, the newest first; a reader who only has an account of their own sees that one's.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub within: Option<Uuid>,
    pub person: Option<Uuid>,
    pub kind: Option<String>,
    pub account: Option<Uuid>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// A row with the names that are behind its ids today.
#[derive(Debug, Clone)]
pub struct Shown {
    pub id: Uuid,
    pub at: jiff_sqlx::Timestamp,
    pub kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: Option<String>,
    pub account_id: Option<Uuid>,
    pub account_name: Option<String>,
    pub subject_kind: String,
    pub subject_id: String,
    pub subject_name: Option<String>,
    pub detail: Value,
    pub about_id: Option<Uuid>,
    pub about_name: Option<String>,
    pub sealed: Option<Vec<u8>>,
    /// Opens what is sealed, where the reader may and the person has not been erased.
    pub key: Option<Vec<u8>>,
    pub pos: Option<i64>,
}

/// Where a person of another account acted, their address and browser stay sealed for who sees only their own people.
pub async fn list(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Shown>> {
    let rows = sqlx::query_as!(
        Shown,
        r#"SELECT a.id, a.at, a.kind, a.actor_id, actor.display_name AS "actor_name?", a.account_id,
                  account.name AS "account_name?", a.subject_kind, a.subject_id, subject.display_name AS "subject_name?",
                  a.detail, a.sealed_for AS about_id, about.display_name AS "about_name?", a.sealed, k.key AS "key?",
                  l.pos AS "pos?"
           FROM audit a
           LEFT JOIN person actor ON actor.id = a.actor_id
           LEFT JOIN account ON account.id = a.account_id
           LEFT JOIN person about ON about.id = a.sealed_for
           LEFT JOIN person subject ON subject.id = CASE WHEN a.subject_kind = 'person' THEN a.subject_id::uuid END
           LEFT JOIN person_key k ON k.person_id = a.sealed_for AND ($1::uuid IS NULL OR EXISTS (
               SELECT FROM membership m WHERE m.person_id = a.sealed_for AND m.account_id = $1))
           LEFT JOIN audit_link l ON l.audit_id = a.id
           WHERE ($1::uuid IS NULL OR a.account_id = $1)
             AND ($2::uuid IS NULL OR a.actor_id = $2 OR a.sealed_for = $2 OR a.subject_id = $2::uuid::text)
             AND ($3::text IS NULL OR a.kind = $3)
             AND ($4::uuid IS NULL OR a.account_id = $4)
             AND ($5::timestamptz IS NULL OR a.at >= $5)
             AND ($6::timestamptz IS NULL OR a.at < $6)
             AND ($7::timestamptz IS NULL OR a.at < $7 OR (a.at = $7 AND a.id < $8::uuid))
           ORDER BY a.at DESC, a.id DESC LIMIT $9"#,
        filter.within,
        filter.person,
        filter.kind.as_deref(),
        filter.account,
        filter.from.map(ToSqlx::to_sqlx) as _,
        filter.to.map(ToSqlx::to_sqlx) as _,
        before.map(|(at, _)| at.to_sqlx()) as _,
        before.map(|(_, id)| id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// An account that the log speaks of, for the menu.
pub async fn accounts(db: impl PgExecutor<'_>) -> Result<Vec<(Uuid, String)>> {
    let rows = sqlx::query!("SELECT id, name FROM account ORDER BY name, id LIMIT 500").fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
