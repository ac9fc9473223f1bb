use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    By, Offer,
    target::{Target, keep_an_administrator},
};
use crate::{
    actions::audit,
    domain::{
        access::Role,
        audit::{Kind, Subject},
        policy::Resource,
    },
    error::{Error, Result},
    store::{
        Store, invitations,
        memberships::NewMembership,
        outbox,
        rights::{self, Row},
    },
};

/// Somebody whom the house knows comes into another account.
pub async fn add_membership(store: &Store, by: By<'_>, person: Uuid, offer: &Offer, now: Timestamp) -> Result<Uuid> {
    let mut tx = store.begin_write().await?;
    by.may_change(Resource::Person)?;
    Target::find(&mut tx, by, person).await?;
    no_faults(offer.judge(&mut tx, by).await?)?;
    let membership = NewMembership {
        id: Uuid::now_v7(),
        person_id: person,
        account_id: offer.account,
        role: offer.role.name(),
        cac_code: offer.cac.as_deref(),
        sites: offer.sites.as_deref(),
    };
    let joined = rights::join(&mut tx, &membership, now).await?;
    let id = joined.ok_or_else(|| Error::invalid("account", "This person belongs to that account already."))?;
    let detail = json!({"role": offer.role, "cac": offer.cac, "sites": offer.sites});
    let entry = by.entry(Kind::MembershipAdded, Subject::Membership, id, detail).of(offer.account).about(person);
    audit::record(&mut tx, entry, now).await?;
    outbox::insert_rights(&mut tx, &[format!("person:{person}")], now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Another role, CAC or other sites in the same account.
pub async fn change_membership(
    store: &Store,
    by: By<'_>,
    (person, membership): (Uuid, Uuid),
    change: impl FnOnce(&Row) -> Result<Offer>,
    now: Timestamp,
) -> Result<()> {
    let mut tx = store.begin_write().await?;
    let target = Target::find(&mut tx, by, person).await?;
    let row = target.membership(by, membership)?;
    by.not_oneself(person)?;
    let offer = change(row)?;
    no_faults(offer.judge(&mut tx, by).await?)?;
    if row.role == Role::Admin.name() && offer.role != Role::Admin {
        keep_an_administrator(&mut tx, |id, _| id == membership).await?;
    }
    rights::change(&mut tx, membership, offer.role.name(), offer.cac.as_deref(), offer.sites.as_deref()).await?;
    // Who is made less than they were has no open invitations to what they might not give now.
    invitations::revoke_made_by(&mut tx, person, Some(row.account_id), now).await?;
    let detail = json!({"was": row.role, "role": offer.role, "cac": offer.cac, "sites": offer.sites});
    let entry = by.entry(Kind::MembershipChanged, Subject::Membership, membership, detail);
    audit::record(&mut tx, entry.of(row.account_id).about(person), now).await?;
    outbox::insert_rights(&mut tx, &[format!("membership:{membership}")], now).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody leaves an account; what they are in others stays.
pub async fn end_membership(
    store: &Store,
    by: By<'_>,
    (person, membership): (Uuid, Uuid),
    now: Timestamp,
) -> Result<()> {
    let mut tx = store.begin_write().await?;
    let target = Target::find(&mut tx, by, person).await?;
    let row = target.membership(by, membership)?;
    by.not_oneself(person)?;
    if row.role == Role::Admin.name() {
        keep_an_administrator(&mut tx, |id, _| id == membership).await?;
    }
    rights::end(&mut tx, membership, now).await?;
    invitations::revoke_made_by(&mut tx, person, Some(row.account_id), now).await?;
    let entry = by.entry(Kind::MembershipEnded, Subject::Membership, membership, json!({"role": row.role}));
    audit::record(&mut tx, entry.of(row.account_id).about(person), now).await?;
    outbox::insert_rights(&mut tx, &[format!("membership:{membership}")], now).await?;
    tx.commit().await?;
    Ok(())
}

fn no_faults(faults: Vec<crate::error::FieldError>) -> Result<()> {
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
