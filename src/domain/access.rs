//! Who is asking, and what of the world that person may see.

pub mod people;
pub mod relation;
pub mod scope;
pub mod why;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::policy::{self, Action, Asker, Denied, Reach, Relation, Resource};
pub use people::{Held, PeopleScope, may_give};
pub use relation::{HistoryScope, PartnerRelation};
pub use scope::Scope;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Customer,
    CustomerAdmin,
    Partner,
    PartnerAdmin,
    Engineer,
    CacLead,
    DutyManager,
    Admin,
    Auditor,
}

impl Role {
    pub const ALL: [Self; 9] = [
        Self::Customer,
        Self::CustomerAdmin,
        Self::Partner,
        Self::PartnerAdmin,
        Self::Engineer,
        Self::CacLead,
        Self::DutyManager,
        Self::Admin,
        Self::Auditor,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::CustomerAdmin => "customer_admin",
            Self::Partner => "partner",
            Self::PartnerAdmin => "partner_admin",
            Self::Engineer => "engineer",
            Self::CacLead => "cac_lead",
            Self::DutyManager => "duty_manager",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The side of the desk on which this role acts.
    pub fn party(self) -> Party {
        match self {
            Self::Customer | Self::CustomerAdmin => Party::Customer,
            Self::Partner | Self::PartnerAdmin => Party::Partner,
            Self::Engineer | Self::CacLead | Self::DutyManager => Party::Staff,
            Self::Admin | Self::Auditor => Party::House,
        }
    }

    /// The kind of account in which this role exists.
    pub fn account_kind(self) -> &'static str {
        match self.party() {
            Party::Customer => "customer",
            Party::Partner => "partner",
            _ => "provider",
        }
    }

    /// Who may have a call given to them.
    pub fn works_calls(self) -> bool {
        self.party() == Party::Staff
    }
}

/// From which side a change of a call comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    Customer,
    Partner,
    Staff,
    /// Administrators and auditors: they look, and do not work calls.
    House,
    Device,
    Hub,
    Router,
    Timer,
    Import,
}

impl Party {
    pub const ALL: [Self; 9] = [
        Self::Customer,
        Self::Partner,
        Self::Staff,
        Self::House,
        Self::Device,
        Self::Hub,
        Self::Router,
        Self::Timer,
        Self::Import,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Partner => "partner",
            Self::Staff => "staff",
            Self::House => "house",
            Self::Device => "device",
            Self::Hub => "hub",
            Self::Router => "router",
            Self::Timer => "timer",
            Self::Import => "import",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|party| party.name() == name)
    }

    pub fn is_person(self) -> bool {
        matches!(self, Self::Customer | Self::Partner | Self::Staff)
    }
}

/// Who did something, as history keeps it: never a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub party: Party,
    pub id: Option<Uuid>,
}

impl Actor {
    pub const ROUTER: Self = Self { party: Party::Router, id: None };
    pub const TIMER: Self = Self { party: Party::Timer, id: None };
}

/// What a person is in one of their accounts.
#[derive(Debug, Clone)]
pub struct Membership {
    pub id: Uuid,
    pub account_id: Uuid,
    pub role: Role,
    pub cac: Option<String>,
    /// The only sites of the account that this person may see; none named is all of them.
    pub sites: Option<Vec<Uuid>>,
}

/// Why somebody who may see may not change, whatever their role allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnly {
    /// An administrator looks at the pages of somebody else.
    Watching { watcher: Uuid },
    /// The token was made for reading.
    Token,
}

/// Somebody who has signed in, and everything that decides what they may see and do.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub person_id: Uuid,
    pub membership_id: Uuid,
    pub account_id: Uuid,
    pub role: Role,
    pub name: String,
    pub email: String,
    pub cac: Option<String>,
    /// The only sites that this person may see; none named is all of them.
    pub sites: Option<Vec<Uuid>>,
    pub scope: Scope,
    pub read_only: Option<ReadOnly>,
    /// The browser's session; a token has none.
    pub session_id: Option<Uuid>,
    /// The token that a program came with.
    pub token_id: Option<Uuid>,
    /// Until when all this holds, if nobody changes it before.
    pub until: Option<Timestamp>,
    /// The zone in which this person wants to read times.
    pub time_zone: Option<String>,
}

impl Viewer {
    pub fn actor(&self) -> Actor {
        Actor { party: self.role.party(), id: Some(self.person_id) }
    }

