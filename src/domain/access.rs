//! Who is asking, and what of the world that person may see.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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

    /// CAC staff and the house see every customer and what staff write to each other.
    pub fn sees_everything(self) -> bool {
        matches!(self.party(), Party::Staff | Party::House)
    }

    /// Leads and the duty manager may give work to somebody else.
    pub fn may_assign_others(self) -> bool {
        matches!(self, Self::CacLead | Self::DutyManager)
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

/// Somebody who has signed in, and everything that decides what they may see.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub person_id: Uuid,
    pub account_id: Uuid,
    pub role: Role,
    pub name: String,
    pub email: String,
    pub cac: Option<String>,
    pub scope: Scope,
}

impl Viewer {
    pub fn actor(&self) -> Actor {
        Actor { party: self.role.party(), id: Some(self.person_id) }
    }
}

/// The part of the world that a reader may see; every read of customer data takes one.
#[derive(Debug, Clone)]
pub struct Scope {
    grants: Option<BTreeMap<Uuid, SiteGrants>>,
    internal: bool,
}

/// For one customer: from when each site may be read, in seconds since 1970.
type SiteGrants = BTreeMap<String, f64>;

/// Earlier than anything a store holds.
const ALWAYS: f64 = -1e15;

impl Scope {
    /// Staff, jobs and the house.
    pub fn everything() -> Self {
        Self { grants: None, internal: true }
    }

    pub fn nothing() -> Self {
        Self { grants: Some(BTreeMap::new()), internal: false }
    }

    pub fn whole_customer(customer: Uuid) -> Self {
        let mut scope = Self::nothing();
        scope.grant(customer, None, None);
        scope
    }

    /// One customer as an action sees it that was let in by another right (a device, a timer).
    pub fn within(customer: Uuid) -> Self {
        Self { internal: true, ..Self::whole_customer(customer) }
    }

    /// Lets the reader see one site (or all) of a customer, from an instant on (or always).
    pub fn grant(&mut self, customer: Uuid, site: Option<Uuid>, from: Option<Timestamp>) {
        let key = site.map_or_else(|| "*".to_owned(), |id| id.to_string());
        let from = from.map_or(ALWAYS, seconds);
        let sites = self.grants.get_or_insert_default().entry(customer).or_default();
        let known = sites.entry(key).or_insert(from);
        *known = known.min(from);
    }

    /// Whether work notes and other internal words may be read.
    pub fn internal(&self) -> bool {
        self.internal
    }

    /// What `in_scope` in SQL takes.
    pub fn json(&self) -> Option<serde_json::Value> {
        self.grants.as_ref().map(|grants| serde_json::json!(grants))
    }

    /// The same rule as `in_scope` in SQL, for what is already in memory.
    pub fn contains(&self, customer: Uuid, site: Uuid, at: Timestamp) -> bool {
        let Some(grants) = &self.grants else { return true };
        let Some(sites) = grants.get(&customer) else { return false };
        let whole = sites.get("*").copied().unwrap_or(f64::INFINITY);
        let one = sites.get(&site.to_string()).copied().unwrap_or(f64::INFINITY);
        seconds(at) >= whole.min(one)
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of this era fit a double")]
fn seconds(at: Timestamp) -> f64 {
    at.as_microsecond() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_partner_sees_one_site_from_a_date_on() {
        let (customer, lyon, paris) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let mut scope = Scope::nothing();
        scope.grant(customer, Some(lyon), Some(at("2026-01-01T00:00:00Z")));

        assert!(scope.contains(customer, lyon, at("2026-01-01T00:00:00Z")));
        assert!(!scope.contains(customer, lyon, at("2025-12-31T23:59:59Z")));
        assert!(!scope.contains(customer, paris, at("2026-06-01T00:00:00Z")));
        assert!(!scope.contains(Uuid::now_v7(), lyon, at("2026-06-01T00:00:00Z")));
    }

    #[test]
    fn two_relations_of_one_site_give_the_wider_view() {
        let (customer, lyon) = (Uuid::now_v7(), Uuid::now_v7());
        let mut scope = Scope::nothing();
        scope.grant(customer, Some(lyon), Some(at("2026-01-01T00:00:00Z")));
        scope.grant(customer, None, Some(at("2025-01-01T00:00:00Z")));

        assert!(scope.contains(customer, lyon, at("2025-06-01T00:00:00Z")));
    }

    #[test]
    fn role_names_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        for party in Party::ALL {
            assert_eq!(Party::from_name(party.name()), Some(party));
        }
    }
}
