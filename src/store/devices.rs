//! Credentials of devices as people look after them: never the secret, only how it begins.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{access::Scope, device::Standing},
    error::Result,
};

/// A credential, and whose it is.
#[derive(Debug, Clone)]
pub struct DeviceRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
    pub prefix: String,
    pub name: String,
    pub customer_name: String,
    pub site_code: String,
    pub site_name: String,
    /// None is a gateway of the site.
    pub serial: Option<String>,
    pub nickname: Option<String>,
    pub created_at: jiff_sqlx::Timestamp,
    pub made_by: Option<String>,
    pub last_used_at: Option<jiff_sqlx::Timestamp>,
    pub last_used_from: Option<String>,
    pub ends_at: Option<jiff_sqlx::Timestamp>,
    pub revoked_at: Option<jiff_sqlx::Timestamp>,
    pub replaced_by: Option<Uuid>,
    /// How its successor begins.
    pub successor: Option<String>,
}

impl DeviceRow {
    pub fn standing(&self, now: Timestamp) -> Standing {
        let instant = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        Standing::of(instant(self.ends_at), instant(self.revoked_at), now)
    }

    /// The serial of the system, or the code of the site for which it speaks.
    pub fn holder(&self) -> &str {
        self.serial.as_deref().unwrap_or(&self.site_code)
    }
}

macro_rules! devices {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            DeviceRow,
            r#"SELECT c.customer_id, c.id, c.site_id, c.system_id, c.prefix, c.name, account.name AS customer_name,
                      site.site_code, site.name AS site_name, system.serial AS "serial?",
                      system.nickname AS "nickname?", c.created_at, maker.display_name AS "made_by?",
                      c.last_used_at, c.last_used_from, c.ends_at, c.revoked_at, c.replaced_by,
                      successor.prefix AS "successor?"
               FROM device_credential c
               JOIN account ON account.id = c.customer_id
               JOIN site ON site.customer_id = c.customer_id AND site.id = c.site_id
               LEFT JOIN system ON system.customer_id = c.customer_id AND system.id = c.system_id
               LEFT JOIN person maker ON maker.id = c.created_by
               LEFT JOIN device_credential successor ON successor.customer_id = c.customer_id
                                                    AND successor.id = c.replaced_by "# + $rest,
            $($arg),*
        )
    };
}

/// The newest first; the words are how a serial, a site's code, a name or the credential itself begins.
pub async fn list(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    words: Option<&str>,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<DeviceRow>> {
    let rows = devices!(
        "WHERE in_scope(c.customer_id, c.site_id, 'infinity', $1)
           AND ($2::text IS NULL OR system.serial ILIKE $2 || '%' OR site.site_code ILIKE $2 || '%'
                OR c.prefix LIKE $2 || '%' OR c.name ILIKE $2 || '%')
           AND ($3::timestamptz IS NULL OR (c.created_at, c.id) < ($3, $4))
         ORDER BY c.created_at DESC, c.id DESC LIMIT $5",
        scope.json() as _,
        words,
        after.map(|(at, _)| at.to_sqlx()) as _,
        after.map(|(_, id)| id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub async fn find(db: impl PgExecutor<'_>, scope: &Scope, id: Uuid) -> Result<DeviceRow> {
    let row = devices!("WHERE c.id = $2 AND in_scope(c.customer_id, c.site_id, 'infinity', $1)", scope.json() as _, id)
        .fetch_one(db)
        .await?;
    Ok(row)
}

/// Ends at that instant, beside its successor until then; nothing where it was replaced or revoked before.
pub async fn replace(
    db: &mut PgConnection,
    (customer, id): (Uuid, Uuid),
    successor: Uuid,
    ends_at: Timestamp,
) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE device_credential SET replaced_by = $3, ends_at = $4
         WHERE customer_id = $1 AND id = $2 AND replaced_by IS NULL AND revoked_at IS NULL",
        customer,
        id,
        successor,
        ends_at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

pub async fn revoke(db: &mut PgConnection, customer: Uuid, id: Uuid, now: Timestamp) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE device_credential SET revoked_at = $3
         WHERE customer_id = $1 AND id = $2 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > $3)",
        customer,
        id,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
