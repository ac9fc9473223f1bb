//! Who has to do with a system already: the call that is open on it, and the engineer who had the last one.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
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

/// What the router should know of the system of this call, which itself does not count.
pub async fn of_system(db: impl PgExecutor<'_>, scope: &Scope, call: &Call, since: Timestamp) -> Result<Affinity> {
    let affinity = sqlx::query_as!(
        Affinity,
        r#"SELECT same.number AS "open_number?", same.queue AS "open_queue?",
                  last.assignee_id AS "engineer_id?", last.cac_code AS "engineer_cac?"
           FROM (SELECT 1) AS one
           LEFT JOIN LATERAL (
               SELECT c.number, c.queue FROM call c
               WHERE c.customer_id = $1 AND c.system_id = $2 AND c.id <> $3 AND NOT c.in_review
                 AND c.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
                 AND c.state ->> 'subject' IS NOT DISTINCT FROM $4
                 AND in_scope(c.customer_id, c.site_id, c.opened_at, $6)
               ORDER BY c.opened_at DESC, c.id LIMIT 1
           ) same ON true
           LEFT JOIN LATERAL (
               SELECT c.assignee_id, m.cac_code FROM call c
               JOIN person p ON p.id = c.assignee_id AND p.disabled_at IS NULL
               JOIN membership m ON m.person_id = p.id AND m.ended_at IS NULL AND m.cac_code IS NOT NULL
               WHERE c.customer_id = $1 AND c.system_id = $2 AND c.id <> $3 AND c.opened_at >= $5
                 AND in_scope(c.customer_id, c.site_id, c.opened_at, $6)
               ORDER BY c.opened_at DESC, c.id, m.id LIMIT 1
           ) last ON true"#,
        call.customer_id,
        call.system_id,
        call.id,
        call.course.subject,
        since.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(affinity)
}
