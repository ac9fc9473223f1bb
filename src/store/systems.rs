//! Systems: what stands at the sites, and how it is.

mod beginning;
mod heard;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

pub use self::{
    beginning::beginning_with,
    heard::{heard, settle_redundancy},
};
use crate::{domain::access::Scope, error::Result};

/// A system as lists and its own page show it.
#[derive(Debug, Clone)]
pub struct SystemRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    pub serial: String,
    pub nickname: String,
    pub model: String,
    pub subject: String,
    pub os: String,
    pub redundancy: String,
    pub redundancy_since: jiff_sqlx::Timestamp,
    pub exposed_since: Option<jiff_sqlx::Timestamp>,
    pub heartbeat_minutes: Option<i32>,
    pub last_heard_at: Option<jiff_sqlx::Timestamp>,
    pub expected_since: Option<jiff_sqlx::Timestamp>,
    pub installed_at: jiff_sqlx::Timestamp,
    pub customer_name: String,
    pub site_code: String,
    pub site_name: String,
    pub time_zone: String,
    pub region: String,
    pub contract: Option<String>,
    pub contract_ends_at: Option<jiff_sqlx::Timestamp>,
    pub partner_name: Option<String>,
    pub first_line: Option<bool>,
    pub open_calls: i64,
    pub worst: Option<i16>,
}

impl SystemRow {
    /// Since when it is down, or runs without redundancy: that it was down for a part of the time makes no difference.
    pub fn standing_since(&self) -> Timestamp {
        let exposed = self.exposed_since.filter(|_| self.redundancy == "simplex");
        exposed.unwrap_or(self.redundancy_since).to_jiff()
    }
}

macro_rules! systems {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            $crate::store::systems::SystemRow,
            r#"SELECT system.customer_id, system.id, system.site_id, system.serial, system.nickname, system.model,
                      system.subject, system.os, system.redundancy, system.redundancy_since,
                      system.exposed_since, system.heartbeat_minutes, system.last_heard_at, system.expected_since,
                      system.installed_at,
                      account.name AS customer_name, site.site_code, site.name AS site_name, site.time_zone,
                      site.region, contract.name AS "contract?", contract.ends_at AS "contract_ends_at?",
                      partner.name AS "partner_name?", relation.first_line AS "first_line?",
                      coalesce(work.open_calls, 0) AS "open_calls!", work.worst
               FROM system
               JOIN site ON site.customer_id = system.customer_id AND site.id = system.site_id
               JOIN account ON account.id = system.customer_id
               LEFT JOIN contract ON contract.customer_id = system.customer_id AND contract.id = system.contract_id
               LEFT JOIN LATERAL (
                   SELECT r.partner_id, r.first_line FROM partner_relation r
                   WHERE r.customer_id = site.customer_id AND (r.site_id = site.id OR r.site_id IS NULL)
                     AND r.valid_from <= $1 AND (r.valid_to IS NULL OR r.valid_to > $1)
                   ORDER BY r.first_line DESC, r.site_id NULLS LAST, r.id LIMIT 1
               ) relation ON true
               LEFT JOIN account partner ON partner.id = relation.partner_id
               LEFT JOIN LATERAL (
                   SELECT count(*) AS open_calls, min(call.severity) AS worst FROM call
                   WHERE call.customer_id = system.customer_id AND call.system_id = system.id
                     AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
                     AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)
               ) work ON true "# + $rest,
            $($arg),*
        )
    };
}

use systems;

pub async fn find(db: impl PgExecutor<'_>, scope: &Scope, serial: &str, now: Timestamp) -> Result<SystemRow> {
    let system = systems!(
        "WHERE system.serial = $3 AND in_scope(system.customer_id, system.site_id, 'infinity', $2)
         ORDER BY system.installed_at DESC LIMIT 1",
        now.to_sqlx() as _,
        scope.json() as _,
        serial
    )
    .fetch_one(db)
    .await?;
    Ok(system)
}

/// What a list is narrowed to; nothing narrows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Narrowed<'a> {
    pub words: Option<&'a str>,
    pub site_code: Option<&'a str>,
    /// Only those that should have been heard from by now.
    pub silent: bool,
}

