//! The part of the world that somebody may see, and how it follows from who they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Membership, PartnerRelation, Party};

/// The part of the world that a reader may see; every read of customer data takes one.
#[derive(Debug, Clone)]
pub struct Scope {
    grants: Option<BTreeMap<Uuid, SiteGrants>>,
    internal: bool,
    /// Partners look after the calls of a site and are not told who was let into its systems.
    remote: bool,
}

/// For one customer: from when each site may be read, in seconds since 1970.
type SiteGrants = BTreeMap<String, f64>;

/// Earlier than anything a store holds.
const ALWAYS: f64 = -1e15;

impl Scope {
    /// Staff, jobs and the house.
    pub fn everything() -> Self {
        Self { grants: None, internal: true, remote: true }
    }

    pub fn nothing() -> Self {
        Self { grants: Some(BTreeMap::new()), internal: false, remote: true }
    }

    /// Customers see their own, partners what their relations open, staff and the house everything;
    /// who is limited to some sites sees nothing beside them.
    pub fn of(membership: &Membership, relations: &[PartnerRelation], now: Timestamp) -> Self {
        let mut scope = Self::nothing();
        match membership.role.party() {
            Party::Customer => scope.grant_sites(membership, membership.account_id, None, None),
            Party::Partner => {
                scope.remote = false;
                for relation in relations.iter().filter(|relation| relation.is_valid(now)) {
                    scope.grant_sites(membership, relation.customer_id, relation.site_id, relation.sees_from());
                }
            }
            _ => return Self::everything(),
        }
        scope
    }

