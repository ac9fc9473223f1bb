//! Alarms: kept for ever as they came.

pub mod searched;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{access::Scope, number::CallNumber},
    error::Result,
};

/// A message as lists show it.
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
    pub serial: Option<String>,
}

impl AlarmRow {
    pub fn call_number(&self) -> Option<CallNumber> {
        self.number.map(CallNumber::from_serial)
    }
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
