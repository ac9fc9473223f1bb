//! Credentials with which systems and gateways phone home: made, replaced, revoked.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{By, Holder, audit, keep_secret, new_secret, token_prefix};
use crate::{
    domain::{
        access::Scope,
        audit::{Kind, Subject},
        device::LONGEST_OVERLAP,
        policy::Resource,
    },
    error::{Error, Result},
    store::{
        Store,
        devices::{self, DeviceRow},
        places, systems,
    },
};

/// Who is to have a credential, as people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A system by its serial.
    System(String),
    /// The gateway of a site, by the site's code.
    Site(String),
}

#[derive(Debug, Clone)]
pub struct WantedDevice {
    pub named: Named,
    /// What the credential is called among others of the same holder.
    pub name: String,
}

/// The secret, shown once.
#[derive(Debug, Clone)]
pub struct MadeDevice {
    pub id: Uuid,
    pub secret: String,
}

impl By<'_> {
    fn scope(self) -> Scope {
        match self {
            Self::Person(viewer) => viewer.scope.clone(),
            Self::Terminal => Scope::everything(),
        }
    }
}

pub async fn make_device(store: &Store, by: By<'_>, wanted: &WantedDevice, now: Timestamp) -> Result<MadeDevice> {
    by.may_change(Resource::Device)?;
    let name = wanted.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::invalid("name", "Say what the credential is for, in up to 100 characters."));
    }
    let mut tx = store.begin_write().await?;
    let (holder, called) = match &wanted.named {
        Named::System(serial) => {
            let found = systems::find(&mut *tx, &by.scope(), serial, now).await;
            let system = known(found, "system", "There is no system with that serial.")?;
            let (customer_id, site_id) = (system.customer_id, system.site_id);
            (Holder { customer_id, site_id, system_id: Some(system.id), name }, system.serial)
        }
        Named::Site(code) => {
            let found = places::find(&mut *tx, &by.scope(), code).await;
            let site = known(found, "site", "There is no site with that code.")?;
            (Holder { customer_id: site.customer_id, site_id: site.id, system_id: None, name }, site.site_code)
        }
    };
    let secret = secret_for(holder.system_id);
    let id = keep_secret(&mut tx, holder, &secret, by.id(), now).await?;
    let detail = json!({"prefix": token_prefix(&secret), "name": name});
    let entry = by.entry(Kind::DeviceAdded, subject(holder.system_id), called, detail);
    audit::record(&mut tx, entry.of(holder.customer_id), now).await?;
    tx.commit().await?;
    Ok(MadeDevice { id, secret })
}

/// A name in a form that nothing has is a fault of that field.
fn known<T>(found: Result<T>, field: &str, message: &str) -> Result<T> {
    found.map_err(|error| match error {
        Error::NotFound => Error::invalid(field, message),
        other => other,
    })
}

/// The beginning says what kind of secret it is: of a device, or of a gateway.
fn secret_for(system: Option<Uuid>) -> String {
    new_secret(if system.is_some() { "md" } else { "mg" })
}

/// What the log of deeds calls the holder by: a serial, or the code of a site.
fn subject(system: Option<Uuid>) -> Subject {
    if system.is_some() { Subject::Device } else { Subject::Site }
}

fn entry_of(by: By<'_>, kind: Kind, row: &DeviceRow, detail: serde_json::Value) -> audit::Entry {
    by.entry(kind, subject(row.system_id), row.holder(), detail).of(row.customer_id)
}

/// A new one for the same holder; both open until the overlap is over, so that nothing is lost while it is changed.
pub async fn rotate_device(
    store: &Store,
    by: By<'_>,
    id: Uuid,
    overlap: SignedDuration,
    now: Timestamp,
) -> Result<MadeDevice> {
    by.may_change(Resource::Device)?;
    if overlap.is_negative() || overlap > LONGEST_OVERLAP {
        return Err(Error::invalid("overlap_hours", "The old one opens for 0 to 168 hours more."));
    }
    let mut tx = store.begin_write().await?;
    let old = devices::find(&mut *tx, &by.scope(), id).await?;
    let (customer_id, site_id, system_id) = (old.customer_id, old.site_id, old.system_id);
    let secret = secret_for(system_id);
    let holder = Holder { customer_id, site_id, system_id, name: &old.name };
    let new = keep_secret(&mut tx, holder, &secret, by.id(), now).await?;
    let ends_at = now + overlap;
    if devices::replace(&mut tx, (customer_id, id), new, ends_at).await? == 0 {
        return Err(Error::refused("This credential has been replaced or revoked already."));
    }
    let detail = json!({"replaced": old.prefix, "prefix": token_prefix(&secret), "opens_until": ends_at});
    audit::record(&mut tx, entry_of(by, Kind::DeviceRotated, &old, detail), now).await?;
    tx.commit().await?;
    Ok(MadeDevice { id: new, secret })
}

/// It opens nothing from now on, neither as a bearer nor by a signature.
pub async fn revoke_device(store: &Store, by: By<'_>, id: Uuid, now: Timestamp) -> Result<()> {
    by.may_change(Resource::Device)?;
    let mut tx = store.begin_write().await?;
    let row = devices::find(&mut *tx, &by.scope(), id).await?;
    if devices::revoke(&mut tx, row.customer_id, id, now).await? == 0 {
        return Err(Error::refused("This credential opens nothing any more as it is."));
    }
    let detail = json!({"prefix": row.prefix, "name": row.name});
    audit::record(&mut tx, entry_of(by, Kind::DeviceRevoked, &row, detail), now).await?;
    tx.commit().await?;
    Ok(())
}
