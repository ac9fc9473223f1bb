//! The made-up world as a whole, made from a seed before anything is stored.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Size,
    dice::Dice,
    fleet::{self, Contract, System},
    house::Levels,
    people::{self, Person},
    places::{self, Relation, Site},
    profile::Profile,
    stories::parsed,
};
use crate::error::Result;

pub struct World {
    pub accounts: Vec<Account>,
    pub people: Vec<Person>,
    pub sites: Vec<Site>,
    pub relations: Vec<Relation>,
    pub contracts: Vec<Contract>,
    pub systems: Vec<System>,
}

pub struct Account {
    pub id: Uuid,
    pub kind: &'static str,
    pub name: String,
    pub slug: String,
}

/// `world.toml` as it is written.
#[derive(Deserialize)]
pub(super) struct Plan {
    pub provider: HousePlan,
    pub customer: Vec<CustomerPlan>,
    pub partner: Vec<PartnerPlan>,
}

#[derive(Deserialize)]
pub(super) struct HousePlan {
    pub name: String,
    pub slug: String,
    pub people: Vec<StaffPlan>,
}

#[derive(Deserialize)]
pub(super) struct StaffPlan {
    pub name: String,
    pub role: String,
    pub cac: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CustomerPlan {
    pub name: String,
    pub slug: String,
    pub nicknames: Vec<String>,
    pub people: Vec<String>,
    pub sites: Vec<SitePlan>,
}

#[derive(Deserialize)]
pub(super) struct SitePlan {
    pub code: String,
    pub name: String,
    pub country: String,
    pub region: String,
    pub zone: String,
    pub address: String,
}

#[derive(Deserialize)]
pub(super) struct PartnerPlan {
    pub name: String,
    pub slug: String,
    pub people: Vec<String>,
    pub serves: Vec<RelationPlan>,
}

#[derive(Deserialize)]
pub(super) struct RelationPlan {
    pub customer: String,
    pub site: Option<String>,
    pub first_line: bool,
    pub accept_minutes: i32,
    pub history: String,
    /// For how long the partner has served them.
    pub days: i64,
}

/// How long ago the oldest rows of the world were made.
pub const YEARS_OLD: i64 = 3;

impl World {
    pub fn made(seed: u64, size: &Size, now: Timestamp, levels: &Levels, profile: &Profile) -> Result<Self> {
        let mut plan: Plan = parsed(include_str!("world.toml"))?;
        plan.customer.truncate(size.customers);
        let born = now - SignedDuration::from_hours(YEARS_OLD * 365 * 24);
        let accounts = accounts(&plan, &mut Dice::of(seed, "accounts"), born);
        let people = people::of(&plan, &accounts, &mut Dice::of(seed, "people"), born);
        let sites = places::sites(&plan, &accounts, size.sites, &mut Dice::of(seed, "sites"), born)?;
        let relations = places::relations(&plan, &accounts, &sites, &mut Dice::of(seed, "relations"), now);
        let contracts = fleet::contracts(&accounts, levels, &mut Dice::of(seed, "contracts"), now);
        let mut dice = Dice::of(seed, "systems");
        let systems = fleet::systems(&plan, &sites, &contracts, profile, size.systems, &mut dice, born);
        Ok(Self { accounts, people, sites, relations, contracts, systems })
    }

    pub fn site_of(&self, system: &System) -> &Site {
        &self.sites[system.site]
    }
}

fn accounts(plan: &Plan, dice: &mut Dice, born: Timestamp) -> Vec<Account> {
    let mut account = |kind, name: &str, slug: &str| Account {
        id: dice.id(born),
        kind,
        name: name.to_owned(),
        slug: slug.to_owned(),
    };
    let mut accounts = vec![account("provider", &plan.provider.name, &plan.provider.slug)];
    accounts.extend(plan.partner.iter().map(|p| account("partner", &p.name, &p.slug)));
    accounts.extend(plan.customer.iter().map(|c| account("customer", &c.name, &c.slug)));
    accounts
}

/// The account of that slug; the plan names only those that it has.
pub(super) fn account_of(accounts: &[Account], slug: &str) -> Option<Uuid> {
    accounts.iter().find(|account| account.slug == slug).map(|account| account.id)
}

pub(super) fn zone(name: &str) -> Result<TimeZone> {
    crate::domain::calendar::zone(name).map_err(|e| crate::error::Error::Internal(e.to_string()))
}
