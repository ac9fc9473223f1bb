use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{house_key::house_key, secret_hash, token_prefix};
use crate::{
    app::App,
    error::Result,
    seal,
    store::credentials::{self, Device, NewCredential},
};

/// For whom a credential is: a system, or (none) a gateway that speaks for its site.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
    /// What the credential is called among others of the same holder.
    pub name: &'a str,
}

/// From now on whoever has the secret speaks for the holder.
pub async fn keep_secret(
    tx: &mut PgConnection,
    holder: Holder<'_>,
    secret: &str,
    by: Option<Uuid>,
    now: Timestamp,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let key = house_key(tx, credentials::HOUSE_KEY).await?;
    let new = NewCredential {
        customer_id: holder.customer_id,
        id,
        site_id: holder.site_id,
        system_id: holder.system_id,
        secret_hash: &secret_hash(secret),
        sealed: &seal::seal(&key, &purpose(id), secret.as_bytes())?,
        prefix: token_prefix(secret),
        name: holder.name,
        created_by: by,
    };
    credentials::insert(tx, &new, now).await?;
    Ok(id)
}

/// What was sealed for one credential opens as no other.
pub(super) fn purpose(credential: Uuid) -> String {
    format!("device:{credential}")
}

/// Few at once: the mark is worth less than the alarms that wait for a connection.
static MARKING: Semaphore = Semaphore::const_new(2);

/// Remembers, at most once a minute and beside the request, that a credential was used, and from where.
pub fn note_device_use(app: &App, device: &Device, from: String) {
    let now = app.clock.now();
    if device.used_at.is_some_and(|used| now.duration_since(used.to_jiff()) < SignedDuration::from_mins(1)) {
        return;
    }
    let Ok(permit) = MARKING.try_acquire() else { return };
    let (app, customer, id) = (app.clone(), device.customer_id, device.id);
    tokio::spawn(async move {
        if let Err(error) = mark(&app, customer, id, &from, now).await {
            tracing::warn!(%error, "the use of a device's credential could not be remembered");
        }
        drop(permit);
    });
}

async fn mark(app: &App, customer: Uuid, id: Uuid, from: &str, now: Timestamp) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    credentials::mark_used(&mut tx, customer, id, from, now).await?;
    tx.commit().await?;
    Ok(())
}
