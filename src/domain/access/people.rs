//! Whose people somebody may see, and what they may make of them.

use uuid::Uuid;

use super::{Party, Role, Viewer};
use crate::domain::policy::{Action, Denied, Reach, Relation, Resource, may_make};

/// The memberships whose people somebody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleScope {
    Nobody,
    /// Of one account; where a CAC is named, only of that CAC.
    Of {
        account: Uuid,
        cac: Option<String>,
    },
    Everybody,
}

impl PeopleScope {
    /// A lead has the people of one CAC; a lead of none has nobody.
    pub fn of(viewer: &Viewer) -> Self {
        match (viewer.reach(Action::See, Resource::Person), viewer.role.party()) {
            (Reach::Nowhere, _) => Self::Nobody,
            (Reach::Everywhere, _) => Self::Everybody,
            (Reach::Own, Party::Staff) if viewer.cac.is_none() => Self::Nobody,
            (Reach::Own, Party::Staff) => Self::Of { account: viewer.account_id, cac: viewer.cac.clone() },
            (Reach::Own, _) => Self::Of { account: viewer.account_id, cac: None },
        }
    }

    pub fn contains(&self, account: Uuid, cac: Option<&str>) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everybody => true,
            Self::Of { account: own, cac: None } => *own == account,
            Self::Of { account: own, cac: own_cac } => *own == account && own_cac.as_deref() == cac,
        }
    }

    pub fn relation(&self, account: Uuid, cac: Option<&str>) -> Relation {
        if self.contains(account, cac) { Relation::Own } else { Relation::Foreign }
    }

    pub fn is_everybody(&self) -> bool {
        *self == Self::Everybody
    }

    pub fn account(&self) -> Option<Uuid> {
        match self {
            Self::Of { account, .. } => Some(*account),
            _ => None,
        }
    }

    pub fn cac(&self) -> Option<&str> {
        match self {
            Self::Of { cac, .. } => cac.as_deref(),
            _ => None,
        }
    }
}

/// What somebody is in an account, or is to become.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    pub account: Uuid,
    pub role: Role,
    pub cac: Option<&'a str>,
    pub sites: Option<&'a [Uuid]>,
}

const TOO_FAR: &str = "Nobody gives or takes a role that reaches further than their own.";
const TOO_WIDE: &str = "You see only some of the sites, and give or take nothing beyond them.";

/// May this viewer give such a membership, or take it away? What they can't see is not there.
pub fn may_give(viewer: &Viewer, held: Held<'_>) -> Result<(), Denied> {
    let relation = PeopleScope::of(viewer).relation(held.account, held.cac);
    viewer.may(Action::Change, Resource::Person, relation)?;
    if !may_make(viewer.role, held.role) {
        return Err(Denied::Role(TOO_FAR));
    }
    if within(viewer.sites.as_deref(), held.sites) { Ok(()) } else { Err(Denied::Role(TOO_WIDE)) }
}

/// None is all sites of the account.
fn within(own: Option<&[Uuid]>, given: Option<&[Uuid]>) -> bool {
    match (own, given) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(given)) => given.iter().all(|site| own.contains(site)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{ReadOnly, Scope};

    fn viewer(role: Role, account: Uuid, cac: Option<&str>) -> Viewer {
        Viewer {
            person_id: Uuid::now_v7(),
            membership_id: Uuid::now_v7(),
            account_id: account,
            role,
            name: "Somebody".to_owned(),
            email: "somebody@example.com".to_owned(),
            cac: cac.map(str::to_owned),
            sites: None,
            scope: Scope::nothing(),
            read_only: None,
            session_id: None,
            token_id: None,
            until: None,
            time_zone: None,
        }
    }

    fn held(account: Uuid, role: Role, cac: Option<&str>) -> Held<'_> {
        Held { account, role, cac, sites: None }
    }

    #[test]
    fn administrators_of_an_account_have_its_people_and_no_others() {
        let (own, other) = (Uuid::now_v7(), Uuid::now_v7());
        for (admin, made) in [(Role::CustomerAdmin, Role::Customer), (Role::PartnerAdmin, Role::Partner)] {
            let viewer = viewer(admin, own, None);
            assert_eq!(may_give(&viewer, held(own, made, None)), Ok(()));
            assert_eq!(may_give(&viewer, held(own, admin, None)), Ok(()));
            assert_eq!(may_give(&viewer, held(other, made, None)), Err(Denied::OutOfSight));
            assert_eq!(may_give(&viewer, held(own, Role::Engineer, None)), Err(Denied::Role(TOO_FAR)));
        }
    }

    #[test]
    fn a_lead_has_the_people_of_one_cac() {
        let house = Uuid::now_v7();
        let lead = viewer(Role::CacLead, house, Some("EMEA"));
        assert_eq!(may_give(&lead, held(house, Role::Engineer, Some("EMEA"))), Ok(()));
        assert_eq!(may_give(&lead, held(house, Role::Engineer, Some("APAC"))), Err(Denied::OutOfSight));
        assert_eq!(may_give(&lead, held(house, Role::Engineer, None)), Err(Denied::OutOfSight));
        assert_eq!(may_give(&lead, held(house, Role::Admin, Some("EMEA"))), Err(Denied::Role(TOO_FAR)));
        assert_eq!(may_give(&lead, held(Uuid::now_v7(), Role::Engineer, Some("EMEA"))), Err(Denied::OutOfSight));

        let of_none = viewer(Role::CacLead, house, None);
        assert_eq!(may_give(&of_none, held(house, Role::Engineer, None)), Err(Denied::OutOfSight));
    }

    #[test]
    fn the_house_has_everybody_and_the_auditor_only_looks() {
        let (house, acme) = (Uuid::now_v7(), Uuid::now_v7());
        let (admin, auditor) = (viewer(Role::Admin, house, None), viewer(Role::Auditor, house, None));
        for role in Role::ALL {
            assert_eq!(may_give(&admin, held(acme, role, None)), Ok(()));
            assert!(matches!(may_give(&auditor, held(acme, role, None)), Err(Denied::Role(_))));
        }
        assert!(PeopleScope::of(&auditor).contains(acme, None));
        let watching = Viewer { read_only: Some(ReadOnly::Token), ..admin };
        assert_eq!(may_give(&watching, held(acme, Role::Customer, None)), Err(Denied::ReadOnly));
    }

    #[test]
    fn everybody_else_has_nobody() {
        let own = Uuid::now_v7();
        for role in [Role::Customer, Role::Partner, Role::Engineer, Role::DutyManager] {
            let viewer = viewer(role, own, Some("EMEA"));
            assert_eq!(PeopleScope::of(&viewer), PeopleScope::Nobody);
            assert_eq!(may_give(&viewer, held(own, role, Some("EMEA"))), Err(Denied::OutOfSight));
        }
    }

    #[test]
    fn who_sees_some_sites_gives_no_others() {
        let (own, lyon, paris) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let limited = Viewer { sites: Some(vec![lyon]), ..viewer(Role::CustomerAdmin, own, None) };
        let given = |sites: Option<&[Uuid]>| may_give(&limited, Held { sites, ..held(own, Role::Customer, None) });

        assert_eq!(given(Some(&[lyon])), Ok(()));
        for wider in [None, Some([paris].as_slice()), Some([lyon, paris].as_slice())] {
            assert_eq!(given(wider), Err(Denied::Role(TOO_WIDE)), "{wider:?}");
        }
    }
}