    /// The policy's answer for this person, and no change by who only looks.
    pub fn may(&self, action: Action, resource: Resource, relation: Relation) -> Result<(), Denied> {
        if self.read_only.is_some() && action != Action::See {
            return Err(Denied::ReadOnly);
        }
        policy::may(Asker::Person(self.role), action, resource, relation)
    }

    pub fn reach(&self, action: Action, resource: Resource) -> Reach {
        policy::reach(Asker::Person(self.role), action, resource)
    }

    /// Whether there is anything of that kind that this person may do this to.
    pub fn ever(&self, action: Action, resource: Resource) -> bool {
        self.reach(action, resource) != Reach::Nowhere
    }

    /// Whether every customer's calls are this person's to see.
    pub fn sees_all_customers(&self) -> bool {
        self.reach(Action::See, Resource::Call) == Reach::Everywhere
    }

    /// Whether an administrator looks at this person's pages: what is only the person's own stays unseen.
    pub fn is_watched(&self) -> bool {
        matches!(self.read_only, Some(ReadOnly::Watching { .. }))
    }

    /// What a change needs before anything else is asked.
    pub fn may_change(&self) -> Result<(), Denied> {
        if self.read_only.is_some() { Err(Denied::ReadOnly) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_names_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        for party in Party::ALL {
            assert_eq!(Party::from_name(party.name()), Some(party));
        }
    }

    #[test]
    fn a_role_exists_in_one_kind_of_account_and_works_calls_or_not() {
        for (role, kind, works) in [
            (Role::Customer, "customer", false),
            (Role::CustomerAdmin, "customer", false),
            (Role::Partner, "partner", false),
            (Role::PartnerAdmin, "partner", false),
            (Role::Engineer, "provider", true),
            (Role::CacLead, "provider", true),
            (Role::DutyManager, "provider", true),
            (Role::Admin, "provider", false),
            (Role::Auditor, "provider", false),
        ] {
            assert_eq!((role.account_kind(), role.works_calls()), (kind, works), "{role:?}");
        }
    }

    #[test]
    fn people_are_customers_partners_and_staff() {
        let people: Vec<Party> = Party::ALL.into_iter().filter(|party| party.is_person()).collect();
        assert_eq!(people, [Party::Customer, Party::Partner, Party::Staff]);
    }

    fn viewer(role: Role, read_only: Option<ReadOnly>) -> Viewer {
        Viewer {
            person_id: Uuid::from_u128(1),
            membership_id: Uuid::from_u128(2),
            account_id: Uuid::from_u128(3),
            role,
            name: "Ilse Kessler".to_owned(),
            email: "ilse@example.com".to_owned(),
            cac: None,
            scope: Scope::nothing(),
            read_only,
            sites: None,
            session_id: None,
            token_id: None,
            until: None,
            time_zone: None,
        }
    }

    #[test]
    fn a_viewer_may_what_the_policy_says_of_their_role() {
        let (engineer, customer) = (viewer(Role::Engineer, None), viewer(Role::Customer, None));
        let (own, foreign) = (Relation::Own, Relation::Foreign);

        assert_eq!(engineer.may(Action::See, Resource::Queue, foreign), Ok(()));
        assert_eq!(customer.may(Action::See, Resource::Queue, own), Err(Denied::OutOfSight));
        assert_eq!(
            (engineer.reach(Action::File, Resource::System), customer.reach(Action::File, Resource::System)),
            (Reach::Everywhere, Reach::Own)
        );
        assert!(engineer.ever(Action::See, Resource::Store) && !customer.ever(Action::See, Resource::Store));
        assert!(engineer.sees_all_customers() && !customer.sees_all_customers());
        assert_eq!(engineer.actor(), Actor { party: Party::Staff, id: Some(engineer.person_id) });
    }

    #[test]
    fn who_only_looks_sees_the_same_and_changes_nothing() {
        for read_only in [ReadOnly::Token, ReadOnly::Watching { watcher: Uuid::from_u128(9) }] {
            let looking = viewer(Role::Admin, Some(read_only));
            for resource in Resource::ALL {
                let seen = looking.may(Action::See, resource, Relation::Foreign);
                assert_eq!(
                    seen,
                    viewer(Role::Admin, None).may(Action::See, resource, Relation::Foreign),
                    "{resource:?}"
                );
                for action in [Action::Change, Action::File, Action::Comment, Action::Watch, Action::Grant] {
                    assert_eq!(looking.may(action, resource, Relation::Own), Err(Denied::ReadOnly), "{resource:?}");
                }
            }
            assert_eq!(looking.may_change(), Err(Denied::ReadOnly));
        }
        assert_eq!(viewer(Role::Admin, None).may_change(), Ok(()));
    }
}