/// Systems, the ones in trouble first.
pub async fn list(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    now: Timestamp,
    narrowed: &Narrowed<'_>,
    limit: i64,
) -> Result<Vec<SystemRow>> {
    let systems = systems!(
        "WHERE in_scope(system.customer_id, system.site_id, 'infinity', $2)
           AND ($3::text IS NULL OR system.serial ILIKE $3 || '%' OR system.nickname ILIKE '%' || $3 || '%'
                OR site.name ILIKE '%' || $3 || '%' OR account.name ILIKE '%' || $3 || '%')
           AND ($4::text IS NULL OR site.site_code = $4)
           AND (NOT $5 OR greatest(system.last_heard_at, system.expected_since)
                              <= $1 - make_interval(mins => 2 * system.heartbeat_minutes))
         ORDER BY array_position(ARRAY['down', 'simplex', 'duplex'], system.redundancy),
                  greatest(system.last_heard_at, system.expected_since)
                      > $1 - make_interval(mins => 2 * system.heartbeat_minutes),
                  work.worst NULLS LAST, account.name, site.name, system.nickname, system.id
         LIMIT $6",
        now.to_sqlx() as _,
        scope.json() as _,
        narrowed.words,
        narrowed.site_code,
        narrowed.silent,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(systems)
}

/// Which systems a program asks for, and after which one to begin.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    pub words: Option<String>,
    pub site_code: Option<String>,
    pub after: Option<(String, Uuid)>,
}

/// Systems in an order that stays the same while they break and heal.
pub async fn by_serial(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    now: Timestamp,
    sought: &Sought,
    limit: i64,
) -> Result<Vec<SystemRow>> {
    let systems = systems!(
        "WHERE in_scope(system.customer_id, system.site_id, 'infinity', $2)
           AND ($3::text IS NULL OR system.serial ILIKE $3 || '%' OR system.nickname ILIKE '%' || $3 || '%'
                OR site.name ILIKE '%' || $3 || '%' OR account.name ILIKE '%' || $3 || '%')
           AND ($4::text IS NULL OR site.site_code = $4)
           AND ($5::text IS NULL OR (system.serial, system.id) > ($5, $6))
         ORDER BY system.serial, system.id LIMIT $7",
        now.to_sqlx() as _,
        scope.json() as _,
        sought.words.as_deref(),
        sought.site_code.as_deref(),
        sought.after.as_ref().map(|(serial, _)| serial.as_str()),
        sought.after.as_ref().map(|(_, id)| *id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(systems)
}

/// How many systems there are, and how many of them need an eye.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    pub all: i64,
    pub down: i64,
    pub simplex: i64,
    /// Running whole, as far as anybody heard: two expected heartbeats are missing.
    pub silent: i64,
}

pub async fn fleet(db: impl PgExecutor<'_>, scope: &Scope, now: Timestamp) -> Result<Fleet> {
    let fleet = sqlx::query_as!(
        Fleet,
        r#"SELECT count(*) AS "all!", count(*) FILTER (WHERE redundancy = 'down') AS "down!",
                  count(*) FILTER (WHERE redundancy = 'simplex') AS "simplex!",
                  count(*) FILTER (WHERE redundancy = 'duplex' AND greatest(last_heard_at, expected_since)
                                         <= $1::timestamptz - make_interval(mins => 2 * heartbeat_minutes)) AS "silent!"
           FROM system WHERE in_scope(customer_id, site_id, 'infinity', $2)"#,
        now.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(fleet)
}

/// A system as the form for a new call offers it.
#[derive(Debug, Clone)]
pub struct Choice {
    pub serial: String,
    pub nickname: String,
    pub site_name: String,
    pub customer_name: String,
    pub redundancy: String,
}

pub async fn choices(db: impl PgExecutor<'_>, scope: &Scope, limit: i64) -> Result<Vec<Choice>> {
    let choices = sqlx::query_as!(
        Choice,
        "SELECT system.serial, system.nickname, site.name AS site_name, account.name AS customer_name,
                system.redundancy
         FROM system
         JOIN site ON site.customer_id = system.customer_id AND site.id = system.site_id
         JOIN account ON account.id = system.customer_id
         WHERE in_scope(system.customer_id, system.site_id, 'infinity', $1)
         ORDER BY account.name, site.name, system.nickname, system.id LIMIT $2",
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(choices)
}

/// A system of a site by its names.
#[derive(Debug, Clone)]
pub struct AtSite {
    pub id: Uuid,
    pub serial: String,
    pub nickname: String,
}

/// The systems of one site by name.
pub async fn of_site(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    site: Uuid,
    limit: i64,
) -> Result<Vec<AtSite>> {
    let systems = sqlx::query_as!(
        AtSite,
        "SELECT id, serial, nickname FROM system
         WHERE customer_id = $1 AND site_id = $2 AND in_scope(customer_id, site_id, 'infinity', $3)
         ORDER BY nickname, serial LIMIT $4",
        customer,
        site,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(systems)
}

/// What these systems of a customer are called.
pub async fn serials(db: &mut PgConnection, customer: Uuid, systems: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    let rows =
        sqlx::query!("SELECT id, serial FROM system WHERE customer_id = $1 AND id = ANY ($2)", customer, systems)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.serial)).collect())
}
