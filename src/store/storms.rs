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

/// A system that has something new wrong, and the call that has it.
#[derive(Debug, Clone, Copy)]
pub struct New {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub system_id: Uuid,
    pub call_id: Uuid,
}

/// The systems of these sites that had something new wrong since then.
pub async fn lately(db: &mut PgConnection, customers: &[Uuid], sites: &[Uuid], since: Timestamp) -> Result<Vec<New>> {
    let new = sqlx::query_as!(
        New,
        r#"SELECT asked.customer_id AS "customer_id!", asked.site_id AS "site_id!", new.system_id AS "system_id!",
                  new.call_id AS "call_id!"
           FROM unnest($1::uuid[], $2::uuid[]) AS asked (customer_id, site_id)
           CROSS JOIN LATERAL (
               SELECT system_id, call_id FROM fault
               WHERE customer_id = asked.customer_id AND site_id = asked.site_id AND raised_at > $3
                 AND cleared_at IS NULL AND system_id IS NOT NULL AND call_id IS NOT NULL
               ORDER BY raised_at, fingerprint LIMIT 1000
           ) new"#,
        customers,
        sites,
        since.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(new)
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
