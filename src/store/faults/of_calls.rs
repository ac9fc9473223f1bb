//! The calls that have faults, as those who receive alarms and those who read calls need them.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{access::Scope, call::Status, number::CallNumber, severity::Severity},
    error::Result,
};

/// What an alarm must know of the call that has its fault.
#[derive(Debug, Clone)]
pub struct CallOfFault {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub number: CallNumber,
    pub status: Status,
    pub severity: Severity,
    pub human_touched: bool,
    pub ended_at: Option<Timestamp>,
    pub alarm_count: i32,
    /// When its history told last of its alarms; none if all were told.
    pub told_at: Option<Timestamp>,
    /// What its history has not told yet.
    pub untold: (i32, i32),
}

/// Locked in one order, so that two who want several never wait for each other.
pub async fn lock_calls(db: &mut PgConnection, customers: &[Uuid], calls: &[Uuid]) -> Result<Vec<CallOfFault>> {
    let rows = sqlx::query!(
        r#"SELECT customer_id, id, number, status, severity, (state ->> 'human_touched')::boolean AS "touched!",
                  ended_at, alarm_count
           FROM call
           WHERE (customer_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
           ORDER BY id FOR UPDATE"#,
        customers,
        calls
    )
    .fetch_all(&mut *db)
    .await?;
    // Asked once the locks are held: a join would show what was untold before whoever held them told it.
    let untold = sqlx::query!(
        r#"SELECT call_id, told_at, raises, clears FROM murmur
           WHERE (customer_id, call_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))"#,
        customers,
        calls
    )
    .fetch_all(db)
    .await?;
    let untold: HashMap<Uuid, _> = untold.into_iter().map(|row| (row.call_id, row)).collect();
    Ok(rows
        .into_iter()
        .map(|row| CallOfFault {
            customer_id: row.customer_id,
            id: row.id,
            number: CallNumber::from_serial(row.number),
            status: Status::from_name(&row.status).unwrap_or(Status::Open),
            severity: Severity::try_from(row.severity).unwrap_or(Severity::Moderate),
            human_touched: row.touched,
            ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
            alarm_count: row.alarm_count,
            told_at: untold.get(&row.id).map(|murmur| murmur.told_at.to_jiff()),
            untold: untold.get(&row.id).map_or((0, 0), |murmur| (murmur.raises, murmur.clears)),
        })
        .collect())
}

/// The faults of one call are another's from now on.
pub async fn move_to(db: &mut PgConnection, customer: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    sqlx::query!("UPDATE fault SET call_id = $3 WHERE customer_id = $1 AND call_id = $2", customer, from, to)
        .execute(db)
        .await?;
    Ok(())
}

/// Of each call, how many of its faults stand.
pub async fn standing(db: &mut PgConnection, customers: &[Uuid], calls: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT asked.call_id AS "call_id!", count(fault.fingerprint) FILTER (WHERE fault.cleared_at IS NULL) AS "standing!"
           FROM unnest($1::uuid[], $2::uuid[]) AS asked (customer_id, call_id)
           LEFT JOIN fault ON fault.customer_id = asked.customer_id AND fault.call_id = asked.call_id
           GROUP BY asked.call_id"#,
        customers,
        calls
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.call_id, row.standing)).collect())
}

/// How much is wrong on a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub standing: i64,
    pub over: i64,
    /// Of how many systems.
    pub systems: i64,
    pub flapping: bool,
    /// Alarms that its history has not told yet.
    pub untold: i64,
}

/// What the reader may see of it.
pub async fn tally(db: impl PgExecutor<'_>, scope: &Scope, customer: Uuid, call: Uuid) -> Result<Tally> {
    let tally = sqlx::query_as!(
        Tally,
        r#"SELECT count(*) FILTER (WHERE fault.cleared_at IS NULL) AS "standing!",
                  count(*) FILTER (WHERE fault.cleared_at IS NOT NULL) AS "over!",
                  count(DISTINCT fault.system_id) AS "systems!",
                  coalesce(bool_or(fault.flapping), false) AS "flapping!",
                  coalesce((SELECT raises FROM murmur WHERE customer_id = $1 AND call_id = $2), 0)::bigint AS "untold!"
           FROM fault JOIN call ON call.customer_id = fault.customer_id AND call.id = fault.call_id
           WHERE fault.customer_id = $1 AND fault.call_id = $2
             AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)"#,
        customer,
        call,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(tally)
}

/// A fault of a call as lists show it.
#[derive(Debug, Clone)]
pub struct FaultRow {
    pub fingerprint: String,
    pub serial: Option<String>,
    pub nickname: Option<String>,
    pub component: String,
    pub summary: String,
    pub raises: i64,
    pub flapping: bool,
    pub raised_at: jiff_sqlx::Timestamp,
    pub over_at: Option<jiff_sqlx::Timestamp>,
}

/// Those that stand first, each kind by name; on from the fault that the page before ended with.
pub async fn of_call(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, call): (Uuid, Uuid),
    after: Option<(bool, &str)>,
    limit: i64,
) -> Result<Vec<FaultRow>> {
    let faults = sqlx::query_as!(
        FaultRow,
        r#"SELECT fault.fingerprint, system.serial AS "serial?", system.nickname AS "nickname?", fault.component,
                  fault.summary, fault.raises, fault.flapping, fault.raised_at, fault.cleared_at AS over_at
           FROM fault
           JOIN call ON call.customer_id = fault.customer_id AND call.id = fault.call_id
           LEFT JOIN system ON system.customer_id = fault.customer_id AND system.id = fault.system_id
           WHERE fault.customer_id = $1 AND fault.call_id = $2
             AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
             AND ($4::boolean IS NULL OR (fault.cleared_at IS NOT NULL, fault.fingerprint) > ($4, $5))
           ORDER BY fault.cleared_at IS NOT NULL, fault.fingerprint LIMIT $6"#,
        customer,
        call,
        scope.json() as _,
        after.map(|(over, _)| over),
        after.map(|(_, fingerprint)| fingerprint),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(faults)
}
