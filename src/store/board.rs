//! What hangs on the wall: no customers, no titles, no people.

use sqlx::PgExecutor;

use crate::{
    domain::{access::Scope, number::CallNumber},
    error::Result,
};

/// A critical or serious call, as far as everybody in the room may read it.
#[derive(Debug, Clone)]
pub struct UrgentCall {
    pub number: i64,
    pub severity: i16,
    pub queue: String,
    pub site_code: String,
    pub due_at: Option<jiff_sqlx::Timestamp>,
    pub due_kind: Option<String>,
    pub is_taken: bool,
    /// A fault of it comes and goes.
    pub flapping: bool,
}

impl UrgentCall {
    pub fn call_number(&self) -> CallNumber {
        CallNumber::from_serial(self.number)
    }
}

/// The most urgent first.
pub async fn urgent(db: impl PgExecutor<'_>, scope: &Scope, limit: i64) -> Result<Vec<UrgentCall>> {
    let calls = sqlx::query_as!(
        UrgentCall,
        r#"SELECT call.number, call.severity, call.queue, site.site_code, call.due_at, call.due_kind,
                  call.assignee_id IS NOT NULL AS "is_taken!",
                  EXISTS (SELECT FROM fault WHERE fault.customer_id = call.customer_id AND fault.call_id = call.id
                                              AND fault.flapping) AS "flapping!"
           FROM call JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           WHERE call.status IN ('new', 'open', 'awaiting_customer', 'on_hold') AND call.severity <= 2
             AND in_scope(call.customer_id, call.site_id, call.opened_at, $1)
           ORDER BY call.severity, call.due_at NULLS LAST, call.number LIMIT $2"#,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}
