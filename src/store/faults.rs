//! What is wrong right now, one row for each fault, and the call that has it.

mod of_calls;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

pub use self::of_calls::{CallOfFault, FaultRow, Tally, lock_calls, move_to, of_call, standing, tally};
use crate::{
    domain::{
        fault::{Fault, Over},
        severity::Severity,
    },
    error::Result,
};

/// Makes every other transaction that receives alarms of these sites wait for this one.
///
/// A lock on the name of the site rather than on rows: the first alarm of a fault has no row yet, and whether many
/// systems fail at once can only be told by who sees them all.
pub async fn lock_sites(db: &mut PgConnection, sites: &[String]) -> Result<()> {
    sqlx::query!(
        "SELECT count(pg_advisory_xact_lock(key)) FROM (
             SELECT DISTINCT hashtextextended(site, 5) AS key FROM unnest($1::text[]) AS t (site) ORDER BY key OFFSET 0
         ) sites",
        sites
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

struct Row {
    customer_id: Uuid,
    fingerprint: String,
    site_id: Uuid,
    system_id: Option<Uuid>,
    component: String,
    summary: String,
    call_id: Option<Uuid>,
    severity: Option<i16>,
    redundancy: Option<String>,
    raised_at: jiff_sqlx::Timestamp,
    stood_at: jiff_sqlx::Timestamp,
    cleared_at: Option<jiff_sqlx::Timestamp>,
    over_at: Option<jiff_sqlx::Timestamp>,
    alarm_id: Option<Uuid>,
    raises: i64,
    turns: Vec<jiff_sqlx::Timestamp>,
    flapping: bool,
    parent_broken: bool,
    expires_at: Option<jiff_sqlx::Timestamp>,
}

impl From<Row> for Fault {
    fn from(row: Row) -> Self {
        let over = row
            .cleared_at
            .map(|heard_at| Over { heard_at: heard_at.to_jiff(), said_at: row.over_at.unwrap_or(heard_at).to_jiff() });
        Self {
            customer_id: row.customer_id,
            fingerprint: row.fingerprint,
            site_id: row.site_id,
            system_id: row.system_id,
            component: row.component,
            summary: row.summary,
            call_id: row.call_id,
            severity: row.severity.and_then(|severity| Severity::try_from(severity).ok()),
            redundancy: row.redundancy,
            raised_at: row.raised_at.to_jiff(),
            stood_at: row.stood_at.to_jiff(),
            over,
            alarm_id: row.alarm_id,
            raises: row.raises,
            turns: row.turns.into_iter().map(jiff_sqlx::Timestamp::to_jiff).collect(),
            flapping: row.flapping,
            parent_broken: row.parent_broken,
            expires_at: row.expires_at.map(jiff_sqlx::Timestamp::to_jiff),
        }
    }
}

macro_rules! faults {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            Row,
            r#"SELECT fault.customer_id, fault.fingerprint,
                      coalesce(fault.site_id, call.site_id, '00000000-0000-0000-0000-000000000000') AS "site_id!",
                      fault.system_id, fault.component, fault.summary, fault.call_id, fault.severity,
                      fault.redundancy, fault.raised_at, fault.stood_at, fault.cleared_at, fault.over_at,
                      fault.alarm_id, fault.raises, fault.turns AS "turns: Vec<jiff_sqlx::Timestamp>",
                      fault.flapping, fault.parent_broken, fault.expires_at
               FROM fault
               LEFT JOIN call ON call.customer_id = fault.customer_id AND call.id = fault.call_id "# + $rest,
            $($arg),*
        )
    };
}

/// The faults of these names.
pub async fn known(db: &mut PgConnection, customers: &[Uuid], fingerprints: &[String]) -> Result<Vec<Fault>> {
    let rows = faults!(
        "WHERE (fault.customer_id, fault.fingerprint) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))",
        customers,
        fingerprints
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Fault::from).collect())
}

/// Every fault that stands on one of these systems.
pub async fn standing_on(db: &mut PgConnection, customers: &[Uuid], systems: &[Uuid]) -> Result<Vec<Fault>> {
    let rows = faults!(
        "WHERE (fault.customer_id, fault.system_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
           AND fault.cleared_at IS NULL",
        customers,
        systems
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Fault::from).collect())
}

/// Faults of a site that stand without a call, the oldest first: a maintenance window has kept them from having one.
pub async fn held_back(db: &mut PgConnection, customer: Uuid, site: Uuid) -> Result<Vec<Fault>> {
    let rows = faults!(
        "WHERE fault.customer_id = $1 AND fault.site_id = $2 AND fault.cleared_at IS NULL AND fault.call_id IS NULL
         ORDER BY fault.raised_at, fault.fingerprint",
        customer,
        site
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Fault::from).collect())
}

/// Faults that nobody has repeated in the time that their sender promised.
pub async fn expired(db: impl PgExecutor<'_>, now: Timestamp, limit: i64) -> Result<Vec<Fault>> {
    let rows = faults!(
        "WHERE fault.expires_at < $1 AND fault.cleared_at IS NULL ORDER BY fault.expires_at LIMIT $2",
        now.to_sqlx() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Fault::from).collect())
}

/// Faults that came and went, and have been over since that instant.
pub async fn calm(db: impl PgExecutor<'_>, since: Timestamp, limit: i64) -> Result<Vec<Fault>> {
    let rows = faults!(
        "WHERE fault.flapping AND fault.cleared_at <= $1 ORDER BY fault.cleared_at LIMIT $2",
        since.to_sqlx() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Fault::from).collect())
}

/// What is known of faults from now on.
pub async fn remember(db: &mut PgConnection, faults: impl Iterator<Item = &Fault>) -> Result<()> {
    let rows: Value = faults.map(row).collect();
    sqlx::query!(
        "INSERT INTO fault SELECT * FROM jsonb_populate_recordset(NULL::fault, $1)
         ON CONFLICT (customer_id, fingerprint)
         DO UPDATE SET call_id = excluded.call_id, raised_at = excluded.raised_at, cleared_at = excluded.cleared_at,
                       over_at = excluded.over_at, stood_at = excluded.stood_at, redundancy = excluded.redundancy,
                       site_id = excluded.site_id, component = excluded.component, summary = excluded.summary,
                       severity = excluded.severity, alarm_id = excluded.alarm_id, raises = excluded.raises,
                       turns = excluded.turns, flapping = excluded.flapping, expires_at = excluded.expires_at,
                       parent_broken = excluded.parent_broken",
        rows
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A fault by the names of its columns.
pub fn row(fault: &Fault) -> Value {
    json!({
        "customer_id": fault.customer_id, "fingerprint": fault.fingerprint, "site_id": fault.site_id,
        "system_id": fault.system_id, "component": fault.component, "summary": fault.summary,
        "call_id": fault.call_id, "severity": fault.severity, "redundancy": fault.redundancy,
        "raised_at": fault.raised_at, "stood_at": fault.stood_at, "cleared_at": fault.over.map(|o| o.heard_at),
        "over_at": fault.over.map(|o| o.said_at), "alarm_id": fault.alarm_id, "raises": fault.raises,
        "turns": fault.turns, "flapping": fault.flapping, "parent_broken": fault.parent_broken,
        "expires_at": fault.expires_at,
    })
}
