//! What was last heard of the ways home, of systems and of what speaks for whole sites.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{domain::access::Scope, error::Result};

/// As rows of JSON by the names of the columns. What is not said stays as it was, and an older word of an agent, which
/// may have lain in its spool, replaces no newer one.
pub async fn hear(db: &mut PgConnection, rows: &Value) -> Result<()> {
    sqlx::query!(
        "INSERT INTO way_home AS known SELECT * FROM jsonb_populate_recordset(NULL::way_home, $1)
         ON CONFLICT (customer_id, id) DO UPDATE
         SET heard_at = greatest(known.heard_at, excluded.heard_at),
             tested_at = greatest(known.tested_at, excluded.tested_at),
             (reported_at, spool_depth, oldest_s, dropped, clock_offset_s, version)
             = (SELECT said.reported_at, said.spool_depth, said.oldest_s, said.dropped, said.clock_offset_s, said.version
                FROM (VALUES (known.reported_at, known.spool_depth, known.oldest_s, known.dropped,
                              known.clock_offset_s, known.version),
                             (excluded.reported_at, excluded.spool_depth, excluded.oldest_s, excluded.dropped,
                              excluded.clock_offset_s, excluded.version))
                     AS said (reported_at, spool_depth, oldest_s, dropped, clock_offset_s, version)
                ORDER BY said.reported_at DESC NULLS LAST LIMIT 1)",
        rows
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Debug, Clone)]
pub struct PathRow {
    /// None of what speaks for the whole site.
    pub system_id: Option<Uuid>,
    pub heard_at: jiff_sqlx::Timestamp,
    pub tested_at: Option<jiff_sqlx::Timestamp>,
    pub reported_at: Option<jiff_sqlx::Timestamp>,
    pub spool_depth: Option<i64>,
    pub oldest_s: Option<i64>,
    pub dropped: Option<i64>,
    pub clock_offset_s: Option<i64>,
    pub version: Option<String>,
}

/// Of a system, where one is named, and of its site; the system first.
pub async fn of_place(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    site: Uuid,
    system: Option<Uuid>,
) -> Result<Vec<PathRow>> {
    let rows = sqlx::query_as!(
        PathRow,
        "SELECT system_id, heard_at, tested_at, reported_at, spool_depth, oldest_s, dropped, clock_offset_s, version
         FROM way_home
         WHERE customer_id = $1 AND id IN ($2, $3) AND in_scope(customer_id, site_id, 'infinity', $4)
         ORDER BY system_id NULLS LAST LIMIT 2",
        customer,
        site,
        system,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}
