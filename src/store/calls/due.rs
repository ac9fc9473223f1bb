//! Calls whose time has come: what the sweeps ask for, and what they leave where there is nothing to tell.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::write::Pressure;
use crate::{
    domain::{call::Call, priority},
    error::Result,
};

/// Calls whose partner has let the accept-by time pass, without those that were looked at already.
pub async fn open_review_deadlines(
    db: impl PgExecutor<'_>,
    now: Timestamp,
    seen: &[Uuid],
) -> Result<Vec<(Uuid, Uuid)>> {
    let due = sqlx::query!(
        "SELECT customer_id, id FROM call
         WHERE in_review AND accept_by <= $1 AND status = 'open' AND id <> ALL ($2) ORDER BY accept_by LIMIT 100",
        now.to_sqlx() as _,
        seen
    )
    .fetch_all(db)
    .await?;
    Ok(due.into_iter().map(|row| (row.customer_id, row.id)).collect())
}

/// Calls on which nobody outside has heard or said anything since then: to remind, or to close.
///
/// `reminded_by` asks for those who were reminded by then; without it for those who were not yet.
pub async fn silent_since(
    db: impl PgExecutor<'_>,
    since: Timestamp,
    reminded_by: Option<Timestamp>,
    seen: &[Uuid],
) -> Result<Vec<(Uuid, Uuid)>> {
    let silent = sqlx::query!(
        "SELECT customer_id, id FROM call
         WHERE status IN ('awaiting_customer', 'resolved') AND origin <> 'import' AND severity > 1
           AND last_customer_word_at <= $1 AND id <> ALL ($3)
           AND CASE WHEN $2::timestamptz IS NULL THEN reminded_at IS NULL ELSE reminded_at <= $2 END
         ORDER BY last_customer_word_at LIMIT 100",
        since.to_sqlx() as _,
        reminded_by.map(ToSqlx::to_sqlx) as _,
        seen
    )
    .fetch_all(db)
    .await?;
    Ok(silent.into_iter().map(|row| (row.customer_id, row.id)).collect())
}

/// Calls of which a clock has turned for the worse since it was last looked at, the longest ago first.
pub async fn watched_before(
    db: impl PgExecutor<'_>,
    now: Timestamp,
    but: &[Uuid],
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>> {
    let watched = sqlx::query!(
        "SELECT customer_id, id FROM call WHERE watch_at < $1 AND id <> ALL($2) ORDER BY watch_at LIMIT $3",
        now.to_sqlx() as _,
        but,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(watched.into_iter().map(|row| (row.customer_id, row.id)).collect())
}

/// Calls whose promises were counted by hours that have changed since.
pub async fn counted_before(
    db: impl PgExecutor<'_>,
    hours: i64,
    but: &[Uuid],
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>> {
    let counted = sqlx::query!(
        "SELECT customer_id, id FROM call
         WHERE hours_version < $1 AND id <> ALL($2)
           AND status IN ('new', 'open', 'awaiting_customer', 'on_hold') AND origin <> 'import'
         ORDER BY hours_version LIMIT $3",
        hours,
        but,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(counted.into_iter().map(|row| (row.customer_id, row.id)).collect())
}

/// Takes one of them for this transaction, unless another node has it or has been quicker.
pub async fn take_watched(db: &mut PgConnection, customer: Uuid, id: Uuid, now: Timestamp, hours: i64) -> Result<bool> {
    let taken = sqlx::query_scalar!(
        "SELECT id FROM call
         WHERE customer_id = $1 AND id = $2 AND (watch_at < $3 OR hours_version < $4)
           AND status IN ('new', 'open', 'awaiting_customer', 'on_hold')
         FOR UPDATE SKIP LOCKED",
        customer,
        id,
        now.to_sqlx() as _,
        hours
    )
    .fetch_optional(db)
    .await?;
    Ok(taken.is_some())
}

/// A clock was looked at and there was nothing to tell: when to look again, and what presses now.
pub async fn set_pressure(db: &mut PgConnection, call: &Call, pressure: &Pressure, hours: i64) -> Result<()> {
    sqlx::query!(
        "UPDATE call SET watch_at = $3, urgency = $4, pressing = $5, hours_version = $6, priority = work_priority($4, (
             SELECT redundancy FROM system WHERE system.customer_id = $1 AND system.id = call.system_id))
         WHERE customer_id = $1 AND id = $2",
        call.customer_id,
        call.id,
        pressure.watch_at.map(ToSqlx::to_sqlx) as _,
        priority::urgency(call.severity, &pressure.pressing),
        &pressure.names(),
        hours
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The system has lost something, or has it back: what is worked on it moves in its queues.
pub async fn rerank_of_systems(db: &mut PgConnection, customers: &[Uuid], systems: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "UPDATE call SET priority = work_priority(call.urgency, system.redundancy)
         FROM system
         WHERE (system.customer_id, system.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
           AND call.customer_id = system.customer_id AND call.system_id = system.id
           AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           AND call.priority <> work_priority(call.urgency, system.redundancy)",
        customers,
        systems
    )
    .execute(db)
    .await?;
    Ok(())
}
