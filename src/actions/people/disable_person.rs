use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    By,
    target::{Target, keep_an_administrator},
};
use crate::{
    actions::audit,
    domain::audit::{Kind, Subject},
    error::{Error, Result},
    store::{Store, WriteTx, invitations, memberships, outbox, rights},
};

/// Shuts somebody out, everywhere at once: sessions and streams end, tokens open nothing any more, also if the
/// person is let in again.
pub async fn disable_person(store: &Store, by: By<'_>, person: Uuid, now: Timestamp) -> Result<()> {
    let mut tx = store.begin_write().await?;
    let target = Target::find(&mut tx, by, person).await?;
    target.as_a_whole(by)?;
    by.not_oneself(person)?;
    if target.is_administrator() {
        keep_an_administrator(&mut tx, |_, of| of == person).await?;
    }
    if rights::disable(&mut tx, person, now).await? == 0 {
        return Err(Error::refused("This person is disabled already."));
    }
    invitations::revoke_made_by(&mut tx, person, None, now).await?;
    tell(tx, by, Kind::PersonDisabled, person, now).await
}

/// Lets somebody in again, as whom they were; what opened the door to programs stays ended.
pub async fn enable_person(store: &Store, by: By<'_>, person: Uuid, now: Timestamp) -> Result<()> {
    let mut tx = store.begin_write().await?;
    Target::find(&mut tx, by, person).await?.as_a_whole(by)?;
    if rights::enable(&mut tx, person).await? == 0 {
        return Err(Error::refused("This person is not disabled."));
    }
    tell(tx, by, Kind::PersonEnabled, person, now).await
}

/// Every browser must sign in again; tokens go on.
pub async fn sign_out_person(store: &Store, by: By<'_>, person: Uuid, now: Timestamp) -> Result<u64> {
    let mut tx = store.begin_write().await?;
    Target::find(&mut tx, by, person).await?.as_a_whole(by)?;
    let ended = rights::sign_out(&mut tx, person).await?;
    tell(tx, by, Kind::SessionRevoked, person, now).await?;
    Ok(ended)
}

async fn tell(mut tx: WriteTx, by: By<'_>, kind: Kind, person: Uuid, now: Timestamp) -> Result<()> {
    let entry = by.entry(kind, Subject::Person, person, json!({}));
    let entry = match memberships::usual_account(&mut *tx, person).await? {
        Some(account) => entry.of(account),
        None => entry,
    };
    audit::record(&mut tx, entry, now).await?;
    outbox::insert_rights(&mut tx, &[format!("person:{person}")], now).await?;
    tx.commit().await?;
    Ok(())
}
