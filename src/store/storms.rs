//! Many systems of one site at once, and the one call that has them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Result;

#[derive(Debug, Clone, Copy)]
pub struct Storm {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub call_id: Uuid,
    pub last_at: jiff_sqlx::Timestamp,
}

pub async fn running(db: &mut PgConnection, customers: &[Uuid], sites: &[Uuid]) -> Result<Vec<Storm>> {
    let storms = sqlx::query_as!(
        Storm,
        "SELECT customer_id, site_id, call_id, last_at FROM storm
         WHERE (customer_id, site_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND ended_at IS NULL",
        customers,
        sites
    )
    .fetch_all(db)
    .await?;
    Ok(storms)
}

/// The systems of a site that had something new wrong since then, and the calls that have it.
pub async fn lately(
    db: &mut PgConnection,
    customer: Uuid,
    site: Uuid,
    since: Timestamp,
) -> Result<Vec<(Uuid, Option<Uuid>)>> {
    let rows = sqlx::query!(
        r#"SELECT system_id AS "system_id!", call_id FROM fault
           WHERE customer_id = $1 AND site_id = $2 AND raised_at > $3 AND cleared_at IS NULL
             AND system_id IS NOT NULL AND call_id IS NOT NULL
           ORDER BY raised_at, fingerprint LIMIT 1000"#,
        customer,
        site,
        since.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.system_id, row.call_id)).collect())
}

pub async fn begin(db: &mut PgConnection, customer: Uuid, site: Uuid, call: Uuid, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO storm (customer_id, site_id, call_id, began_at, last_at) VALUES ($1, $2, $3, $4, $4)",
        customer,
        site,
        call,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn go_on(db: &mut PgConnection, customers: &[Uuid], calls: &[Uuid], now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE storm SET last_at = $3 WHERE (customer_id, call_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
        customers,
        calls,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn end(db: &mut PgConnection, customer: Uuid, call: Uuid, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE storm SET ended_at = $3 WHERE customer_id = $1 AND call_id = $2 AND ended_at IS NULL",
        customer,
        call,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}
