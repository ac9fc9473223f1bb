//! What the desks see at a glance: queues and how full they are.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

use crate::{domain::access::Scope, error::Result};

#[derive(Debug, Clone)]
pub struct QueueRow {
    pub slug: String,
    pub name: String,
    pub kind: String,
    pub cac_code: Option<String>,
    pub open: i64,
    pub unassigned: i64,
    pub worst: Option<i16>,
    pub next_due_at: Option<jiff_sqlx::Timestamp>,
    pub late: i64,
}

pub async fn queues(db: impl PgExecutor<'_>, scope: &Scope, now: Timestamp) -> Result<Vec<QueueRow>> {
    let queues = sqlx::query_as!(
        QueueRow,
        r#"SELECT queue.slug, queue.name, queue.kind, queue.cac_code, coalesce(work.open, 0) AS "open!",
                  coalesce(work.unassigned, 0) AS "unassigned!", work.worst,
                  work.next_due_at AS "next_due_at?", coalesce(work.late, 0) AS "late!"
           FROM queue
           LEFT JOIN LATERAL (
               SELECT count(*) AS open, count(*) FILTER (WHERE assignee_id IS NULL) AS unassigned,
                      min(severity) AS worst, min(due_at) FILTER (WHERE due_at >= $1) AS next_due_at,
                      count(*) FILTER (WHERE due_at < $1) AS late
               FROM call
               WHERE call.queue = queue.slug AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
                 AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
           ) work ON true
           ORDER BY (queue.kind = 'imported'), queue.cac_code NULLS LAST, queue.kind DESC, queue.name, queue.slug
           LIMIT 2000"#,
        now.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(queues)
}

/// How many calls a queue has to work on, and how many of them are due within the hour or late.
#[derive(Debug, Clone, Default)]
pub struct Load {
    pub open: i64,
    pub due_soon: i64,
    pub late: i64,
}

pub async fn load(db: impl PgExecutor<'_>, scope: &Scope, queue: &str, now: Timestamp) -> Result<Load> {
    let load = sqlx::query_as!(
        Load,
        r#"SELECT count(*) AS "open!",
                  count(*) FILTER (WHERE due_at >= $2 AND due_at < $2::timestamptz + interval '1 hour') AS "due_soon!",
                  count(*) FILTER (WHERE due_at < $2) AS "late!"
           FROM call
           WHERE queue = $1 AND status IN ('new', 'open', 'awaiting_customer', 'on_hold')
             AND in_scope(customer_id, site_id, opened_at, $3)"#,
        queue,
        now.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(load)
}

/// What a customer or partner has with us, in numbers: the first line of their home page.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub open: i64,
    pub critical: i64,
    pub serious: i64,
    pub awaiting_you: i64,
    pub resolved: i64,
}

pub async fn standing(db: impl PgExecutor<'_>, scope: &Scope) -> Result<Standing> {
    let standing = sqlx::query_as!(
        Standing,
        r#"SELECT count(*) FILTER (WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold')) AS "open!",
                  count(*) FILTER (WHERE status <> 'resolved' AND severity = 1) AS "critical!",
                  count(*) FILTER (WHERE status <> 'resolved' AND severity = 2) AS "serious!",
                  count(*) FILTER (WHERE status = 'awaiting_customer') AS "awaiting_you!",
                  count(*) FILTER (WHERE status = 'resolved') AS "resolved!"
           FROM call
           WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold', 'resolved')
             AND in_scope(customer_id, site_id, opened_at, $1)"#,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(standing)
}

pub async fn queue_name(db: impl PgExecutor<'_>, slug: &str) -> Result<String> {
    Ok(sqlx::query_scalar!("SELECT name FROM queue WHERE slug = $1", slug).fetch_one(db).await?)
}
