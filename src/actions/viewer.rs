use jiff::Timestamp;

use crate::{
    domain::{
        access::{Membership, ReadOnly, Role, Scope, Viewer},
        policy::{self, Action, Asker, Relation, Resource},
    },
    error::{Error, Result},
    store::{memberships::Standing, sessions::SignedIn},
};

/// Somebody whom the store knows, with everything that decides what they may see.
pub fn as_viewer(signed_in: &SignedIn, now: Timestamp) -> Result<Viewer> {
    let membership = Membership {
        id: signed_in.membership_id,
        account_id: signed_in.account_id,
        role: role(&signed_in.role)?,
        cac: signed_in.cac_code.clone(),
        sites: signed_in.sites.clone(),
    };
    Ok(Viewer {
        scope: Scope::of(&membership, &signed_in.relations.0, now),
        read_only: read_only(signed_in)?,
        person_id: signed_in.person_id,
        membership_id: membership.id,
        account_id: membership.account_id,
        role: membership.role,
        name: signed_in.display_name.clone(),
        email: signed_in.email.clone(),
        cac: membership.cac,
        sites: membership.sites,
        token_id: signed_in.token_id,
        session_id: signed_in.session_id,
        until: until(signed_in, now),
        time_zone: signed_in.time_zone.clone(),
    })
}

fn until(signed_in: &SignedIn, now: Timestamp) -> Option<Timestamp> {
    let turns = signed_in.relations.0.iter().filter_map(|relation| relation.turns_at(now));
    turns.chain(signed_in.expires_at.map(jiff_sqlx::Timestamp::to_jiff)).min()
}

/// Who lost the right to look at others' pages in the meantime sees none.
fn read_only(signed_in: &SignedIn) -> Result<Option<ReadOnly>> {
    let (Some(watcher), Some(watcher_role)) = (signed_in.watcher_id, signed_in.watcher_role.as_deref()) else {
        return Ok((!signed_in.may_write).then_some(ReadOnly::Token));
    };
    let asker = Asker::Person(role(watcher_role)?);
    policy::may(asker, Action::Watch, Resource::Person, Relation::Foreign).map_err(|_| Error::SignedOut)?;
    Ok(Some(ReadOnly::Watching { watcher }))
}

/// What a person would see as one of their memberships.
pub fn scope_of(standing: &Standing, now: Timestamp) -> Result<Scope> {
    let membership = Membership {
        id: standing.membership_id,
        account_id: standing.account_id,
        role: role(&standing.role)?,
        cac: None,
        sites: standing.sites.clone(),
    };
    Ok(Scope::of(&membership, &standing.relations.0, now))
}

fn role(name: &str) -> Result<Role> {
    Role::from_name(name).ok_or_else(|| Error::Internal(format!("the store holds an unknown role {name:?}")))
}
