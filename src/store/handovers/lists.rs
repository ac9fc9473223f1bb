//! What staff read of handovers.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{access::Scope, handover::Packet},
    error::Result,
};

/// A handover with the call it is about.
#[derive(Debug, Clone)]
pub struct Handover {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub call_id: Uuid,
    pub seq: i32,
    pub from_cac: Option<String>,
    pub to_cac: Option<String>,
    pub to_queue: String,
    pub boundary_at: jiff_sqlx::Timestamp,
    pub handed_at: jiff_sqlx::Timestamp,
    pub packet: Json<Packet>,
    pub accept_by: Option<jiff_sqlx::Timestamp>,
    pub accepted_at: Option<jiff_sqlx::Timestamp>,
    pub accepted_by: Option<String>,
    pub escalated_at: Option<jiff_sqlx::Timestamp>,
    pub waits: bool,
    pub had_it: Option<String>,
    pub next_step: Option<String>,
    pub number: i64,
    pub title: String,
    pub severity: i16,
    pub customer_name: String,
    pub site_name: String,
    pub time_zone: String,
}

/// What waits, the most urgent first, and after it what was handed over since then, the newest first.
pub async fn list(db: impl PgExecutor<'_>, scope: &Scope, since: Timestamp, limit: i64) -> Result<Vec<Handover>> {
    let rows = sqlx::query_as!(
        Handover,
        r#"WITH listed AS (
               (SELECT customer_id, id, true AS open FROM handover
                WHERE accepted_at IS NULL AND over_at IS NULL ORDER BY accept_by LIMIT $4)
               UNION ALL
               (SELECT customer_id, id, false FROM handover
                WHERE handed_at >= $3 AND (accepted_at IS NOT NULL OR over_at IS NOT NULL)
                ORDER BY handed_at DESC LIMIT $4)
           )
           SELECT h.customer_id, h.id, h.call_id, h.seq, h.from_cac, h.to_cac, h.to_queue, h.boundary_at, h.handed_at,
                  h.packet AS "packet: Json<Packet>", h.accept_by, h.accepted_at,
                  acceptor.display_name AS "accepted_by?", h.escalated_at,
                  (listed.open AND call.queue = h.to_queue
                   AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')) AS "waits!",
                  leaver.display_name AS "had_it?", step.body AS "next_step?",
                  call.number, call.title, call.severity, account.name AS customer_name, site.name AS site_name,
                  site.time_zone
           FROM listed
           JOIN handover h ON h.customer_id = listed.customer_id AND h.id = listed.id
           JOIN call ON call.customer_id = h.customer_id AND call.id = h.call_id
           JOIN account ON account.id = call.customer_id
           JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           LEFT JOIN person acceptor ON acceptor.id = h.accepted_by
           LEFT JOIN person leaver ON leaver.id = (h.packet ->> 'assignee')::uuid
           LEFT JOIN history step ON step.customer_id = h.customer_id AND step.call_id = h.call_id
                                 AND step.seq = (h.packet ->> 'next_step')::integer
           WHERE in_scope(call.customer_id, call.site_id, call.opened_at, $1) AND $2
           ORDER BY listed.open DESC, CASE WHEN listed.open THEN call.severity END, h.handed_at DESC, call.due_at,
                    call.number
           LIMIT $4"#,
        scope.json() as _,
        scope.internal(),
        since.to_sqlx() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// How many calls changed hands after an instant.
pub async fn count_since(db: impl PgExecutor<'_>, scope: &Scope, after: Timestamp) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM handover h
           JOIN call ON call.customer_id = h.customer_id AND call.id = h.call_id
           WHERE h.handed_at > $1 AND in_scope(call.customer_id, call.site_id, call.opened_at, $2) AND $3"#,
        after.to_sqlx() as _,
        scope.json() as _,
        scope.internal()
    );
    Ok(count.fetch_one(db).await?)
}

/// To which center a line of history handed its call; none is the duty manager.
pub async fn receiver(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, call, seq): (Uuid, Uuid, i32),
) -> Result<Option<String>> {
    let cac = sqlx::query_scalar!(
        "SELECT h.to_cac FROM handover h
         JOIN call ON call.customer_id = h.customer_id AND call.id = h.call_id
         WHERE h.customer_id = $1 AND h.call_id = $2 AND h.seq = $3
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $4)",
        customer,
        call,
        seq,
        scope.json() as _
    );
    Ok(cac.fetch_optional(db).await?.flatten())
}

