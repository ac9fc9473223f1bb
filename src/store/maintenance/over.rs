//! Occurrences that are over, and the alarms that made no call in them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use super::super::calls::Cursor;
use crate::{
    domain::{
        access::Scope,
        maintenance::{Gone, Occurrence, Report, Suppressed},
        number::CallNumber,
    },
    error::Result,
};

/// For which part of a site a window is.
#[derive(Debug, Clone, Copy)]
pub struct OfWindow<'a> {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub systems: Option<&'a [Uuid]>,
}

/// How many alarms made no call from one instant to another, by system.
pub async fn counts(
    db: &mut PgConnection,
    of: OfWindow<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Suppressed>> {
    let counts = sqlx::query_as!(
        Suppressed,
        r#"SELECT system.serial AS "serial?", count(*) AS "alarms!"
           FROM alarm
           LEFT JOIN system ON system.customer_id = alarm.customer_id AND system.id = alarm.system_id
           WHERE alarm.customer_id = $1 AND alarm.site_id = $2 AND alarm.disposition = 'suppressed'
             AND ($3::uuid[] IS NULL OR alarm.system_id = ANY ($3))
             AND alarm.received_at >= $4 AND alarm.received_at <= $5
           GROUP BY system.serial ORDER BY count(*) DESC, system.serial"#,
        of.customer_id,
        of.site_id,
        of.systems,
        from.to_sqlx() as _,
        to.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(counts)
}

/// Faults that no call has ever had, and that were over since that instant.
pub async fn gone(db: &mut PgConnection, of: OfWindow<'_>, since: Timestamp) -> Result<Vec<Gone>> {
    let gone = sqlx::query_as!(
        Gone,
        r#"SELECT system.serial AS "serial?", fault.component, fault.summary
           FROM fault
           LEFT JOIN system ON system.customer_id = fault.customer_id AND system.id = fault.system_id
           WHERE fault.customer_id = $1 AND fault.site_id = $2 AND fault.call_id IS NULL AND fault.cleared_at >= $4
             AND ($3::uuid[] IS NULL OR fault.system_id = ANY ($3))
           ORDER BY fault.cleared_at, fault.fingerprint"#,
        of.customer_id,
        of.site_id,
        of.systems,
        since.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(gone)
}

/// Faults of one site.
#[derive(Debug, Clone, Copy)]
pub struct OfFaults<'a> {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub fingerprints: &'a [String],
}

/// The call that each of these faults had last, by what its alarms were filed under; not one that ended before that
/// instant.
pub async fn calls_of(db: &mut PgConnection, of: OfFaults<'_>, since: Timestamp) -> Result<Vec<(String, Uuid)>> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (alarm.fingerprint) alarm.fingerprint, call.id AS call_id
           FROM call
           JOIN alarm ON alarm.customer_id = call.customer_id AND alarm.call_id = call.id
           WHERE call.customer_id = $1 AND call.site_id = $2 AND (call.ended_at IS NULL OR call.ended_at > $4)
             AND alarm.fingerprint = ANY ($3)
           ORDER BY alarm.fingerprint, alarm.received_at DESC, alarm.id DESC"#,
        of.customer_id,
        of.site_id,
        of.fingerprints,
        since.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.fingerprint, row.call_id)).collect())
}

/// An occurrence that has been closed.
#[derive(Debug, Clone)]
pub struct NewOccurrence<'a> {
    pub customer_id: Uuid,
    pub window_id: Uuid,
    pub site_id: Uuid,
    pub occurrence: Occurrence,
    pub report: &'a Report,
}

pub async fn insert_occurrence(db: &mut PgConnection, new: &NewOccurrence<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO maintenance_occurrence (customer_id, window_id, planned_at, site_id, starts_at, ends_at, report)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.customer_id,
        new.window_id,
        new.occurrence.planned_at.to_sqlx() as _,
        new.site_id,
        new.occurrence.starts_at.to_sqlx() as _,
        new.occurrence.ends_at.to_sqlx() as _,
        Json(new.report) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Debug, Clone)]
pub struct OccurrenceRow {
    pub window_id: Uuid,
    pub title: String,
    pub starts_at: jiff_sqlx::Timestamp,
    pub ends_at: jiff_sqlx::Timestamp,
    pub report: Json<Report>,
}

