use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::summary::{CallSummary, like, summaries};
use crate::{
    domain::{access::Scope, number::CallNumber},
    error::Result,
};

/// What a list may be narrowed to; nothing narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub statuses: Option<Vec<String>>,
    pub severity: Option<i16>,
    pub queue: Option<String>,
    pub serial: Option<String>,
    pub site_code: Option<String>,
    pub text: Option<String>,
}

/// The last row of the page before: the next page begins after it.
#[derive(Debug, Clone, Copy)]
pub struct Cursor {
    pub opened_at: Timestamp,
    pub id: Uuid,
}

/// Calls, the newest first, page by page.
pub async fn list(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE in_scope(call.customer_id, call.site_id, call.opened_at, $1)
           AND ($2::text[] IS NULL OR call.status = ANY ($2))
           AND ($3::smallint IS NULL OR call.severity = $3)
           AND ($4::text IS NULL OR call.queue = $4)
           AND ($5::text IS NULL OR system.serial = $5)
           AND ($6::text IS NULL OR site.site_code = $6)
           AND ($7::text IS NULL OR call.title ILIKE '%' || $7 || '%')
           AND ($8::timestamptz IS NULL OR (call.opened_at, call.id) < ($8, $9))
         ORDER BY call.opened_at DESC, call.id DESC LIMIT $10",
        scope.json() as _,
        filter.statuses.as_deref(),
        filter.severity,
        filter.queue.as_deref(),
        filter.serial.as_deref(),
        filter.site_code.as_deref(),
        filter.text.as_deref().map(like),
        after.map(|c| c.opened_at.to_sqlx()) as _,
        after.map(|c| c.id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

/// The incident history of one system, the newest first.
pub async fn of_system(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    system: Uuid,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE call.customer_id = $1 AND call.system_id = $2
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
           AND ($4::timestamptz IS NULL OR (call.opened_at, call.id) < ($4, $5))
         ORDER BY call.opened_at DESC, call.id DESC LIMIT $6",
        customer,
        system,
        scope.json() as _,
        after.map(|c| c.opened_at.to_sqlx()) as _,
        after.map(|c| c.id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

pub async fn of_site(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    site: Uuid,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE call.customer_id = $1 AND call.site_id = $2
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
         ORDER BY call.opened_at DESC, call.id DESC LIMIT $4",
        customer,
        site,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

pub async fn one(db: impl PgExecutor<'_>, scope: &Scope, number: CallNumber) -> Result<Option<CallSummary>> {
    let call = summaries!(
        "WHERE call.number = $1 AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)",
        number.serial(),
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(call)
}

/// A stretch in which a critical or serious call of a system was open and service not yet back.
#[derive(Debug, Clone)]
pub struct Grave {
    pub number: i64,
    pub severity: i16,
    pub began_at: jiff_sqlx::Timestamp,
    pub over_at: Option<jiff_sqlx::Timestamp>,
}

/// Such stretches after `since`, the critical ones first: a call that came back has more than one.
pub async fn grave_of_system(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    system: Uuid,
    since: Timestamp,
) -> Result<Vec<Grave>> {
    let stretches = sqlx::query_as!(
        Grave,
        r#"WITH lines AS (
               SELECT call.number, call.severity, (call.state ->> 'restored_at')::timestamptz AS restored_at, h.seq,
                      h.occurred_at, h.status IN ('new', 'open', 'awaiting_customer', 'on_hold') AS worked
               FROM call JOIN history h ON h.customer_id = call.customer_id AND h.call_id = call.id
               WHERE call.customer_id = $1 AND call.system_id = $2 AND call.severity <= 2
                 AND call.status <> 'cancelled' AND (call.ended_at IS NULL OR call.ended_at > $4)
                 AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
           ), turns AS (
               SELECT *, lag(worked) OVER (PARTITION BY number ORDER BY seq) IS DISTINCT FROM worked AS turned FROM lines
           ), stretches AS (
               SELECT *, lead(occurred_at) OVER (PARTITION BY number ORDER BY seq) AS next_at FROM turns WHERE turned
           ), open AS (
               SELECT number, severity, occurred_at AS began_at,
                      CASE WHEN restored_at >= occurred_at THEN least(restored_at, next_at) ELSE next_at END AS over_at
               FROM stretches WHERE worked
           )
           SELECT number, severity, began_at, over_at FROM open
           WHERE over_at IS NULL OR over_at > $4
           ORDER BY severity, began_at DESC, number LIMIT 1000"#,
        customer,
        system,
        scope.json() as _,
        since.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(stretches)
}

pub async fn count_of_system(db: impl PgExecutor<'_>, scope: &Scope, customer: Uuid, system: Uuid) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM call
           WHERE customer_id = $1 AND system_id = $2 AND in_scope(customer_id, site_id, opened_at, $3)"#,
        customer,
        system,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(count)
}
