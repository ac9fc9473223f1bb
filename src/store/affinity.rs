//! Who has to do with a system already: the call that is open on it, and the engineer who had the last one.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use serde_json::json;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{access::Scope, call::Call},
    error::Result,
};

#[derive(Debug, Clone, Default)]
pub struct Affinity {
    pub open_number: Option<i64>,
    pub open_queue: Option<String>,
    pub engineer_id: Option<Uuid>,
    pub engineer_cac: Option<String>,
}

/// A system, and what a new call on it is about.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Asked<'a> {
    pub customer_id: Uuid,
    pub system_id: Uuid,
    pub subject: Option<&'a str>,
    /// The call that itself does not count.
    pub call_id: Uuid,
}

/// What the router should know of the system of this call.
pub async fn of_system(db: impl PgExecutor<'_>, scope: &Scope, call: &Call, since: Timestamp) -> Result<Affinity> {
    let Some(system_id) = call.system_id else { return Ok(Affinity::default()) };
    let subject = call.course.subject.as_deref();
    let asked = Asked { customer_id: call.customer_id, system_id, subject, call_id: call.id };
    Ok(of_systems(db, scope, &[asked], since).await?.pop().unwrap_or_default())
}

/// The same for many, in their order.
pub async fn of_systems(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    asked: &[Asked<'_>],
    since: Timestamp,
) -> Result<Vec<Affinity>> {
    let affinities = sqlx::query_as!(
        Affinity,
        r#"SELECT same.number AS "open_number?", same.queue AS "open_queue?",
                  last.assignee_id AS "engineer_id?", last.cac_code AS "engineer_cac?"
           FROM ROWS FROM (jsonb_to_recordset($1) AS (customer_id uuid, system_id uuid, subject text, call_id uuid))
                WITH ORDINALITY AS asked (customer_id, system_id, subject, call_id, n)
           LEFT JOIN LATERAL (
               SELECT c.number, c.queue FROM call c
               WHERE c.customer_id = asked.customer_id AND c.system_id = asked.system_id AND c.id <> asked.call_id
                 AND NOT c.in_review AND c.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
                 AND c.state ->> 'subject' IS NOT DISTINCT FROM asked.subject
                 AND in_scope(c.customer_id, c.site_id, c.opened_at, $3)
               ORDER BY c.opened_at DESC, c.id LIMIT 1
           ) same ON true
           LEFT JOIN LATERAL (
               SELECT c.assignee_id, m.cac_code FROM call c
               JOIN person p ON p.id = c.assignee_id AND p.disabled_at IS NULL
               JOIN membership m ON m.person_id = p.id AND m.ended_at IS NULL AND m.cac_code IS NOT NULL
               WHERE c.customer_id = asked.customer_id AND c.system_id = asked.system_id AND c.id <> asked.call_id
                 AND c.opened_at >= $2 AND in_scope(c.customer_id, c.site_id, c.opened_at, $3)
               ORDER BY c.opened_at DESC, c.id, m.id LIMIT 1
           ) last ON true
           ORDER BY asked.n"#,
        json!(asked),
        since.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(affinities)
}
