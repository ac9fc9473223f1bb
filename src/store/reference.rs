//! The house's own tables, small and read often: regions, calendars, CACs, queues, promises.

use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use crate::error::Result;

pub struct CalendarRow {
    pub name: String,
    pub time_zone: String,
    pub weekly: Json<serde_json::Value>,
    pub holidays: Json<Vec<jiff::civil::Date>>,
    pub holiday_names: Json<serde_json::Value>,
    pub version: i32,
}

pub struct CacRow {
    pub code: String,
    pub name: String,
    pub region: String,
    pub calendar: String,
    pub accept_minutes: i32,
}

pub struct QueueRow {
    pub slug: String,
    pub name: String,
    pub cac_code: Option<String>,
    pub kind: String,
    pub subjects: Vec<String>,
    pub languages: Vec<String>,
}

pub struct ObjectiveRow {
    pub service_level_id: Uuid,
    pub severity: i16,
    pub kind: String,
    pub minutes: i32,
    pub clock: String,
}

pub async fn regions(db: impl PgExecutor<'_>) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("SELECT code FROM region ORDER BY ordinal LIMIT 100").fetch_all(db).await?)
}

pub async fn calendars(db: impl PgExecutor<'_>) -> Result<Vec<CalendarRow>> {
    let rows = sqlx::query_as!(
        CalendarRow,
        r#"SELECT name, time_zone, weekly AS "weekly: Json<serde_json::Value>",
                  holidays AS "holidays: Json<Vec<jiff::civil::Date>>",
                  holiday_names AS "holiday_names: Json<serde_json::Value>", version
           FROM calendar ORDER BY name LIMIT 10000"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub async fn cacs(db: impl PgExecutor<'_>) -> Result<Vec<CacRow>> {
    Ok(sqlx::query_as!(CacRow, "SELECT code, name, region, calendar, accept_minutes FROM cac ORDER BY code LIMIT 100")
        .fetch_all(db)
        .await?)
}

pub async fn queues(db: impl PgExecutor<'_>) -> Result<Vec<QueueRow>> {
    let rows = sqlx::query_as!(
        QueueRow,
        "SELECT slug, name, cac_code, kind, subjects, languages FROM queue WHERE kind <> 'imported' ORDER BY slug LIMIT 1000"
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub async fn objectives(db: impl PgExecutor<'_>) -> Result<Vec<ObjectiveRow>> {
    let rows = sqlx::query_as!(
        ObjectiveRow,
        "SELECT service_level_id, severity, kind, minutes, clock FROM objective
         ORDER BY service_level_id, severity, kind LIMIT 10000"
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub async fn public_holidays(db: impl PgExecutor<'_>) -> Result<Vec<(String, jiff::civil::Date)>> {
    let rows = sqlx::query!(
        r#"SELECT country, to_char(day, 'YYYY-MM-DD') AS "day!" FROM public_holiday ORDER BY country, day LIMIT 100000"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(|r| Some((r.country, r.day.parse().ok()?))).collect())
}

pub async fn insert_region(db: &mut PgConnection, code: &str, ordinal: i32) -> Result<()> {
    sqlx::query!("INSERT INTO region (code, ordinal) VALUES ($1, $2) ON CONFLICT DO NOTHING", code, ordinal)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn insert_calendar(
    db: &mut PgConnection,
    name: &str,
    time_zone: &str,
    weekly: &serde_json::Value,
    holidays: &serde_json::Value,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO calendar (name, time_zone, weekly, holidays) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        name,
        time_zone,
        weekly,
        holidays
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_cac(db: &mut PgConnection, cac: &CacRow) -> Result<()> {
    sqlx::query!(
        "INSERT INTO cac (code, name, region, calendar, accept_minutes) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
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

pub async fn insert_queue(db: &mut PgConnection, queue: &QueueRow) -> Result<()> {
    sqlx::query!(
        "INSERT INTO queue (slug, name, cac_code, kind, subjects, languages) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
        queue.slug,
        queue.name,
        queue.cac_code,
        queue.kind,
        &queue.subjects,
        &queue.languages
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_service_level(db: &mut PgConnection, id: Uuid, name: &str) -> Result<()> {
    sqlx::query!("INSERT INTO service_level (id, name) VALUES ($1, $2)", id, name).execute(db).await?;
    Ok(())
}

pub async fn insert_objective(db: &mut PgConnection, objective: &ObjectiveRow) -> Result<()> {
    sqlx::query!(
        "INSERT INTO objective (service_level_id, severity, kind, minutes, clock) VALUES ($1, $2, $3, $4, $5)",
        objective.service_level_id,
        objective.severity,
        objective.kind,
        objective.minutes,
        objective.clock
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn service_level(db: impl PgExecutor<'_>, name: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT id FROM service_level WHERE name = $1", name).fetch_optional(db).await?)
}

/// What kind of store this is, by name: a demo store says so.
pub async fn mark(db: impl PgExecutor<'_>, name: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!("SELECT value FROM store_mark WHERE name = $1", name).fetch_optional(db).await?)
}

pub async fn set_mark(db: &mut PgConnection, name: &str, value: &str) -> Result<()> {
    sqlx::query!(
        "INSERT INTO store_mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
        name,
        value
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether anybody has used this store yet.
pub async fn is_empty(db: impl PgExecutor<'_>) -> Result<bool> {
    let empty = sqlx::query_scalar!(r#"SELECT NOT EXISTS (SELECT FROM account) AS "empty!""#).fetch_one(db).await?;
    Ok(empty)
}
