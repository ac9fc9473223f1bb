use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    fit_password,
    invite::{is_name, offer},
};
use crate::{
    actions::{
        audit::{self, Entry},
        hash_password, new_key, secret_hash,
    },
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
    },
    error::{Error, FieldError, Result},
    store::{
        Store, WriteTx,
        invitations::{self, Invitation},
        memberships::NewMembership,
        outbox,
        people::{self, NewPerson},
        rights,
    },
};

const KNOWN: &str = "This address can sign in already. Sign in with it, and accept the invitation then.";
const HERE: &str = "You belong to this account already.";
const ANOTHER: &str = "This invitation is for another address. Sign out first.";

/// Somebody new comes in: a name, a password, and what the invitation makes of them.
///
/// A link alone never opens what belongs to somebody who is known: they accept it themselves.
pub async fn accept_as_newcomer(store: &Store, secret: &str, name: &str, password: &str, now: Timestamp) -> Result<()> {
    let invitation = invitations::open(store.reader(), &secret_hash(secret), now).await?;
    let faults = faults(&invitation, name, password);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let hash = hash_password(password).await?;
    let mut tx = store.begin_write().await?;
    rights::one_at_a_time(&mut tx).await?;
    if rights::person_by_email(&mut *tx, &invitation.email).await?.is_some() {
        return Err(Error::refused(KNOWN));
    }
    let person = NewPerson {
        id: Uuid::now_v7(),
        email: &invitation.email,
        display_name: name.trim(),
        password_hash: Some(&hash),
        key: &new_key(),
    };
    people::insert(&mut tx, &person, now).await?;
    come_in(&mut tx, person.id, &invitation, now).await?;
    tx.commit().await?;
    Ok(())
}

fn faults(invitation: &Invitation, name: &str, password: &str) -> Vec<FieldError> {
    let message = "Say your name as others should read it, in up to 100 characters.".to_owned();
    let name_fault = (!is_name(name)).then(|| FieldError { field: "name".to_owned(), message });
    let about = [name, &invitation.email, &invitation.account_name];
    name_fault.into_iter().chain(fit_password(password, &about).err()).collect()
}

/// Somebody who is known belongs to one more account.
pub async fn accept_as_member(store: &Store, viewer: &Viewer, secret: &str, now: Timestamp) -> Result<()> {
    let mut tx = store.begin_write().await?;
    rights::one_at_a_time(&mut tx).await?;
    let invitation = invitations::open(&mut *tx, &secret_hash(secret), now).await?;
    viewer.may_change()?;
    if viewer.email != invitation.email {
        return Err(Error::refused(ANOTHER));
    }
    come_in(&mut tx, viewer.person_id, &invitation, now).await?;
    outbox::insert_rights(&mut tx, &[format!("person:{}", viewer.person_id)], now).await?;
    tx.commit().await?;
    Ok(())
}

async fn come_in(tx: &mut WriteTx, person: Uuid, invitation: &Invitation, now: Timestamp) -> Result<()> {
    let offer = offer(invitation)?;
    let membership = NewMembership {
        id: Uuid::now_v7(),
        person_id: person,
        account_id: offer.account,
        role: offer.role.name(),
        cac_code: offer.cac.as_deref(),
        sites: offer.sites.as_deref(),
    };
    if !invitations::accept(tx, invitation.id, now).await? {
        return Err(Error::NotFound);
    }
    rights::join(tx, &membership, now).await?.ok_or_else(|| Error::refused(HERE))?;
    let entry = Entry::new(Kind::InvitationAccepted, Subject::Invitation, invitation.id).by(person);
    let entry = entry.of(offer.account).with(json!({"role": offer.role, "cac": offer.cac}));
    audit::record(tx, entry, now).await
}
