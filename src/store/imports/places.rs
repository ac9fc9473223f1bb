//! Where the calls of an import belong: its customer, and the sites, systems and queues that its words name.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Result;

/// A site or system that an import made for words of its log.
#[derive(Debug, Clone)]
pub struct Named {
    pub id: Uuid,
    pub code: String,
    pub words: String,
}

/// The account whose log it is. Updating it locks it, so that two imports don't name things at the same time.
pub async fn account(db: &mut PgConnection, name: &str, slug: &str, now: Timestamp) -> Result<Uuid> {
    let id = sqlx::query_scalar!(
        "INSERT INTO account (id, kind, name, slug, created_at) VALUES ($1, 'customer', $2, $3, $4)
         ON CONFLICT (slug) DO UPDATE SET name = excluded.name RETURNING id",
        Uuid::now_v7(),
        name,
        slug,
        now.to_sqlx() as _
    )
    .fetch_one(db)
    .await?;
    Ok(id)
}

/// Queues of earlier imports of this kind; they keep the team's words beside the readable name.
pub async fn queues(db: &mut PgConnection, prefix: &str) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        r#"SELECT coalesce(subjects[1], name) AS "words!", slug
           FROM queue WHERE kind = 'imported' AND starts_with(slug, $1) ORDER BY slug"#,
        prefix
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.words, row.slug)).collect())
}

pub async fn sites(db: &mut PgConnection, customer: Uuid) -> Result<Vec<Named>> {
    let rows = sqlx::query_as!(
        Named,
        "SELECT id, site_code AS code, name AS words FROM site WHERE customer_id = $1 ORDER BY site_code",
        customer
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub async fn systems(db: &mut PgConnection, customer: Uuid) -> Result<Vec<Named>> {
    let rows = sqlx::query_as!(
        Named,
        "SELECT id, serial AS code, nickname AS words FROM system WHERE customer_id = $1 ORDER BY serial",
        customer
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// New queues, sites or systems as a JSON array of objects with the names of the table's columns.
pub async fn insert_queues(db: &mut PgConnection, queues: &serde_json::Value) -> Result<()> {
    sqlx::query!(
        "INSERT INTO queue (slug, name, cac_code, kind, subjects)
         SELECT q.slug, q.name, cac.code, 'imported', q.subjects
         FROM jsonb_populate_recordset(NULL::queue, $1) q
         LEFT JOIN cac ON cac.code = q.cac_code
         ON CONFLICT (slug) DO NOTHING",
        queues
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_sites(db: &mut PgConnection, sites: &serde_json::Value, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO site (customer_id, id, site_code, name, country, region, time_zone, created_at)
         SELECT s.customer_id, s.id, s.site_code, s.name, s.country, s.region, s.time_zone, $2
         FROM jsonb_populate_recordset(NULL::site, $1) s
         ON CONFLICT DO NOTHING",
        sites,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Systems without a contract and without heartbeat: nobody promised anything, and none will call home.
pub async fn insert_systems(db: &mut PgConnection, systems: &serde_json::Value) -> Result<()> {
    sqlx::query!(
        "INSERT INTO system (customer_id, id, site_id, serial, nickname, model, subject, os, installed_at,
                             redundancy_since, heartbeat_minutes)
         SELECT s.customer_id, s.id, s.site_id, s.serial, s.nickname, s.model, s.subject, s.os, s.installed_at,
                s.installed_at, NULL
         FROM jsonb_populate_recordset(NULL::system, $1) s
         ON CONFLICT DO NOTHING",
        systems
    )
    .execute(db)
    .await?;
    Ok(())
}
