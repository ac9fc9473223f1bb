use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{By, Offer};
use crate::{
    actions::{audit, new_secret, secret_hash},
    domain::{
        access::{Role, Viewer},
        audit::{Kind, Subject},
    },
    error::{Error, FieldError, Result},
    store::{
        Store, WriteTx,
        invitations::{self, Invitation, NewInvitation},
        rights,
    },
};

pub const INVITATION_HOURS: i64 = 24;
const LONGEST_NAME: usize = 100;
const LONGEST_ADDRESS: usize = 254;

/// Somebody who is asked to come in, and as what.
#[derive(Debug, Clone)]
pub struct Invite {
    pub name: String,
    pub email: String,
    pub offer: Offer,
}

/// What is shown once: the secret of the link.
#[derive(Debug, Clone)]
pub struct Link {
    pub id: Uuid,
    pub secret: String,
    pub until: Timestamp,
}

impl Invite {
    pub fn faults(&self) -> Vec<FieldError> {
        let fault = |field: &str, message: &str| FieldError { field: field.to_owned(), message: message.to_owned() };
        let name = (!is_name(&self.name)).then(|| fault("name", "Say who it is, in up to 100 characters."));
        let email = (!is_address(&self.email)).then(|| fault("email", "That is not a mail address."));
        name.into_iter().chain(email).collect()
    }
}

pub fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control)
}

/// Only what no mail system would take is refused.
fn is_address(email: &str) -> bool {
    let email = email.trim();
    let plain = !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"(),;:\\".contains(c));
    let parts = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    });
    plain && parts && email.len() <= LONGEST_ADDRESS
}

/// Whether the house knows the address is not told: the answer is a link, either way.
pub async fn invite(store: &Store, viewer: &Viewer, invite: &Invite, now: Timestamp) -> Result<Link> {
    let mut tx = store.begin_write().await?;
    let by = By::Person(viewer);
    let mut faults = invite.faults();
    faults.extend(invite.offer.judge(&mut tx, by).await?);
    if rights::is_member(&mut *tx, &by.people(), invite.email.trim(), invite.offer.account).await? {
        let message = "Somebody of that address is in this account already.".to_owned();
        faults.push(FieldError { field: "email".to_owned(), message });
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let link = write(&mut tx, viewer, invite, now).await?;
    tx.commit().await?;
    Ok(link)
}

async fn write(tx: &mut WriteTx, viewer: &Viewer, invite: &Invite, now: Timestamp) -> Result<Link> {
    let until = now + SignedDuration::from_hours(INVITATION_HOURS);
    let link = Link { id: Uuid::now_v7(), secret: new_secret("mi"), until };
    let row = NewInvitation {
        id: link.id,
        token_hash: &secret_hash(&link.secret),
        email: invite.email.trim(),
        display_name: invite.name.trim(),
        account_id: invite.offer.account,
        role: invite.offer.role.name(),
        cac_code: invite.offer.cac.as_deref(),
        sites: invite.offer.sites.as_deref(),
        invited_by: viewer.person_id,
        until,
    };
    invitations::insert(tx, &row, now).await?;
    let detail = json!({"role": row.role, "cac": row.cac_code, "to": audit::unknown(tx, row.email).await?});
    let entry = By::Person(viewer).entry(Kind::Invited, Subject::Invitation, link.id, detail);
    audit::record(tx, entry.of(row.account_id), now).await?;
    Ok(link)
}

/// The same again under a new link, for another day; the old link opens nothing from now on.
pub async fn renew_invitation(store: &Store, viewer: &Viewer, id: Uuid, now: Timestamp) -> Result<Link> {
    let mut tx = store.begin_write().await?;
    let by = By::Person(viewer);
    let old = invitations::find(&mut *tx, &by.people(), id).await?;
    if old.accepted_at.is_some() {
        return Err(Error::refused("This invitation has been accepted."));
    }
    let invite = Invite { name: old.display_name.clone(), email: old.email.clone(), offer: offer(&old)? };
    let faults = invite.offer.judge(&mut tx, by).await?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let link = write(&mut tx, viewer, &invite, now).await?;
    tx.commit().await?;
    Ok(link)
}

pub async fn revoke_invitation(store: &Store, viewer: &Viewer, id: Uuid, now: Timestamp) -> Result<()> {
    let mut tx = store.begin_write().await?;
    let by = By::Person(viewer);
    let invitation = invitations::find(&mut *tx, &by.people(), id).await?;
    let offer = offer(&invitation)?;
    by.may_give(offer.held())?;
    if invitations::revoke(&mut tx, id, now).await? == 0 {
        return Err(Error::refused("This invitation is over already."));
    }
    let entry = by.entry(Kind::InvitationRevoked, Subject::Invitation, id, json!({}));
    audit::record(&mut tx, entry.of(offer.account), now).await?;
    tx.commit().await?;
    Ok(())
}

pub fn offer(invitation: &Invitation) -> Result<Offer> {
    let role = Role::from_name(&invitation.role)
        .ok_or_else(|| Error::Internal(format!("the store holds an unknown role {:?}", invitation.role)))?;
    Ok(Offer {
        account: invitation.account_id,
        role,
        cac: invitation.cac_code.clone(),
        sites: invitation.sites.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_mail_could_be_sent_to() {
        for address in ["a@b.co", "claire.dubois+rail@acme-rail.example", " trimmed@example.com ", "ü@bücher.example"]
        {
            assert!(is_address(address), "{address}");
        }
        for none in
            ["", "claire", "@b.co", "a@b", "a b@c.de", "a@b@c.de", "a@.de", "a@de.", "<a@b.co>", "a@b.co,c@d.ef"]
        {
            assert!(!is_address(none), "{none}");
        }
        assert!(!is_address(&format!("{}@example.com", "x".repeat(250))));
    }

    #[test]
    fn a_name_can_be_read_aloud() {
        assert!(is_name("Zoë van der Meer-Øst"));
        for none in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert!(!is_name(none), "{none:?}");
        }
    }
}
