//! What is being worked on: by a queue, a person, a partner, for a customer, on a system.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::summary::{CallSummary, summaries};
use crate::{domain::access::Scope, error::Result};

/// The last row of the page before, in the order of a queue.
#[derive(Debug, Clone, Copy)]
pub struct QueuePlace {
    pub priority: i16,
    pub severity: i16,
    pub due_at: Option<Timestamp>,
    pub number: i64,
}

/// What a queue has to do, the most urgent first.
pub async fn in_queue(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    queue: &str,
    after: Option<QueuePlace>,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE call.queue = $1 AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
           AND ($3::smallint IS NULL
                OR (call.priority, call.severity, coalesce(call.due_at, 'infinity'), call.number)
                   > ($3, $4::smallint, coalesce($5::timestamptz, 'infinity'), $6))
         ORDER BY call.priority, call.severity, call.due_at, call.number LIMIT $7",
        queue,
        scope.json() as _,
        after.map(|a| a.priority),
        after.map(|a| a.severity),
        after.and_then(|a| a.due_at).map(ToSqlx::to_sqlx) as _,
        after.map(|a| a.number),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

pub async fn assigned_to(db: impl PgExecutor<'_>, scope: &Scope, person: Uuid) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE call.assignee_id = $1 AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
         ORDER BY call.priority, call.severity, call.due_at, call.number LIMIT 200",
        person,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

/// What needs the eye of a partner: what it must accept first, then what it works on.
pub async fn review_of(db: impl PgExecutor<'_>, scope: &Scope, partner: Uuid) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE call.partner_id = $1 AND call.in_review
           AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
         ORDER BY call.accept_by NULLS LAST, call.number LIMIT 200",
        partner,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

/// What others work on for the customers of a partner.
pub async fn open_beside_review(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    partner: Uuid,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           AND NOT (call.in_review AND call.partner_id = $1)
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
         ORDER BY call.severity, call.due_at, call.number LIMIT $3",
        partner,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

/// What a customer has with us: what waits for them, then what is worked on, the worst first.
pub async fn open_of_customer(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE call.customer_id = $1 AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold', 'resolved')
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
         ORDER BY (call.status NOT IN ('awaiting_customer', 'resolved')), call.severity, call.due_at, call.number
         LIMIT $3",
        customer,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

/// What is already being worked on a system: shown to whoever is about to file the same again.
pub async fn open_on_system(db: impl PgExecutor<'_>, scope: &Scope, serial: &str) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "WHERE system.serial = $1 AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
         ORDER BY call.severity, call.opened_at DESC LIMIT 5",
        serial,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}
