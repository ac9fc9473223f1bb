use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{By, target::Target};
use crate::{
    actions::audit,
    domain::audit::{Kind, Subject},
    error::{Error, Result},
    store::{Store, factors, memberships, outbox, rights},
};

/// For somebody who has lost the phone and the paper: app, passkeys and recovery codes are gone, sessions end, and
/// whoever needs a second factor sets a new one up at the next sign-in.
///
/// The password stays, so whoever has only that still meets the demand for a second factor.
pub async fn take_factors(store: &Store, by: By<'_>, person: Uuid, now: Timestamp) -> Result<()> {
    by.not_oneself(person)?;
    let mut tx = store.begin_write().await?;
    Target::find(&mut tx, by, person).await?.as_a_whole(by)?;
    if factors::delete_all(&mut tx, person).await? == 0 {
        return Err(Error::refused("This person has no second factor."));
    }
    rights::sign_out(&mut tx, person).await?;
    let entry = by.entry(Kind::FactorRemoved, Subject::Person, person, json!({}));
    let entry = match memberships::usual_account(&mut *tx, person).await? {
        Some(account) => entry.of(account),
        None => entry,
    };
    audit::record(&mut tx, entry, now).await?;
    outbox::insert_rights(&mut tx, &[format!("person:{person}")], now).await?;
    tx.commit().await?;
    Ok(())
}
