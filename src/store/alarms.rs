//! Alarms: kept for ever as they came.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::calls::Cursor;
use crate::{
    domain::{access::Scope, alarm::Disposition, number::CallNumber},
    error::Result,
};

/// An alarm as the system page shows it.
#[derive(Debug, Clone)]
pub struct AlarmRow {
    pub id: Uuid,
    pub kind: String,
    pub format: String,
    pub code: String,
    pub severity: String,
    pub component: String,
    pub summary: String,
    pub occurred_at: jiff_sqlx::Timestamp,
    pub received_at: jiff_sqlx::Timestamp,
    pub disposition: String,
    pub flag: Option<String>,
    pub number: Option<i64>,
}

impl AlarmRow {
    pub fn call_number(&self) -> Option<CallNumber> {
        self.number.map(CallNumber::from_serial)
    }
}

/// An alarm may be in sight and the call that it was folded into not: that one began before the reader may look.
pub async fn of_system(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, system): (Uuid, Uuid),
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<AlarmRow>> {
    let alarms = sqlx::query_as!(
        AlarmRow,
        r#"SELECT alarm.id, alarm.kind, alarm.format, alarm.code, alarm.severity, alarm.component, alarm.summary,
                  alarm.occurred_at, alarm.received_at, alarm.disposition, alarm.flag, call.number AS "number?"
           FROM alarm
           LEFT JOIN call ON call.customer_id = alarm.customer_id AND call.id = alarm.call_id
                         AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
           WHERE alarm.customer_id = $1 AND alarm.system_id = $2
             AND in_scope(alarm.customer_id, alarm.site_id, alarm.received_at, $3)
             AND ($4::timestamptz IS NULL OR (alarm.received_at, alarm.id) < ($4, $5))
           ORDER BY alarm.received_at DESC, alarm.id DESC LIMIT $6"#,
        customer,
        system,
        scope.json() as _,
        after.map(|c| c.opened_at.to_sqlx()) as _,
        after.map(|c| c.id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(alarms)
}

/// How many messages of a system ended in which disposition, those that could not be used among them.
pub async fn ledger(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    system: Uuid,
) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT disposition AS "disposition!", count(*) AS "count!"
           FROM (SELECT disposition FROM alarm
                 WHERE customer_id = $1 AND system_id = $2 AND in_scope(customer_id, site_id, received_at, $3)
                 UNION ALL
                 SELECT disposition FROM kept_message
                 WHERE customer_id = $1 AND system_id = $2 AND in_scope(customer_id, site_id, received_at, $3)) sent
           GROUP BY disposition ORDER BY disposition LIMIT 20"#,
        customer,
        system,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (r.disposition, r.count)).collect())
}

/// One day of a system's year.
#[derive(Debug, Clone)]
pub struct Day {
    pub days_ago: i32,
    pub alarms: i64,
    pub calls: i64,
    pub worst: Option<i16>,
}

/// A year of incidents and alarms by the days of the site, the quiet ones left out.
pub async fn year(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    system: Uuid,
    zone: &str,
    now: Timestamp,
) -> Result<Vec<Day>> {
    let days = sqlx::query_as!(
        Day,
        r#"SELECT days_ago AS "days_ago!", sum(alarms)::bigint AS "alarms!", sum(calls)::bigint AS "calls!",
                  min(worst) AS worst
           FROM (SELECT ($4 AT TIME ZONE $5)::date - (received_at AT TIME ZONE $5)::date AS days_ago,
                        1 AS alarms, 0 AS calls, NULL::smallint AS worst
                 FROM alarm
                 WHERE customer_id = $1 AND system_id = $2 AND received_at > $4::timestamptz - interval '371 days'
                   AND kind IN ('raised', 'cleared') AND in_scope(customer_id, site_id, received_at, $3)
                 UNION ALL
                 SELECT ($4 AT TIME ZONE $5)::date - (opened_at AT TIME ZONE $5)::date, 0, 1, severity
                 FROM call
                 WHERE customer_id = $1 AND system_id = $2 AND opened_at > $4::timestamptz - interval '371 days'
                   AND in_scope(customer_id, site_id, opened_at, $3)) happened
           GROUP BY days_ago ORDER BY days_ago LIMIT 400"#,
        customer,
        system,
        scope.json() as _,
        now.to_sqlx() as _,
        zone
    )
    .fetch_all(db)
    .await?;
    Ok(days)
}

/// A message that could not be used, kept whole.
#[derive(Debug, Clone)]
pub struct Kept {
    pub id: Uuid,
    pub disposition: String,
    pub source: String,
    pub format: String,
    pub reason: String,
    pub received_at: jiff_sqlx::Timestamp,
    pub body: Vec<u8>,
    pub site_code: String,
    pub customer_name: String,
    pub serial: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NewKept<'a> {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
    pub disposition: Disposition,
    pub source: &'a str,
    pub source_id: &'a str,
    pub format: &'a str,
    pub reason: &'a str,
    pub body: &'a [u8],
}

/// Kept once, however often it is sent.
pub async fn keep(db: &mut PgConnection, kept: &NewKept<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO kept_message (customer_id, id, site_id, system_id, disposition, source, source_id, format, reason,
                                   received_at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (customer_id, source, source_id) DO NOTHING",
        kept.customer_id,
        Uuid::now_v7(),
        kept.site_id,
        kept.system_id,
        kept.disposition.name(),
        kept.source,
        kept.source_id,
        kept.format,
        kept.reason,
        now.to_sqlx() as _,
        kept.body
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn kept(db: impl PgExecutor<'_>, scope: &Scope, limit: i64) -> Result<Vec<Kept>> {
    let kept = sqlx::query_as!(
        Kept,
        r#"SELECT k.id, k.disposition, k.source, k.format, k.reason, k.received_at, k.body, site.site_code,
                  account.name AS customer_name, system.serial AS "serial?"
           FROM kept_message k
           JOIN site ON site.customer_id = k.customer_id AND site.id = k.site_id
           JOIN account ON account.id = k.customer_id
           LEFT JOIN system ON system.customer_id = k.customer_id AND system.id = k.system_id
           WHERE in_scope(k.customer_id, k.site_id, k.received_at, $1)
           ORDER BY k.received_at DESC, k.id DESC LIMIT $2"#,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(kept)
}