/// A line of history as a packet shows it.
#[derive(Debug, Clone)]
pub struct LastLine {
    pub handover: Uuid,
    pub kind: String,
    pub party: String,
    pub actor_name: Option<String>,
    pub body: Option<String>,
    pub occurred_at: jiff_sqlx::Timestamp,
}

/// The last lines of people before each of these handovers, the newest first.
pub async fn last_lines(db: impl PgExecutor<'_>, scope: &Scope, handovers: &[Uuid]) -> Result<Vec<LastLine>> {
    let lines = sqlx::query_as!(
        LastLine,
        r#"SELECT h.id AS handover, line.kind, line.party, line.actor_name AS "actor_name?", line.body,
                  line.occurred_at
           FROM handover h
           JOIN call ON call.customer_id = h.customer_id AND call.id = h.call_id
           CROSS JOIN LATERAL (
               SELECT l.seq, l.kind, l.party, l.body, l.occurred_at, person.display_name AS actor_name
               FROM history l LEFT JOIN person ON person.id = l.actor_id
               WHERE l.customer_id = h.customer_id AND l.call_id = h.call_id AND l.seq < h.seq
                 AND l.kind NOT IN ('fold_alarm', 'route', 'imported_change')
               ORDER BY l.seq DESC LIMIT 3
           ) line
           WHERE h.id = ANY ($1) AND in_scope(call.customer_id, call.site_id, call.opened_at, $2) AND $3
           ORDER BY h.id, line.seq DESC LIMIT 2000"#,
        handovers,
        scope.json() as _,
        scope.internal()
    )
    .fetch_all(db)
    .await?;
    Ok(lines)
}

/// An urgent call as far as the sun is concerned.
#[derive(Debug, Clone)]
pub struct Urgent {
    pub number: i64,
    pub title: String,
    pub severity: i16,
    pub queue: String,
    pub subject: Option<String>,
    pub region: String,
    pub queue_since: Option<String>,
    pub opened_at: jiff_sqlx::Timestamp,
    pub due_at: Option<jiff_sqlx::Timestamp>,
    pub due_kind: Option<String>,
    pub customer_name: String,
    pub site_name: String,
    pub assignee_name: Option<String>,
    pub next_step: Option<String>,
}

/// Every urgent call in queues that follow the sun, the most urgent first.
pub async fn urgent(db: impl PgExecutor<'_>, scope: &Scope, queues: &[String], limit: i64) -> Result<Vec<Urgent>> {
    let calls = sqlx::query_as!(
        Urgent,
        r#"SELECT call.number, call.title, call.severity, call.queue, call.state ->> 'subject' AS subject, site.region,
                  call.state ->> 'queue_since' AS queue_since, call.opened_at, call.due_at, call.due_kind,
                  account.name AS customer_name, site.name AS site_name, person.display_name AS "assignee_name?",
                  step.body AS "next_step?"
           FROM call
           JOIN account ON account.id = call.customer_id
           JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           LEFT JOIN person ON person.id = call.assignee_id
           LEFT JOIN history step ON step.customer_id = call.customer_id AND step.call_id = call.id
                                 AND step.seq = (call.state ->> 'next_step')::integer
           WHERE call.queue = ANY ($1) AND call.severity <= 2
             AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
             AND in_scope(call.customer_id, call.site_id, call.opened_at, $2) AND $3
           ORDER BY call.severity, call.due_at, call.number LIMIT $4"#,
        queues,
        scope.json() as _,
        scope.internal(),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}