    fn grant_sites(&mut self, to: &Membership, customer: Uuid, site: Option<Uuid>, from: Option<Timestamp>) {
        match (&to.sites, site) {
            (None, _) => self.grant(customer, site, from),
            (Some(own), None) => own.iter().for_each(|own| self.grant(customer, Some(*own), from)),
            (Some(own), Some(site)) if own.contains(&site) => self.grant(customer, Some(site), from),
            _ => {}
        }
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

    /// Whether lines about remote access may be read.
    pub fn remote(&self) -> bool {
        self.remote
    }

    /// Whose world it is a part of; nothing where it is everybody's.
    pub fn customers(&self) -> Option<Vec<Uuid>> {
        self.grants.as_ref().map(|grants| grants.keys().copied().collect())
    }

    /// What `in_scope` in SQL takes.
    pub fn json(&self) -> Option<serde_json::Value> {
        self.grants.as_ref().map(|grants| serde_json::json!(grants))
    }

    /// From when on a site that is in sight may be read; none where that is from the beginning.
    pub fn since(&self, customer: Uuid, site: Uuid) -> Option<Timestamp> {
        let sites = self.grants.as_ref()?.get(&customer)?;
        let own = [sites.get("*"), sites.get(&site.to_string())];
        let from = own.into_iter().flatten().copied().reduce(f64::min)?;
        #[expect(clippy::cast_possible_truncation, reason = "what is no instant is none below")]
        Timestamp::from_microsecond((from * 1e6) as i64).ok()
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
    use super::{
        super::{HistoryScope, Role},
        *,
    };

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
        assert_eq!(scope.since(customer, lyon), Some(at("2026-01-01T00:00:00Z")));
        assert_eq!((scope.since(customer, paris), Scope::everything().since(customer, lyon)), (None, None));
        assert_eq!(Scope::within(customer).since(customer, lyon), None);
    }

    #[test]
    fn two_relations_of_one_site_give_the_wider_view() {
        let (customer, lyon) = (Uuid::now_v7(), Uuid::now_v7());
        let mut scope = Scope::nothing();
        scope.grant(customer, Some(lyon), Some(at("2026-01-01T00:00:00Z")));
        scope.grant(customer, None, Some(at("2025-01-01T00:00:00Z")));

        assert!(scope.contains(customer, lyon, at("2025-06-01T00:00:00Z")));
    }

    fn member(role: Role, sites: Option<Vec<Uuid>>) -> Membership {
        Membership { id: Uuid::now_v7(), account_id: Uuid::from_u128(7), role, cac: None, sites }
    }

    fn serves(customer: Uuid, site: Option<Uuid>, history: HistoryScope) -> PartnerRelation {
        PartnerRelation {
            id: Uuid::now_v7(),
            customer_id: customer,
            site_id: site,
            history,
            history_from: Some(at("2026-03-01T00:00:00Z")),
            valid_from: at("2026-06-01T00:00:00Z"),
            valid_to: Some(at("2026-12-01T00:00:00Z")),
        }
    }

    #[test]
    fn customers_see_their_account_or_the_sites_they_are_limited_to() {
        let (lyon, paris) = (Uuid::now_v7(), Uuid::now_v7());
        let now = at("2026-07-01T00:00:00Z");
        let own = Uuid::from_u128(7);
        let whole = Scope::of(&member(Role::CustomerAdmin, None), &[], now);
        let one = Scope::of(&member(Role::Customer, Some(vec![lyon])), &[], now);
        let none = Scope::of(&member(Role::Customer, Some(vec![])), &[], now);

        assert!(whole.contains(own, lyon, at("1999-01-01T00:00:00Z")) && whole.contains(own, paris, now));
        assert!(!whole.contains(Uuid::from_u128(8), lyon, now) && !whole.internal());
        assert!(one.contains(own, lyon, now) && !one.contains(own, paris, now));
        assert!(!none.contains(own, lyon, now));
    }

    #[test]
    fn partners_see_what_their_valid_relations_open() {
        let (customer, lyon, paris) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let partner = member(Role::Partner, None);
        let seen = |relation: &PartnerRelation, now: &str, began: &str| {
            let scope = Scope::of(&partner, std::slice::from_ref(relation), at(now));
            (scope.contains(customer, lyon, at(began)), scope.contains(customer, paris, at(began)))
        };
        let (during, after) = ("2026-07-01T00:00:00Z", "2026-12-01T00:00:00Z");
        let (may, february) = ("2026-05-01T00:00:00Z", "2026-02-01T00:00:00Z");

        assert_eq!(seen(&serves(customer, None, HistoryScope::All), during, february), (true, true));
        assert_eq!(seen(&serves(customer, Some(lyon), HistoryScope::All), during, february), (true, false));
        assert_eq!(seen(&serves(customer, None, HistoryScope::FromDate), during, february), (false, false));
        assert_eq!(seen(&serves(customer, None, HistoryScope::FromDate), during, may), (true, true));
        assert_eq!(seen(&serves(customer, None, HistoryScope::None), during, may), (false, false));
        assert_eq!(seen(&serves(customer, None, HistoryScope::None), during, during), (true, true));
        assert_eq!(seen(&serves(customer, None, HistoryScope::All), after, during), (false, false));
    }

    #[test]
    fn a_partners_person_may_be_limited_to_sites_too() {
        let (customer, lyon, paris) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let now = at("2026-07-01T00:00:00Z");
        let limited = member(Role::Partner, Some(vec![lyon]));
        let seen = |site: Option<Uuid>| {
            let scope = Scope::of(&limited, &[serves(customer, site, HistoryScope::All)], now);
            (scope.contains(customer, lyon, now), scope.contains(customer, paris, now))
        };

        assert_eq!(seen(None), (true, false));
        assert_eq!(seen(Some(lyon)), (true, false));
        assert_eq!(seen(Some(paris)), (false, false));
    }

    #[test]
    fn the_desks_and_the_house_see_everything() {
        for role in Role::ALL {
            let scope = Scope::of(&member(role, None), &[], at("2026-07-01T00:00:00Z"));
            let desk = role.account_kind() == "provider";
            assert_eq!((scope.json().is_none(), scope.internal()), (desk, desk), "{role:?}");
        }
        let within = Scope::within(Uuid::from_u128(7));
        assert!(within.internal() && within.json().is_some());
        assert!(!Scope::nothing().internal() && !Scope::nothing().contains(Uuid::nil(), Uuid::nil(), Timestamp::MAX));
    }

    #[test]
    fn the_store_is_given_instants_in_seconds() {
        let (customer, lyon) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut scope = Scope::nothing();
        scope.grant(customer, Some(lyon), Some(at("1970-01-01T00:01:00.5Z")));

        assert_eq!(scope.json().unwrap()[customer.to_string()], serde_json::json!({lyon.to_string(): 60.5}));
        assert_eq!(Scope::nothing().json(), Some(serde_json::json!({})));
    }
}
