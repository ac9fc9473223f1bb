//! What the router was asked of past calls.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{domain::access::Scope, error::Result};

pub struct AskedRow {
    pub number: i64,
    /// The facts, as the router wrote them down.
    pub inputs: Value,
    /// Whose promises hold for the call, and whose hours they are counted in.
    pub service_level: Option<Uuid>,
    pub site_calendar: Option<String>,
    pub time_zone: String,
    pub country: String,
}

/// The first question about each call since then, the newest first.
pub async fn asked_since(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<AskedRow>> {
    let rows = sqlx::query_as!(
        AskedRow,
        r#"SELECT call.number, d.inputs, (call.state ->> 'service_level')::uuid AS service_level,
                  site.calendar AS site_calendar, site.time_zone, site.country
           FROM routing_decision d
           JOIN call ON call.customer_id = d.customer_id AND call.id = d.call_id
           JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           WHERE d.at >= $1 AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
             AND NOT EXISTS (SELECT FROM routing_decision e
                             WHERE e.customer_id = d.customer_id AND e.call_id = d.call_id AND e.seq < d.seq)
           ORDER BY d.at DESC, call.number DESC LIMIT $3"#,
        since.to_sqlx() as _,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}
