//! Silences that last, and the calls that have them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Result;

/// A silence that lasts.
#[derive(Debug, Clone)]
pub struct Running {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub system_id: Uuid,
    pub call_id: Uuid,
}

/// The silences of these systems, and all of a site that are one call: where one is heard, the site is.
pub async fn broken_by(db: &mut PgConnection, customers: &[Uuid], systems: &[Uuid]) -> Result<Vec<Running>> {
    let running = sqlx::query_as!(
        Running,
        "SELECT silence.customer_id, silence.id, silence.system_id, silence.call_id
         FROM (SELECT DISTINCT system.customer_id, system.site_id
               FROM unnest($1::uuid[], $2::uuid[]) AS asked (customer_id, id)
               JOIN system ON system.customer_id = asked.customer_id AND system.id = asked.id) sites
         JOIN silence ON silence.customer_id = sites.customer_id AND silence.site_id = sites.site_id
                     AND silence.ended_at IS NULL
         JOIN call ON call.customer_id = silence.customer_id AND call.id = silence.call_id
         WHERE call.system_id IS NULL
            OR (silence.customer_id, silence.system_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
         ORDER BY silence.call_id, silence.system_id",
        customers,
        systems
    )
    .fetch_all(db)
    .await?;
    Ok(running)
}

/// Those of these systems whose silence began before that instant.
pub async fn begun_before(db: &mut PgConnection, systems: &[(Uuid, Uuid)], at: Timestamp) -> Result<Vec<(Uuid, Uuid)>> {
    let (customers, ids): (Vec<Uuid>, Vec<Uuid>) = systems.iter().copied().unzip();
    let rows = sqlx::query!(
        "SELECT customer_id, system_id FROM silence
         WHERE (customer_id, system_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
           AND ended_at IS NULL AND began_at < $3 ORDER BY customer_id, system_id",
        &customers,
        &ids,
        at.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.system_id)).collect())
}

/// The silence of one system, and how many others have the same call.
pub async fn of_system(db: &mut PgConnection, customer: Uuid, system: Uuid) -> Result<Option<(Running, i64)>> {
    let row = sqlx::query!(
        r#"SELECT own.id, own.call_id, (
               SELECT count(*) FROM silence other
               WHERE other.customer_id = own.customer_id AND other.site_id = own.site_id
                 AND other.call_id = own.call_id AND other.ended_at IS NULL AND other.id <> own.id
           ) AS "others!"
           FROM silence own WHERE own.customer_id = $1 AND own.system_id = $2 AND own.ended_at IS NULL"#,
        customer,
        system
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        (Running { customer_id: customer, id: row.id, system_id: system, call_id: row.call_id }, row.others)
    }))
}
