//! What an action must know of a system or a site to file and route a call for it, in one read.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{domain::access::Scope, error::Result};

/// Everything about a system (or a site alone) that filing and routing need, in one read.
#[derive(Debug, Clone)]
pub struct Target {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub site_name: String,
    pub region: String,
    pub country: String,
    pub language: Option<String>,
    pub time_zone: String,
    pub site_calendar: Option<String>,
    pub system_id: Option<Uuid>,
    pub serial: Option<String>,
    pub nickname: Option<String>,
    pub subject: Option<String>,
    pub service_level_id: Option<Uuid>,
    pub contract_starts_at: Option<jiff_sqlx::Timestamp>,
    pub contract_ends_at: Option<jiff_sqlx::Timestamp>,
    pub partner_id: Option<Uuid>,
    pub first_line: Option<bool>,
    pub accept_minutes: Option<i32>,
    pub partner_calendar: Option<String>,
}

impl Target {
    /// Whether the contract runs at that instant; a site alone is covered by any running contract of it.
    pub fn covered(&self, now: Timestamp) -> bool {
        let (Some(starts), Some(ends)) = (self.contract_starts_at, self.contract_ends_at) else { return false };
        starts.to_jiff() <= now && now < ends.to_jiff()
    }
}

macro_rules! targets {
    ($system_join:literal, $contract:literal, $rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            Target,
            r#"SELECT site.customer_id, site.id AS site_id, site.name AS site_name, site.region, site.country,
                      site.language,
                      site.time_zone, site.calendar AS site_calendar, system.id AS "system_id?",
                      system.serial AS "serial?", system.nickname AS "nickname?", system.subject AS "subject?",
                      contract.service_level_id AS "service_level_id?", contract.starts_at AS "contract_starts_at?",
                      contract.ends_at AS "contract_ends_at?", relation.partner_id AS "partner_id?",
                      relation.first_line AS "first_line?", relation.accept_minutes AS "accept_minutes?",
                      relation.calendar AS partner_calendar
               FROM site "# + $system_join + $contract
            + r#"LEFT JOIN LATERAL (
                   SELECT * FROM partner_relation r
                   WHERE r.customer_id = site.customer_id AND (r.site_id = site.id OR r.site_id IS NULL)
                     AND r.valid_from <= $1 AND (r.valid_to IS NULL OR r.valid_to > $1)
                   ORDER BY r.first_line DESC, r.site_id NULLS LAST, r.id LIMIT 1
               ) relation ON true "# + $rest,
            $($arg),*
        )
    };
}

/// The system with that serial, if the reader may see it.
pub async fn by_serial(db: impl PgExecutor<'_>, scope: &Scope, serial: &str, now: Timestamp) -> Result<Option<Target>> {
    let target = targets!(
        "JOIN system ON system.customer_id = site.customer_id AND system.site_id = site.id ",
        "LEFT JOIN contract ON contract.customer_id = system.customer_id AND contract.id = system.contract_id ",
        "WHERE system.serial = $2 AND in_scope(site.customer_id, site.id, 'infinity', $3)
         ORDER BY system.installed_at DESC LIMIT 1",
        now.to_sqlx() as _,
        serial,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(target)
}

/// The same, by the id that a call or a credential carries. A whole site has the strictest of the promises that run
/// for any of its systems.
pub async fn by_id(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    site: Uuid,
    system: Option<Uuid>,
    now: Timestamp,
) -> Result<Target> {
    let target = targets!(
        "LEFT JOIN system ON system.customer_id = site.customer_id AND system.site_id = site.id AND system.id = $4 ",
        "LEFT JOIN LATERAL (
             SELECT c.* FROM contract c
             WHERE c.customer_id = site.customer_id
               AND (c.id = system.contract_id OR (system.id IS NULL AND c.id IN (
                   SELECT contract_id FROM system s WHERE s.customer_id = site.customer_id AND s.site_id = site.id)))
             ORDER BY c.starts_at <= $1 AND c.ends_at > $1 DESC,
                      (SELECT min(o.minutes) FROM objective o WHERE o.service_level_id = c.service_level_id) NULLS LAST,
                      c.ends_at DESC, c.id LIMIT 1
         ) contract ON true ",
        "WHERE site.customer_id = $2 AND site.id = $3 AND in_scope(site.customer_id, site.id, 'infinity', $5)",
        now.to_sqlx() as _,
        customer,
        site,
        system,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(target)
}

/// The same for many that credentials speak of at once.
pub async fn of_places(
    db: impl PgExecutor<'_>,
    customers: &[Uuid],
    sites: &[Uuid],
    systems: &[Option<Uuid>],
    now: Timestamp,
) -> Result<Vec<Target>> {
    let targets = targets!(
        "JOIN unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS asked (customer_id, site_id, system_id)
           ON asked.customer_id = site.customer_id AND asked.site_id = site.id
         LEFT JOIN system ON system.customer_id = site.customer_id AND system.site_id = site.id
                         AND system.id = asked.system_id ",
        "LEFT JOIN LATERAL (
             SELECT c.* FROM contract c
             WHERE c.customer_id = site.customer_id
               AND (c.id = system.contract_id OR (system.id IS NULL AND c.id IN (
                   SELECT contract_id FROM system s WHERE s.customer_id = site.customer_id AND s.site_id = site.id)))
             ORDER BY c.starts_at <= $1 AND c.ends_at > $1 DESC,
                      (SELECT min(o.minutes) FROM objective o WHERE o.service_level_id = c.service_level_id) NULLS LAST,
                      c.ends_at DESC, c.id LIMIT 1
         ) contract ON true ",
        "",
        now.to_sqlx() as _,
        customers,
        sites,
        systems as _
    )
    .fetch_all(db)
    .await?;
    Ok(targets)
}

/// For each name that a message of a site uses, the system of the site that it means. What stands where a nickname is
/// expected may be the serial all the same.
pub async fn named_at_sites(
    db: impl PgExecutor<'_>,
    customers: &[Uuid],
    sites: &[Uuid],
    serials: &[Option<String>],
    nicknames: &[Option<String>],
    own: &[Option<Uuid>],
) -> Result<Vec<Option<Uuid>>> {
    let ids = sqlx::query_scalar!(
        r#"SELECT found.id AS "id?"
           FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[]) WITH ORDINALITY
                AS asked (customer_id, site_id, serial, nickname, own, n)
           LEFT JOIN LATERAL (
               SELECT id FROM (
                   SELECT id, 1 AS turn FROM system
                   WHERE customer_id = asked.customer_id AND serial IN (asked.serial, asked.nickname)
                     AND (site_id = asked.site_id OR asked.own IS NOT NULL)
                   UNION ALL
                   SELECT id, 2 FROM system
                   WHERE customer_id = asked.customer_id AND site_id = asked.site_id
                     AND lower(nickname) = lower(asked.nickname)
               ) of_site
               ORDER BY id IS NOT DISTINCT FROM asked.own DESC, turn, id LIMIT 1
           ) found ON true
           ORDER BY asked.n"#,
        customers,
        sites,
        serials as _,
        nicknames as _,
        own as _
    )
    .fetch_all(db)
    .await?;
    Ok(ids)
}
