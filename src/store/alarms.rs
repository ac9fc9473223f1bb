//! Alarms: kept for ever as they came.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::calls::Cursor;
use crate::{
    domain::{access::Scope, number::CallNumber},
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

/// How many messages of a system ended in which disposition, those that could not be used among them. One that was
/// quarantined and received after all counts once, as the alarm that it became.
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
                 SELECT disposition FROM kept_message k
                 WHERE customer_id = $1 AND system_id = $2 AND in_scope(customer_id, site_id, received_at, $3)
                   AND NOT EXISTS (SELECT FROM kept_release r
                                   WHERE r.customer_id = k.customer_id AND r.message_id = k.id)) sent
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
