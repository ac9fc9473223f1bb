//! What one center gives to the next: what must move, what waits to be accepted, who is told.

mod lists;

pub use lists::{Handover, LastLine, Urgent, count_since, last_lines, list, receiver, urgent};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        call::{Call, Course},
        handover::{Packet, Shift},
    },
    error::Result,
};

/// An urgent call where none may lie, with what the router asks of it.
#[derive(Debug, Clone)]
pub struct Forsaken {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub queue: String,
    pub region: String,
    pub opened_at: jiff_sqlx::Timestamp,
    pub state: Json<Course>,
}

/// Urgent calls in queues where none may lie, without those that were looked at already.
pub async fn forsaken(db: impl PgExecutor<'_>, queues: &[String], seen: &[Uuid]) -> Result<Vec<Forsaken>> {
    let calls = sqlx::query_as!(
        Forsaken,
        r#"SELECT call.customer_id, call.id, call.queue, site.region, call.opened_at,
                  call.state AS "state: Json<Course>"
           FROM call JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           WHERE call.queue = ANY ($1) AND call.severity <= 2
             AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold') AND call.id <> ALL ($2)
           ORDER BY call.severity, call.due_at, call.number LIMIT 100"#,
        queues,
        seen
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}

/// Calls in queues that are there no more, without those that were looked at already: other rules were published
/// while they were filed. The index is asked for each queue once, so that it costs nothing to ask every second.
pub async fn lost(db: impl PgExecutor<'_>, seen: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let calls = sqlx::query!(
        r#"WITH RECURSIVE used AS (
               (SELECT queue FROM call WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold')
                ORDER BY queue LIMIT 1)
               UNION ALL
               SELECT (SELECT call.queue FROM call
                       WHERE call.queue > used.queue AND status IN ('new', 'open', 'awaiting_customer', 'on_hold')
                       ORDER BY call.queue LIMIT 1)
               FROM used WHERE used.queue IS NOT NULL
           )
           SELECT call.customer_id, call.id FROM used
           JOIN call ON call.queue = used.queue AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           WHERE NOT EXISTS (SELECT FROM queue WHERE queue.slug = used.queue) AND call.id <> ALL ($1)
           ORDER BY call.severity, call.due_at, call.number LIMIT 100"#,
        seen
    )
    .fetch_all(db)
    .await?;
    Ok(calls.into_iter().map(|row| (row.customer_id, row.id)).collect())
}

/// Whether this transaction is the one that moves the call; another node that has it does it.
pub async fn claim(db: &mut PgConnection, customer: Uuid, call: Uuid) -> Result<bool> {
    let claimed = sqlx::query_scalar!(
        "SELECT id FROM call WHERE customer_id = $1 AND id = $2 FOR UPDATE SKIP LOCKED",
        customer,
        call
    );
    Ok(claimed.fetch_optional(db).await?.is_some())
}

/// How long a center may take to accept what it is given.
pub async fn accept_minutes(db: impl PgExecutor<'_>, cac: &str) -> Result<i64> {
    let minutes = sqlx::query_scalar!("SELECT accept_minutes FROM cac WHERE code = $1", cac).fetch_optional(db).await?;
    Ok(minutes.map_or(15, i64::from))
}

