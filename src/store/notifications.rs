//! What each person has been told in the portal.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use super::outbox::Told;
use crate::{domain::access::Scope, error::Result};

#[derive(Debug, Clone)]
pub struct Notice {
    pub pos: i64,
    pub kind: String,
    pub at: jiff_sqlx::Timestamp,
    pub seen: bool,
    pub number: i64,
    pub title: String,
    pub severity: i16,
    pub party: String,
    pub actor_name: Option<String>,
    pub body: Option<String>,
    /// Where it is about a boundary: to which queue, from whom, how many calls, and the first promise.
    pub boundary: Option<Json<Boundary>>,
}

/// Everything that came to one queue at one boundary.
#[derive(Debug, Clone, Deserialize)]
pub struct Boundary {
    pub queue: String,
    pub from: Vec<String>,
    pub calls: i64,
    pub waiting: i64,
    pub first_due: Option<Timestamp>,
}

/// Telling somebody twice of the same thing changes nothing.
pub async fn insert(db: &mut PgConnection, people: &[Uuid], told: &Told) -> Result<()> {
    sqlx::query!(
        "INSERT INTO notification (person_id, pos, customer_id, call_id, seq, kind, at)
         SELECT person_id, $2, $3, $4, $5, $6, $7 FROM unnest($1::uuid[]) AS t (person_id)
         ON CONFLICT DO NOTHING",
        people,
        told.pos,
        told.customer_id,
        told.call_id,
        told.seq,
        told.kind,
        told.at as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What nobody has read of a call need not be read any more.
pub async fn withdraw(db: &mut PgConnection, customer: Uuid, call: Uuid) -> Result<()> {
    sqlx::query!(
        "DELETE FROM notification WHERE customer_id = $1 AND call_id = $2 AND seen_at IS NULL",
        customer,
        call
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The last things that a person was told, trimmed to what that person may still see.
pub async fn of_person(db: impl PgExecutor<'_>, scope: &Scope, person: Uuid) -> Result<Vec<Notice>> {
    let notices = sqlx::query_as!(
        Notice,
        r#"SELECT n.pos, n.kind, n.at, (n.seen_at IS NOT NULL) AS "seen!", call.number, call.title, call.severity,
                  h.party, actor.display_name AS "actor_name?", h.body,
                  boundary.told AS "boundary: Json<Boundary>"
           FROM notification n
           JOIN call ON call.customer_id = n.customer_id AND call.id = n.call_id
           JOIN history h ON h.customer_id = n.customer_id AND h.call_id = n.call_id AND h.seq = n.seq
           LEFT JOIN person actor ON actor.id = h.actor_id
           LEFT JOIN LATERAL (
               SELECT jsonb_build_object(
                          'queue', queue.name, 'calls', count(*),
                          'from', array_agg(DISTINCT coalesce(o.from_cac, 'the duty manager')),
                          'waiting', count(*) FILTER (WHERE o.accepted_at IS NULL AND o.over_at IS NULL),
                          'first_due', min(moved.due_at)) AS told
               FROM handover h1
               JOIN handover o ON o.to_queue = h1.to_queue AND o.boundary_at = h1.boundary_at
               JOIN call moved ON moved.customer_id = o.customer_id AND moved.id = o.call_id
               JOIN queue ON queue.slug = h1.to_queue
               WHERE n.kind IN ('handed_over', 'not_accepted') AND h1.customer_id = n.customer_id
                 AND h1.call_id = n.call_id AND h1.seq = n.seq AND $3
                 AND in_scope(moved.customer_id, moved.site_id, moved.opened_at, $2)
               GROUP BY queue.name
           ) boundary ON true
           WHERE n.person_id = $1 AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
             AND (h.audience = 'all' OR $3) AND (h.kind <> 'remote_access' OR $4)
           ORDER BY n.pos DESC LIMIT 100"#,
        person,
        scope.json() as _,
        scope.internal(),
        scope.remote()
    )
    .fetch_all(db)
    .await?;
    Ok(notices)
}

pub async fn mark_seen(db: &mut PgConnection, person: Uuid, up_to: i64, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE notification SET seen_at = $3 WHERE person_id = $1 AND pos <= $2 AND seen_at IS NULL",
        person,
        up_to,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}
