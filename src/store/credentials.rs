//! How systems and site gateways prove who they are. Only hashes are kept.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// A sender that has proved itself: one system, or a gateway that speaks for its site.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub site_code: String,
    pub system_id: Option<Uuid>,
    pub serial: Option<String>,
}

pub async fn find(db: impl PgExecutor<'_>, secret_hash: &[u8]) -> Result<Option<Device>> {
    let device = sqlx::query_as!(
        Device,
        r#"SELECT c.id, c.customer_id, c.site_id, site.site_code, c.system_id, system.serial AS "serial?"
           FROM device_credential c
           JOIN site ON site.customer_id = c.customer_id AND site.id = c.site_id
           LEFT JOIN system ON system.customer_id = c.customer_id AND system.id = c.system_id
           WHERE c.secret_hash = $1 AND c.revoked_at IS NULL"#,
        secret_hash
    )
    .fetch_optional(db)
    .await?;
    Ok(device)
}

pub async fn insert(
    db: &mut PgConnection,
    customer: Uuid,
    site: Uuid,
    system: Option<Uuid>,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO device_credential (customer_id, id, site_id, system_id, secret_hash, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        customer,
        id,
        site,
        system,
        secret_hash,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(id)
}