/// A call that the last line of its history gave to another center.
pub async fn insert(db: &mut PgConnection, call: &Call, shift: &Shift, packet: &Packet) -> Result<()> {
    sqlx::query!(
        "INSERT INTO handover (customer_id, id, site_id, call_id, seq, from_cac, to_cac, to_queue, boundary_at,
                               handed_at, packet, accept_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        call.customer_id,
        Uuid::now_v7(),
        call.site_id,
        call.id,
        call.version,
        shift.from,
        shift.to,
        call.queue,
        shift.boundary_at.to_sqlx() as _,
        call.updated_at.to_sqlx() as _,
        json!(packet),
        shift.accept_by.map(ToSqlx::to_sqlx) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What waited on this call waits no more: somebody has accepted it, or it went elsewhere.
pub async fn settle(
    db: &mut PgConnection,
    (customer, call): (Uuid, Uuid),
    by: Option<Uuid>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE handover
         SET accepted_by = $3, accepted_at = CASE WHEN $3::uuid IS NULL THEN NULL ELSE $4::timestamptz END,
             over_at = CASE WHEN $3::uuid IS NULL THEN $4::timestamptz END
         WHERE customer_id = $1 AND call_id = $2 AND accepted_at IS NULL AND over_at IS NULL",
        customer,
        call,
        by,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What must be told of once: the most urgent call of those that came to one queue at one boundary.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub call_id: Uuid,
    pub seq: i32,
    pub to_queue: String,
    pub boundary_at: jiff_sqlx::Timestamp,
    pub opened_at: jiff_sqlx::Timestamp,
}

/// What was handed over and nobody has been told of yet; from here on somebody has.
pub async fn take_untold(db: &mut PgConnection, now: Timestamp) -> Result<Vec<Arrival>> {
    let arrivals = sqlx::query_as!(
        Arrival,
        r#"WITH untold AS (
               SELECT customer_id, id FROM handover WHERE told_at IS NULL ORDER BY handed_at LIMIT 1000
               FOR UPDATE SKIP LOCKED
           ), told AS (
               UPDATE handover SET told_at = $1 FROM untold
               WHERE handover.customer_id = untold.customer_id AND handover.id = untold.id
               RETURNING handover.*
           )
           SELECT DISTINCT ON (told.to_queue, told.boundary_at) told.customer_id AS "customer_id!",
                  told.site_id AS "site_id!", told.call_id AS "call_id!", told.seq AS "seq!",
                  told.to_queue AS "to_queue!", told.boundary_at AS "boundary_at!", call.opened_at
           FROM told JOIN call ON call.customer_id = told.customer_id AND call.id = told.call_id
           ORDER BY told.to_queue, told.boundary_at, call.severity, call.due_at, call.number"#,
        now.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(arrivals)
}

/// What a center should have accepted by now; each is answered once. What has gone elsewhere meanwhile is over.
pub async fn take_overdue(db: &mut PgConnection, now: Timestamp) -> Result<Vec<Arrival>> {
    let arrivals = sqlx::query_as!(
        Arrival,
        r#"WITH overdue AS (
               SELECT customer_id, id FROM handover
               WHERE accepted_at IS NULL AND over_at IS NULL AND accept_by <= $1 AND escalated_at IS NULL
               ORDER BY accept_by LIMIT 1000 FOR UPDATE SKIP LOCKED
           ), judged AS (
               UPDATE handover
               SET escalated_at = CASE WHEN call.queue = to_queue AND stands.worked THEN $1::timestamptz END,
                   over_at = CASE WHEN call.queue = to_queue AND stands.worked THEN NULL ELSE $1::timestamptz END
               FROM overdue, call, LATERAL (
                   SELECT call.status IN ('new', 'open', 'awaiting_customer', 'on_hold') AS worked) stands
               WHERE handover.customer_id = overdue.customer_id AND handover.id = overdue.id
                 AND call.customer_id = handover.customer_id AND call.id = handover.call_id
               RETURNING handover.*, call.severity, call.due_at, call.number, call.opened_at
           )
           SELECT DISTINCT ON (to_queue, boundary_at) customer_id AS "customer_id!", site_id AS "site_id!",
                  call_id AS "call_id!", seq AS "seq!", to_queue AS "to_queue!", boundary_at AS "boundary_at!",
                  opened_at AS "opened_at!"
           FROM judged WHERE escalated_at IS NOT NULL
           ORDER BY to_queue, boundary_at, severity, due_at, number"#,
        now.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(arrivals)
}

/// The kinds of outbox rows that tell people of handovers.
pub const HANDED_OVER: &str = "handed_over";
pub const NOT_ACCEPTED: &str = "not_accepted";

/// Tells of it, if that queue has not been told of that boundary yet.
pub async fn announce(db: &mut PgConnection, arrival: &Arrival, kind: &str, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "WITH first AS (
             INSERT INTO handover_notice (to_queue, boundary_at, kind, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING RETURNING kind
         )
         INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
         SELECT $5, $6, $7, $8, $9, kind, 'staff', ARRAY['handovers'], $4, $10 FROM first",
        arrival.to_queue,
        arrival.boundary_at as _,
        kind,
        now.to_sqlx() as _,
        Uuid::now_v7(),
        arrival.customer_id,
        arrival.site_id,
        arrival.call_id,
        arrival.seq,
        arrival.opened_at as _
    )
    .execute(db)
    .await?;
    Ok(())
}
