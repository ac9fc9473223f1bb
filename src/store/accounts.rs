//! Accounts: customers, partners and the house; and what customers have a contract for.

use jiff_sqlx::Timestamp;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::calls::like;
use crate::{domain::access::Scope, error::Result};

#[derive(Debug, Clone)]
pub struct AccountRow {
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub slug: String,
    pub created_at: Timestamp,
    pub people: i64,
    pub sites: i64,
    pub systems: i64,
    pub relations: i64,
}

macro_rules! accounts {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            AccountRow,
            r#"SELECT a.id, a.kind, a.name, a.slug, a.created_at,
                      (SELECT count(*) FROM membership m WHERE m.account_id = a.id AND m.ended_at IS NULL) AS "people!",
                      (SELECT count(*) FROM site
                       WHERE site.customer_id = a.id AND in_scope(site.customer_id, site.id, 'infinity', $1))
                          AS "sites!",
                      (SELECT count(*) FROM system
                       WHERE system.customer_id = a.id
                         AND in_scope(system.customer_id, system.site_id, 'infinity', $1)) AS "systems!",
                      (SELECT count(*) FROM partner_relation r
                       WHERE (r.partner_id = a.id OR r.customer_id = a.id)
                         AND (r.valid_to IS NULL OR r.valid_to > $2)) AS "relations!"
               FROM account a "# + $rest,
            $($arg),*
        )
    };
}

/// By name.
pub async fn list(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    now: jiff::Timestamp,
    filter: (Option<&str>, Option<&str>),
    after: Option<&(String, Uuid)>,
    limit: i64,
) -> Result<Vec<AccountRow>> {
    use jiff_sqlx::ToSqlx;
    let rows = accounts!(
        "WHERE ($3::text IS NULL OR a.kind = $3) AND ($4::text IS NULL OR a.name ILIKE '%' || $4 || '%')
           AND ($5::text IS NULL OR (lower(a.name), a.id) > ($5, $6))
         ORDER BY lower(a.name), a.id LIMIT $7",
        scope.json() as _,
        now.to_sqlx() as _,
        filter.0,
        filter.1.map(like),
        after.map(|(name, _)| name.as_str()),
        after.map(|(_, id)| *id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub async fn find(db: impl PgExecutor<'_>, scope: &Scope, now: jiff::Timestamp, slug: &str) -> Result<AccountRow> {
    use jiff_sqlx::ToSqlx;
    Ok(accounts!("WHERE a.slug = $3", scope.json() as _, now.to_sqlx() as _, slug).fetch_one(db).await?)
}

/// An account as a choice in a menu.
#[derive(Debug, Clone)]
pub struct Choice {
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub slug: String,
}

/// The accounts to whose people somebody may add: all, or one.
pub async fn choices(db: impl PgExecutor<'_>, only: Option<Uuid>, kind: Option<&str>) -> Result<Vec<Choice>> {
    let rows = sqlx::query_as!(
        Choice,
        "SELECT id, kind, name, slug FROM account
         WHERE ($1::uuid IS NULL OR id = $1) AND ($2::text IS NULL OR kind = $2)
         ORDER BY kind <> 'provider', kind, lower(name), id LIMIT 2000",
        only,
        kind
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

#[derive(Debug, Clone)]
pub struct SiteChoice {
    pub id: Uuid,
    pub site_code: String,
    pub name: String,
    pub customer_name: String,
}

/// The sites to which people of an account may be limited: a customer's own, a partner's by its relations.
pub async fn sites_of(db: impl PgExecutor<'_>, scope: &Scope, account: Uuid) -> Result<Vec<SiteChoice>> {
    let rows = sqlx::query_as!(
        SiteChoice,
        "SELECT site.id, site.site_code, site.name, a.name AS customer_name
         FROM site JOIN account a ON a.id = site.customer_id
         WHERE in_scope(site.customer_id, site.id, 'infinity', $1)
           AND (site.customer_id = $2
                OR EXISTS (SELECT FROM partner_relation r
                           WHERE r.partner_id = $2 AND r.customer_id = site.customer_id
                             AND (r.site_id IS NULL OR r.site_id = site.id)))
         ORDER BY a.name, site.site_code, site.id LIMIT 500",
        scope.json() as _,
        account
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

#[derive(Debug, Clone)]
pub struct ContractRow {
    pub id: Uuid,
    pub name: String,
    pub customer_name: String,
    pub customer_slug: String,
    pub service_level: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub systems: i64,
}

/// The contracts of customers whose sites the reader sees; those that end first come first.
pub async fn contracts(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Option<Uuid>,
    after: Option<(jiff::Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<ContractRow>> {
    use jiff_sqlx::ToSqlx;
    let rows = sqlx::query_as!(
        ContractRow,
        r#"SELECT c.id, c.name, a.name AS customer_name, a.slug AS customer_slug, l.name AS service_level,
                  c.starts_at, c.ends_at,
                  (SELECT count(*) FROM system
                   WHERE system.customer_id = c.customer_id AND system.contract_id = c.id
                     AND in_scope(system.customer_id, system.site_id, 'infinity', $1)) AS "systems!"
           FROM contract c
           JOIN account a ON a.id = c.customer_id
           JOIN service_level l ON l.id = c.service_level_id
           WHERE ($2::uuid IS NULL OR c.customer_id = $2)
             AND EXISTS (SELECT FROM site
                         WHERE site.customer_id = c.customer_id
                           AND in_scope(site.customer_id, site.id, 'infinity', $1))
             AND ($3::timestamptz IS NULL OR (c.ends_at, c.id) > ($3, $4))
           ORDER BY c.ends_at, c.id LIMIT $5"#,
        scope.json() as _,
        customer,
        after.map(|(at, _)| at.to_sqlx()) as _,
        after.map(|(_, id)| id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}
