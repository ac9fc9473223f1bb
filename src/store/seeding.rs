//! Rows by the thousand, for stores that are filled rather than used: demos, benchmarks, tests.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

pub async fn insert_holidays(
    db: &mut PgConnection,
    countries: &[String],
    days: &[String],
    names: &[String],
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO public_holiday (country, day, name)
         SELECT country, day::date, name FROM unnest($1::text[], $2::text[], $3::text[]) AS t (country, day, name)
         ON CONFLICT DO NOTHING",
        countries,
        days,
        names
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Alarms as rows of JSON, by the names of the columns; the body as `\x` and hexadecimal digits.
pub async fn insert_alarms(db: &mut PgConnection, alarms: &Value) -> Result<()> {
    sqlx::query!("INSERT INTO alarm SELECT * FROM jsonb_populate_recordset(NULL::alarm, $1)", alarms)
        .execute(db)
        .await?;
    Ok(())
}

/// Faults as rows of JSON; of several with one fingerprint only the last may be given.
pub async fn insert_faults(db: &mut PgConnection, faults: &Value) -> Result<()> {
    sqlx::query!("INSERT INTO fault SELECT * FROM jsonb_populate_recordset(NULL::fault, $1)", faults)
        .execute(db)
        .await?;
    Ok(())
}

/// Every system was last heard when its last alarm came.
pub async fn hear_systems(db: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET last_heard_at = heard.at
         FROM (SELECT customer_id, system_id, max(received_at) AS at FROM alarm GROUP BY customer_id, system_id) heard
         WHERE system.customer_id = heard.customer_id AND system.id = heard.system_id"
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO way_home (customer_id, id, site_id, system_id, heard_at, tested_at)
         SELECT customer_id, system_id, site_id, system_id, max(received_at),
                max(received_at) FILTER (WHERE kind = 'test')
         FROM alarm WHERE system_id IS NOT NULL GROUP BY customer_id, site_id, system_id"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Redundancy follows from the faults that stand, since the first of them.
pub async fn settle_systems(db: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET redundancy = stands.redundancy, redundancy_since = stands.since, exposed_since = stands.since
         FROM (SELECT customer_id, system_id, min(redundancy) AS redundancy, min(raised_at) AS since FROM fault
               WHERE cleared_at IS NULL AND redundancy IS NOT NULL GROUP BY customer_id, system_id) stands
         WHERE system.customer_id = stands.customer_id AND system.id = stands.system_id"
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO redundancy_change (customer_id, system_id, at, site_id, redundancy, call_id)
         SELECT turn.customer_id, turn.system_id, turn.at, system.site_id, coalesce(worst.redundancy, 'duplex'),
                worst.call_id
         FROM (SELECT customer_id, system_id, raised_at AS at FROM fault WHERE redundancy IS NOT NULL
               UNION
               SELECT customer_id, system_id, cleared_at FROM fault
               WHERE redundancy IS NOT NULL AND cleared_at IS NOT NULL) turn
         JOIN system ON system.customer_id = turn.customer_id AND system.id = turn.system_id
         LEFT JOIN LATERAL (
             SELECT fault.redundancy, fault.call_id FROM fault
             WHERE fault.customer_id = turn.customer_id AND fault.system_id = turn.system_id
               AND fault.redundancy IS NOT NULL AND fault.raised_at <= turn.at
               AND (fault.cleared_at IS NULL OR fault.cleared_at > turn.at)
             ORDER BY fault.redundancy, fault.raised_at LIMIT 1
         ) worst ON true
         ON CONFLICT DO NOTHING"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The order of work follows what systems have lost.
pub async fn settle_priorities(db: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "UPDATE call SET priority = work_priority(call.urgency, system.redundancy)
         FROM system
         WHERE system.customer_id = call.customer_id AND system.id = call.system_id AND system.redundancy <> 'duplex'
           AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody whom a generator may act for.
#[derive(Debug, Clone)]
pub struct Player {
    pub membership_id: Uuid,
    pub account_id: Uuid,
    pub role: String,
    pub cac_code: Option<String>,
}

pub async fn players(db: impl PgExecutor<'_>) -> Result<Vec<Player>> {
    let players = sqlx::query_as!(
        Player,
        "SELECT m.id AS membership_id, m.account_id, m.role, m.cac_code
         FROM membership m JOIN person p ON p.id = m.person_id
         WHERE p.disabled_at IS NULL AND m.ended_at IS NULL ORDER BY p.email, m.id LIMIT 1000"
    )
    .fetch_all(db)
    .await?;
    Ok(players)
}

/// Everybody stays signed in while a demo's clock is moved on.
pub async fn prolong_sessions(db: &mut PgConnection, by: SignedDuration) -> Result<()> {
    sqlx::query!(
        "UPDATE session SET expires_at = expires_at + make_interval(secs => $1),
                            seen_at = seen_at + make_interval(secs => $1)",
        by.as_secs_f64()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How often one of the made-up systems calls home, where it is not as often as the others.
pub async fn set_interval(db: &mut PgConnection, customer: Uuid, system: Uuid, minutes: i32) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET heartbeat_minutes = $3 WHERE customer_id = $1 AND id = $2",
        customer,
        system,
        minutes
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Systems that have been there for long were expected from the beginning.
pub async fn expect_systems(db: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET expected_since = installed_at,
                           silence_check_at = greatest(last_heard_at, installed_at)
                                              + make_interval(mins => 2 * heartbeat_minutes)"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Systems that call home every hour have just done so, but for those that are known to be silent.
pub async fn hear_the_well(db: &mut PgConnection, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET last_heard_at = $1::timestamptz - interval '20 minutes'
         WHERE heartbeat_minutes <= 60 AND last_heard_at < $1::timestamptz - interval '55 minutes'
           AND silence_check_at <> 'infinity'
           AND last_heard_at + interval '2 hours' > (SELECT max(last_heard_at) FROM system)",
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Systems that are well go on calling home while a demo's clock is moved on.
pub async fn keep_hearing(db: &mut PgConnection, now: Timestamp, by: SignedDuration) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET last_heard_at = last_heard_at + make_interval(secs => $2)
         WHERE last_heard_at > $1::timestamptz - interval '2 hours'",
        now.to_sqlx() as _,
        by.as_secs_f64()
    )
    .execute(db)
    .await?;
    Ok(())
}
