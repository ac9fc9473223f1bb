//! How systems and site gateways prove who they are: a hash by which a bearer is found, and the secret itself, sealed,
//! for those who sign.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// The name of the key under which secrets of devices are sealed.
pub const HOUSE_KEY: &str = "devices";

/// A sender that has proved itself: one system, or a gateway that speaks for its site.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub site_code: String,
    pub system_id: Option<Uuid>,
    pub serial: Option<String>,
    /// When it was last noted that the credential was used.
    pub used_at: Option<jiff_sqlx::Timestamp>,
}

struct Row {
    secret_hash: Vec<u8>,
    id: Uuid,
    customer_id: Uuid,
    site_id: Uuid,
    site_code: String,
    system_id: Option<Uuid>,
    serial: Option<String>,
    used_at: Option<jiff_sqlx::Timestamp>,
}

macro_rules! live {
    ($from:literal, $hash:expr, $now:expr) => {
        sqlx::query_as!(
            Row,
            r#"SELECT c.secret_hash, c.id, c.customer_id, c.site_id, site.site_code, c.system_id,
                      system.serial AS "serial?", c.last_used_at AS used_at
               FROM "#
                + $from
                + r#"
               JOIN site ON site.customer_id = c.customer_id AND site.id = c.site_id
               LEFT JOIN system ON system.customer_id = c.customer_id AND system.id = c.system_id
               WHERE c.revoked_at IS NULL AND (c.ends_at IS NULL OR c.ends_at > $2)"#,
            $hash,
            $now.to_sqlx() as _
        )
    };
}

/// Whose live credentials have these hashes, each with its own.
pub async fn find(
    db: impl PgExecutor<'_>,
    secret_hashes: &[Vec<u8>],
    now: Timestamp,
) -> Result<Vec<(Vec<u8>, Device)>> {
    // Of an array Postgres takes the length into account, and plans anew for each: the one of a quiet hour comes alone.
    let rows = match secret_hashes {
        [one] => {
            let one = live!("(SELECT * FROM device_credential WHERE secret_hash = $1) AS c", one, now);
            one.fetch_all(db).await?
        }
        many => {
            let many = live!(
                "unnest($1::bytea[]) AS asked (hash) JOIN device_credential c ON c.secret_hash = asked.hash",
                many,
                now
            );
            many.fetch_all(db).await?
        }
    };
    Ok(rows.into_iter().map(Row::named).collect())
}

impl Row {
    fn named(self) -> (Vec<u8>, Device) {
        let Self { secret_hash, id, customer_id, site_id, site_code, system_id, serial, used_at } = self;
        (secret_hash, Device { id, customer_id, site_id, site_code, system_id, serial, used_at })
    }
}

/// A credential with which a message may have been signed.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub id: Uuid,
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub site_code: String,
    pub system_id: Option<Uuid>,
    pub serial: Option<String>,
    pub used_at: Option<jiff_sqlx::Timestamp>,
    pub sealed: Vec<u8>,
    pub key: Vec<u8>,
}

impl From<Candidate> for Device {
    fn from(candidate: Candidate) -> Self {
        let Candidate { id, customer_id, site_id, site_code, system_id, serial, used_at, .. } = candidate;
        Self { id, customer_id, site_id, site_code, system_id, serial, used_at }
    }
}

/// Every live credential of the system with that serial and of the gateways of its site; or, by the code of a site,
/// of its gateways. The one that was used last is the likeliest.
pub async fn candidates(db: impl PgExecutor<'_>, named: &str, now: Timestamp, limit: i64) -> Result<Vec<Candidate>> {
    let candidates = sqlx::query_as!(
        Candidate,
        r#"WITH place AS (
               SELECT customer_id, site_id, id AS system_id FROM system WHERE serial = $1
               UNION ALL
               SELECT customer_id, id, NULL FROM site WHERE site_code = $1)
           SELECT DISTINCT ON (c.last_used_at, c.id) c.id, c.customer_id, c.site_id, site.site_code, c.system_id,
                  system.serial AS "serial?", c.last_used_at AS "used_at?", c.sealed AS "sealed!", house_key.key
           FROM place
           JOIN device_credential c ON c.customer_id = place.customer_id AND c.site_id = place.site_id
                                   AND (c.system_id IS NULL OR c.system_id = place.system_id)
           JOIN site ON site.customer_id = c.customer_id AND site.id = c.site_id
           LEFT JOIN system ON system.customer_id = c.customer_id AND system.id = c.system_id
           JOIN house_key ON house_key.name = $4
           WHERE c.sealed IS NOT NULL AND c.revoked_at IS NULL AND (c.ends_at IS NULL OR c.ends_at > $2)
           ORDER BY c.last_used_at DESC NULLS LAST, c.id LIMIT $3"#,
        named,
        now.to_sqlx() as _,
        limit,
        HOUSE_KEY
    )
    .fetch_all(db)
    .await?;
    Ok(candidates)
}

#[derive(Debug, Clone)]
pub struct NewCredential<'a> {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    /// None is a gateway of the site.
    pub system_id: Option<Uuid>,
    pub secret_hash: &'a [u8],
    pub sealed: &'a [u8],
    pub prefix: &'a str,
    pub name: &'a str,
    pub created_by: Option<Uuid>,
}

pub async fn insert(db: &mut PgConnection, new: &NewCredential<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO device_credential (customer_id, id, site_id, system_id, secret_hash, sealed, prefix, name, created_by,
                                        created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.customer_id,
        new.id,
        new.site_id,
        new.system_id,
        new.secret_hash,
        new.sealed,
        new.prefix,
        new.name,
        new.created_by,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// At most once a minute: a device that sends a thousand times a second writes no row for each.
pub async fn mark_used(db: &mut PgConnection, customer: Uuid, id: Uuid, from: &str, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE device_credential SET last_used_at = $3, last_used_from = $4
         WHERE customer_id = $1 AND id = $2
           AND (last_used_at IS NULL OR last_used_at <= $3::timestamptz - interval '1 minute')",
        customer,
        id,
        now.to_sqlx() as _,
        from
    )
    .execute(db)
    .await?;
    Ok(())
}