/// What of a window is over, the last first.
pub async fn occurrences(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    window: Uuid,
    limit: i64,
) -> Result<Vec<OccurrenceRow>> {
    let rows = sqlx::query_as!(
        OccurrenceRow,
        r#"SELECT o.window_id, w.title, o.starts_at, o.ends_at, o.report AS "report: Json<Report>"
           FROM maintenance_occurrence o
           JOIN maintenance_window w ON w.customer_id = o.customer_id AND w.id = o.window_id
           WHERE o.customer_id = $1 AND o.window_id = $2 AND in_scope(o.customer_id, o.site_id, o.starts_at, $3)
           ORDER BY o.planned_at DESC LIMIT $4"#,
        customer,
        window,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// The occurrence at a site that ended last, if that is not long ago; for one of its systems where one is named.
pub async fn last_of_site(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, site): (Uuid, Uuid),
    system: Option<Uuid>,
    since: Timestamp,
) -> Result<Option<OccurrenceRow>> {
    let row = sqlx::query_as!(
        OccurrenceRow,
        r#"SELECT o.window_id, w.title, o.starts_at, o.ends_at, o.report AS "report: Json<Report>"
           FROM maintenance_occurrence o
           JOIN maintenance_window w ON w.customer_id = o.customer_id AND w.id = o.window_id
           WHERE o.customer_id = $1 AND o.site_id = $2 AND o.ends_at > $4
             AND ($3::uuid IS NULL OR w.systems IS NULL OR $3 = ANY (w.systems))
             AND in_scope(o.customer_id, o.site_id, o.starts_at, $5)
           ORDER BY o.ends_at DESC, o.window_id LIMIT 1"#,
        customer,
        site,
        system,
        since.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(row)
}

/// An alarm that made no call.
#[derive(Debug, Clone)]
pub struct SuppressedRow {
    pub id: Uuid,
    pub received_at: jiff_sqlx::Timestamp,
    pub serial: Option<String>,
    pub component: String,
    pub summary: String,
    pub severity: String,
    /// It stands, as far as anybody has heard.
    pub stands: bool,
    /// The call that has its fault since the window ended.
    pub number: Option<i64>,
}

impl SuppressedRow {
    pub fn call_number(&self) -> Option<CallNumber> {
        self.number.map(CallNumber::from_serial)
    }
}

/// The alarms that made no call from one instant to another, the newest first.
pub async fn suppressed(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    of: OfWindow<'_>,
    (from, to): (Timestamp, Timestamp),
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<SuppressedRow>> {
    let rows = sqlx::query_as!(
        SuppressedRow,
        r#"SELECT alarm.id, alarm.received_at, system.serial AS "serial?", alarm.component, alarm.summary,
                  alarm.severity, (fault.fingerprint IS NOT NULL AND fault.cleared_at IS NULL) AS "stands!", call.number AS "number?"
           FROM alarm
           LEFT JOIN system ON system.customer_id = alarm.customer_id AND system.id = alarm.system_id
           LEFT JOIN fault ON fault.customer_id = alarm.customer_id AND fault.fingerprint = alarm.fingerprint
           LEFT JOIN call ON call.customer_id = fault.customer_id AND call.id = fault.call_id
                         AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
           WHERE alarm.customer_id = $1 AND alarm.site_id = $2 AND alarm.disposition = 'suppressed'
             AND ($4::uuid[] IS NULL OR alarm.system_id = ANY ($4))
             AND alarm.received_at >= $5 AND alarm.received_at <= $6
             AND in_scope(alarm.customer_id, alarm.site_id, alarm.received_at, $3)
             AND ($7::timestamptz IS NULL OR (alarm.received_at, alarm.id) < ($7, $8))
           ORDER BY alarm.received_at DESC, alarm.id DESC LIMIT $9"#,
        of.customer_id,
        of.site_id,
        scope.json() as _,
        of.systems,
        from.to_sqlx() as _,
        to.to_sqlx() as _,
        after.map(|c| c.opened_at.to_sqlx()) as _,
        after.map(|c| c.id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}
