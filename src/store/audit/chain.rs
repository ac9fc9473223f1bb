//! The links of the audit log's chain, and the rows that they cover.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::audit::chain::{Hash, Link, Row},
    error::Result,
};

/// The last link: who keeps it elsewhere notices when the end of the log is cut off.
pub async fn head(db: impl PgExecutor<'_>) -> Result<Option<(i64, Vec<u8>)>> {
    let head = sqlx::query!("SELECT pos, hash FROM audit_link ORDER BY pos DESC LIMIT 1").fetch_optional(db).await?;
    Ok(head.map(|head| (head.pos, head.hash)))
}

pub async fn hash_at(db: impl PgExecutor<'_>, pos: i64) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar!("SELECT hash FROM audit_link WHERE pos = $1", pos).fetch_optional(db).await?)
}

struct Found {
    pos: i64,
    hash: Vec<u8>,
    audit_id: Uuid,
    id: Option<Uuid>,
    at: Option<jiff_sqlx::Timestamp>,
    kind: Option<String>,
    actor_id: Option<Uuid>,
    account_id: Option<Uuid>,
    subject_kind: Option<String>,
    subject_id: Option<String>,
    detail: Option<Value>,
    sealed_for: Option<Uuid>,
    sealed: Option<Vec<u8>>,
}

impl Found {
    fn row(self) -> Option<Row> {
        Some(Row {
            id: self.id?,
            at: self.at?.to_jiff(),
            kind: self.kind?,
            actor_id: self.actor_id,
            account_id: self.account_id,
            subject_kind: self.subject_kind?,
            subject_id: self.subject_id?,
            detail: self.detail?,
            sealed_for: self.sealed_for,
            sealed: self.sealed,
        })
    }

    fn link(mut self) -> Link {
        let (pos, hash, id) = (self.pos, std::mem::take(&mut self.hash), self.audit_id);
        Link { pos, hash, id, row: self.row() }
    }
}

/// What is not in the chain yet, in the order in which it goes in.
pub async fn waiting(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<Row>> {
    let rows = sqlx::query_as!(
        Found,
        r#"SELECT 0::bigint AS "pos!", ''::bytea AS "hash!", w.audit_id, a.id AS "id?", a.at AS "at?", a.kind AS "kind?",
                  a.actor_id, a.account_id, a.subject_kind AS "subject_kind?", a.subject_id AS "subject_id?",
                  a.detail AS "detail?", a.sealed_for, a.sealed
           FROM audit_waiting w JOIN audit a ON a.id = w.audit_id
           ORDER BY a.at, a.id LIMIT $1"#,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(Found::row).collect())
}

/// Links rows that waited, in this order, from a position on.
pub async fn append(db: &mut PgConnection, first: i64, links: &[(Uuid, Hash)]) -> Result<()> {
    let ids: Vec<Uuid> = links.iter().map(|(id, _)| *id).collect();
    let hashes: Vec<Vec<u8>> = links.iter().map(|(_, hash)| hash.to_vec()).collect();
    sqlx::query!(
        "WITH linked AS (
             INSERT INTO audit_link (pos, audit_id, hash)
             SELECT $1 + n - 1, id, hash FROM unnest($2::uuid[], $3::bytea[]) WITH ORDINALITY AS l (id, hash, n)
             RETURNING audit_id)
         DELETE FROM audit_waiting USING linked WHERE audit_waiting.audit_id = linked.audit_id",
        first,
        &ids,
        &hashes
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Links with their rows, from after a position on; a row that is gone is none.
pub async fn links_after(db: impl PgExecutor<'_>, pos: i64, limit: i64) -> Result<Vec<Link>> {
    let links = sqlx::query_as!(
        Found,
        r#"SELECT l.pos, l.hash, l.audit_id, a.id AS "id?", a.at AS "at?", a.kind AS "kind?", a.actor_id, a.account_id,
                  a.subject_kind AS "subject_kind?", a.subject_id AS "subject_id?", a.detail AS "detail?",
                  a.sealed_for, a.sealed
           FROM audit_link l LEFT JOIN audit a ON a.id = l.audit_id
           WHERE l.pos > $1 ORDER BY l.pos LIMIT $2"#,
        pos,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(links.into_iter().map(Found::link).collect())
}

/// Rows outside the chain: those that wait for the relay, and those that came another way.
#[derive(Debug, Clone)]
pub struct Unlinked {
    pub rows: i64,
    pub waiting: i64,
    pub waiting_since: Option<Timestamp>,
    pub stray: Option<Uuid>,
}

pub async fn unlinked(db: impl PgExecutor<'_>) -> Result<Unlinked> {
    let found = sqlx::query!(
        r#"SELECT count(*) AS "rows!", count(w.audit_id) AS "waiting!",
                  min(a.at) FILTER (WHERE w.audit_id IS NOT NULL) AS waiting_since,
                  min(a.id::text) FILTER (WHERE w.audit_id IS NULL AND l.audit_id IS NULL)::uuid AS stray
           FROM audit a LEFT JOIN audit_link l ON l.audit_id = a.id LEFT JOIN audit_waiting w ON w.audit_id = a.id"#
    )
    .fetch_one(db)
    .await?;
    let waiting_since = found.waiting_since.map(jiff_sqlx::Timestamp::to_jiff);
    Ok(Unlinked { rows: found.rows, waiting: found.waiting, waiting_since, stray: found.stray })
}
