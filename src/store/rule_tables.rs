//! The tables that the router reads, replaced as a whole when rules are published.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::reference::{CacRow, QueueRow};
use crate::{domain::access::Scope, error::Result};

/// Makes room for another order: no two regions ever stand at one place.
pub async fn lift_regions(db: &mut PgConnection) -> Result<()> {
    sqlx::query!("UPDATE region SET ordinal = -1 - ordinal").execute(db).await?;
    Ok(())
}

pub async fn put_region(db: &mut PgConnection, code: &str, ordinal: i32) -> Result<()> {
    sqlx::query!(
        "INSERT INTO region (code, ordinal) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET ordinal = $2",
        code,
        ordinal
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A calendar as it is from now on.
pub struct NewCalendar<'a> {
    pub name: &'a str,
    pub time_zone: &'a str,
    pub weekly: &'a serde_json::Value,
    pub holidays: &'a serde_json::Value,
    pub holiday_names: &'a serde_json::Value,
    pub by: Uuid,
}

/// Keeps the version beside the calendar itself; answers which one it is.
pub async fn put_calendar(db: &mut PgConnection, new: &NewCalendar<'_>, now: Timestamp) -> Result<i32> {
    let version = sqlx::query_scalar!(
        "WITH kept AS (
             INSERT INTO calendar_version (name, version, time_zone, weekly, holidays, holiday_names,
                                           published_at, published_by)
             VALUES ($1, 1 + (SELECT coalesce(max(version), 0) FROM calendar_version WHERE name = $1),
                     $2, $3, $4, $5, $6, $7)
             RETURNING version)
         INSERT INTO calendar (name, time_zone, weekly, holidays, holiday_names, version)
         SELECT $1, $2, $3, $4, $5, version FROM kept
         ON CONFLICT (name) DO UPDATE SET time_zone = $2, weekly = $3, holidays = $4, holiday_names = $5,
                                          version = excluded.version
         RETURNING version",
        new.name,
        new.time_zone,
        new.weekly,
        new.holidays,
        new.holiday_names,
        now.to_sqlx() as _,
        new.by
    )
    .fetch_one(db)
    .await?;
    Ok(version)
}

pub async fn put_cac(db: &mut PgConnection, cac: &CacRow) -> Result<()> {
    sqlx::query!(
        "INSERT INTO cac (code, name, region, calendar, accept_minutes) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (code) DO UPDATE SET name = $2, region = $3, calendar = $4, accept_minutes = $5",
        cac.code,
        cac.name,
        cac.region,
        cac.calendar,
        cac.accept_minutes
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A queue keeps the name that it has. False where an import has brought a queue of that name.
pub async fn put_queue(db: &mut PgConnection, queue: &QueueRow) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO queue (slug, name, cac_code, kind, subjects, languages) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (slug) DO UPDATE SET cac_code = $3, kind = $4, subjects = $5, languages = $6 WHERE queue.kind <> 'imported'",
        queue.slug,
        queue.name,
        queue.cac_code,
        queue.kind,
        &queue.subjects,
        &queue.languages
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn delete_other_queues(db: &mut PgConnection, kept: &[String]) -> Result<()> {
    sqlx::query!("DELETE FROM queue WHERE kind <> 'imported' AND NOT slug = ANY($1)", kept).execute(db).await?;
    Ok(())
}

pub async fn delete_other_cacs(db: &mut PgConnection, kept: &[String]) -> Result<()> {
    sqlx::query!("DELETE FROM cac WHERE NOT code = ANY($1)", kept).execute(db).await?;
    Ok(())
}

pub async fn delete_other_calendars(db: &mut PgConnection, kept: &[String]) -> Result<()> {
    sqlx::query!("DELETE FROM calendar WHERE NOT name = ANY($1)", kept).execute(db).await?;
    Ok(())
}

pub async fn delete_other_regions(db: &mut PgConnection, kept: &[String]) -> Result<()> {
    sqlx::query!("DELETE FROM region WHERE NOT code = ANY($1)", kept).execute(db).await?;
    Ok(())
}

/// What of the rules something still hangs on: calls in a queue that are not closed, sites and partners with a
/// calendar, sites in a region.
pub struct Hold {
    pub what: String,
    pub name: String,
    pub count: i64,
}

pub async fn holds(db: impl PgExecutor<'_>, scope: &Scope) -> Result<Vec<Hold>> {
    let holds = sqlx::query_as!(
        Hold,
        r#"SELECT 'queue' AS "what!", queue AS "name!", count(*) AS "count!" FROM call
           WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold', 'resolved')
             AND in_scope(customer_id, site_id, opened_at, $1) GROUP BY queue
           UNION ALL
           SELECT 'calendar', calendar, count(*) FROM site
           WHERE calendar IS NOT NULL AND in_scope(customer_id, id, 'infinity', $1) GROUP BY calendar
           UNION ALL
           SELECT 'calendar', calendar, count(*) FROM partner_relation WHERE calendar IS NOT NULL GROUP BY calendar
           UNION ALL
           SELECT 'region', region, count(*) FROM site
           WHERE in_scope(customer_id, id, 'infinity', $1) GROUP BY region
           ORDER BY 1, 2 LIMIT 10000"#,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(holds)
}

/// In which regions a site keeps a calendar of its own.
pub async fn regions_of_calendar(db: impl PgExecutor<'_>, scope: &Scope, calendar: &str) -> Result<Vec<String>> {
    let regions = sqlx::query_scalar!(
        "SELECT DISTINCT region FROM site
         WHERE calendar = $1 AND in_scope(customer_id, id, 'infinity', $2) ORDER BY region LIMIT 100",
        calendar,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(regions)
}
