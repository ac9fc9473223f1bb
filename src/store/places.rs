//! Sites, and the rows from which a world is set up: contracts, relations, components.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{domain::access::Scope, error::Result};

#[derive(Debug, Clone)]
pub struct SiteRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_code: String,
    pub name: String,
    pub country: String,
    pub region: String,
    pub time_zone: String,
    pub address: String,
    pub calendar: Option<String>,
    pub language: Option<String>,
    pub customer_name: String,
    pub systems: i64,
    pub in_trouble: i64,
    pub down: i64,
    pub open_calls: i64,
    pub worst: Option<i16>,
}

macro_rules! sites {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            SiteRow,
            r#"SELECT site.customer_id, site.id, site.site_code, site.name, site.country, site.region,
                      site.time_zone, site.address, site.calendar, site.language, account.name AS customer_name,
                      coalesce(fleet.systems, 0) AS "systems!", coalesce(fleet.in_trouble, 0) AS "in_trouble!",
                      coalesce(fleet.down, 0) AS "down!", coalesce(work.open_calls, 0) AS "open_calls!", work.worst
               FROM site
               JOIN account ON account.id = site.customer_id
               LEFT JOIN LATERAL (
                   SELECT count(*) AS systems, count(*) FILTER (WHERE redundancy <> 'duplex') AS in_trouble,
                          count(*) FILTER (WHERE redundancy = 'down') AS down
                   FROM system WHERE system.customer_id = site.customer_id AND system.site_id = site.id
               ) fleet ON true
               LEFT JOIN LATERAL (
                   SELECT count(*) AS open_calls, min(call.severity) AS worst FROM call
                   WHERE call.customer_id = site.customer_id AND call.site_id = site.id
                     AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
                     AND in_scope(call.customer_id, call.site_id, call.opened_at, $1)
               ) work ON true "# + $rest,
            $($arg),*
        )
    };
}

pub async fn list(db: impl PgExecutor<'_>, scope: &Scope, limit: i64) -> Result<Vec<SiteRow>> {
    let sites = sites!(
        "WHERE in_scope(site.customer_id, site.id, 'infinity', $1)
         ORDER BY fleet.down = 0, fleet.in_trouble = 0, work.worst NULLS LAST, account.name, site.name, site.id LIMIT $2",
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(sites)
}

/// Sites in an order that stays the same while their systems break and heal.
pub async fn by_code(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<SiteRow>> {
    let (code, id) = after.unzip();
    let sites = sites!(
        "WHERE in_scope(site.customer_id, site.id, 'infinity', $1)
           AND ($2::text IS NULL OR (site.site_code, site.id) > ($2, $3))
         ORDER BY site.site_code, site.id LIMIT $4",
        scope.json() as _,
        code,
        id,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(sites)
}

/// Sites whose code begins so, or whose name has the words.
pub async fn named(db: impl PgExecutor<'_>, scope: &Scope, words: &str, limit: i64) -> Result<Vec<SiteRow>> {
    let sites = sites!(
        "WHERE in_scope(site.customer_id, site.id, 'infinity', $1)
           AND (site.site_code ILIKE $2 || '%' OR site.name ILIKE '%' || $2 || '%')
         ORDER BY site.site_code, site.id LIMIT $3",
        scope.json() as _,
        words,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(sites)
}

pub async fn find(db: impl PgExecutor<'_>, scope: &Scope, site_code: &str) -> Result<SiteRow> {
    let site = sites!(
        "WHERE site.site_code = $2 AND in_scope(site.customer_id, site.id, 'infinity', $1)
         ORDER BY site.created_at, site.id LIMIT 1",
        scope.json() as _,
        site_code
    )
    .fetch_one(db)
    .await?;
    Ok(site)
}

#[derive(Debug, Clone)]
pub struct NewSite<'a> {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_code: &'a str,
    pub name: &'a str,
    pub country: &'a str,
    pub region: &'a str,
    pub time_zone: &'a str,
    pub address: &'a str,
    /// What people there speak, as an ISO 639-1 code.
    pub language: Option<&'a str>,
}

pub async fn insert_site(db: &mut PgConnection, site: &NewSite<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO site (customer_id, id, site_code, name, country, region, time_zone, address, created_at, language)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        site.customer_id,
        site.id,
        site.site_code,
        site.name,
        site.country,
        site.region,
        site.time_zone,
        site.address,
        now.to_sqlx() as _,
        site.language
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The name of the calendar that the site keeps; none is prime hours.
pub async fn set_calendar(db: &mut PgConnection, customer: Uuid, site: Uuid, calendar: Option<&str>) -> Result<()> {
    sqlx::query!("UPDATE site SET calendar = $3 WHERE customer_id = $1 AND id = $2", customer, site, calendar)
        .execute(db)
        .await?;
    Ok(())
}

/// What the people of the site speak, as an ISO 639-1 code; none where nobody has said.
pub async fn set_language(db: &mut PgConnection, customer: Uuid, site: Uuid, language: Option<&str>) -> Result<()> {
    sqlx::query!("UPDATE site SET language = $3 WHERE customer_id = $1 AND id = $2", customer, site, language)
        .execute(db)
        .await?;
    Ok(())
}

#[derive(Debug, Clone)]
pub struct NewSystem<'a> {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    pub contract_id: Option<Uuid>,
    pub serial: &'a str,
    pub nickname: &'a str,
    pub model: &'a str,
    pub subject: &'a str,
    pub os: &'a str,
    pub heartbeat_minutes: Option<i32>,
    pub installed_at: Timestamp,
}

pub async fn insert_system(db: &mut PgConnection, system: &NewSystem<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO system (customer_id, id, site_id, contract_id, serial, nickname, model, subject, os,
                             heartbeat_minutes, installed_at, redundancy_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        system.customer_id,
        system.id,
        system.site_id,
        system.contract_id,
        system.serial,
        system.nickname,
        system.model,
        system.subject,
        system.os,
        system.heartbeat_minutes,
        system.installed_at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Debug, Clone)]
pub struct NewContract<'a> {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub name: &'a str,
    pub service_level_id: Uuid,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

pub async fn insert_contract(db: &mut PgConnection, contract: &NewContract<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO contract (customer_id, id, name, service_level_id, starts_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        contract.customer_id,
        contract.id,
        contract.name,
        contract.service_level_id,
        contract.starts_at.to_sqlx() as _,
        contract.ends_at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}
