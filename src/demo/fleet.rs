//! The made-up systems and the contracts that cover most of them.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::{
    dice::Dice,
    house::Levels,
    places::{Relation, Site, spoken},
    profile::Profile,
    world::{Account, Plan, World},
};
use crate::store::targets::Target;

pub struct Contract {
    pub id: Uuid,
    pub customer: Uuid,
    pub name: &'static str,
    pub level: Uuid,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub ended: bool,
}

pub struct System {
    pub id: Uuid,
    pub customer: Uuid,
    /// Its place among the sites of the world.
    pub site: usize,
    pub contract: Option<usize>,
    pub serial: String,
    pub nickname: String,
    pub model: &'static str,
    pub os: &'static str,
    pub subject: &'static str,
    pub installed_at: Timestamp,
}

const MODELS: [(&str, f64); 3] = [("FT 2700", 0.3), ("FT 4400", 0.4), ("FT 6500", 0.3)];
const OSES: [&str; 6] =
    ["RHEL 9.4", "RHEL 8.10", "Windows Server 2022", "Windows Server 2019", "VMware ESXi 8.0", "SLES 15 SP6"];

/// Every customer has two contracts that run; some also have one that has ended and nobody renewed.
pub(super) fn contracts(accounts: &[Account], levels: &Levels, dice: &mut Dice, now: Timestamp) -> Vec<Contract> {
    let mut contracts = Vec::new();
    let customers = accounts.iter().filter(|account| account.kind == "customer");
    for (index, customer) in customers.enumerate() {
        let pair = if index % 3 == 2 { [1, 2] } else { [0, index % 3 + 1] };
        for level in pair {
            let (name, level) = levels.0[level];
            let ends_at = now + days(dice.between(70, 700));
            contracts.push(contract(customer.id, name, level, ends_at, dice, now));
        }
        if index % 4 == 0 {
            let (name, level) = levels.0[2];
            let ends_at = now - days(dice.between(12, 70));
            contracts.push(contract(customer.id, name, level, ends_at, dice, now));
        }
    }
    contracts
}

fn contract(
    customer: Uuid,
    name: &'static str,
    level: Uuid,
    ends_at: Timestamp,
    dice: &mut Dice,
    now: Timestamp,
) -> Contract {
    let starts_at = now - days(dice.between(800, 1000));
    Contract { id: dice.id(starts_at), customer, name, level, starts_at, ends_at, ended: ends_at < now }
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Each site has one system, the busier regions most of the rest.
pub(super) fn systems(
    plan: &Plan,
    sites: &[Site],
    contracts: &[Contract],
    profile: &Profile,
    count: usize,
    dice: &mut Dice,
    born: Timestamp,
) -> Vec<System> {
    let weights = weights(sites, profile);
    let mut systems: Vec<System> = Vec::with_capacity(count);
    for index in 0..count {
        let site = if index < sites.len() { index } else { dice.weighted(&weights) };
        let at_site = systems.iter().filter(|system| system.site == site).count();
        let number = index * 7 + 11 + dice.below(7);
        let nickname = nickname(plan, &sites[site], at_site);
        systems.push(system(site, &sites[site], contracts, nickname, number, dice, born));
    }
    systems
}

/// A site's share of the region's share of the work.
fn weights(sites: &[Site], profile: &Profile) -> Vec<f64> {
    let share = |site: &Site| {
        let sisters = sites.iter().filter(|other| other.region == site.region).count();
        let sisters = u32::try_from(sisters.max(1)).map_or(1.0, f64::from);
        profile.owner_region.get(&site.region).copied().unwrap_or(0.1) / sisters
    };
    sites.iter().map(share).collect()
}

/// `pay-a`, `ledger-a`, … then `pay-b`: what a site calls its systems.
fn nickname(plan: &Plan, site: &Site, at_site: usize) -> String {
    let customer = plan.customer.iter().find(|customer| customer.slug == site.customer_slug);
    let names = customer.map_or(&[][..], |customer| &customer.nicknames);
    let letter = u8::try_from(at_site / names.len().max(1)).map_or('z', |n| char::from(b'a' + n.min(25)));
    let name = names.get(at_site % names.len().max(1)).map_or("node", String::as_str);
    format!("{name}-{letter}")
}

fn system(
    site_index: usize,
    site: &Site,
    contracts: &[Contract],
    nickname: String,
    number: usize,
    dice: &mut Dice,
    born: Timestamp,
) -> System {
    let model = MODELS[dice.weighted(&MODELS.map(|(_, weight)| weight))].0;
    let installed_at = born + days(dice.between(5, 300));
    System {
        id: dice.id(installed_at),
        customer: site.customer,
        site: site_index,
        contract: covered_by(site, contracts, dice),
        serial: format!("{}-{number:04}", model.replace(' ', "-")),
        nickname,
        model,
        os: OSES[dice.below(OSES.len())],
        subject: ["hardware", "os", "storage"][dice.weighted(&[0.6, 0.2, 0.2])],
        installed_at,
    }
}

/// Most run under a contract, a few under one that has ended, very few under none.
fn covered_by(site: &Site, contracts: &[Contract], dice: &mut Dice) -> Option<usize> {
    let of = |ended: bool| {
        let fits = move |(_, c): &(usize, &Contract)| c.customer == site.customer && c.ended == ended;
        contracts.iter().enumerate().filter(fits).map(|(index, _)| index).collect::<Vec<_>>()
    };
    let (running, ended) = (of(false), of(true));
    match dice.fraction() {
        luck if luck < 0.02 || running.is_empty() => None,
        luck if luck < 0.12 && !ended.is_empty() => Some(*dice.pick(&ended)),
        _ => Some(*dice.pick(&running)),
    }
}

impl World {
    /// What the store would answer for this system at that time.
    pub fn target(&self, system: &System, at: Timestamp) -> Target {
        let site = self.site_of(system);
        let contract = system.contract.map(|index| &self.contracts[index]);
        let relation = self.relation(site, at);
        Target {
            customer_id: site.customer,
            site_id: site.id,
            site_name: site.name.clone(),
            region: site.region.clone(),
            country: site.country.clone(),
            language: spoken(&site.country).map(str::to_owned),
            time_zone: site.zone_name.clone(),
            site_calendar: None,
            system_id: Some(system.id),
            serial: Some(system.serial.clone()),
            nickname: Some(system.nickname.clone()),
            subject: Some(system.subject.to_owned()),
            service_level_id: contract.map(|c| c.level),
            contract_starts_at: contract.map(|c| c.starts_at.to_sqlx()),
            contract_ends_at: contract.map(|c| c.ends_at.to_sqlx()),
            partner_id: relation.map(|r| r.partner),
            first_line: relation.map(|r| r.first_line),
            accept_minutes: relation.map(|r| r.accept_minutes),
            partner_calendar: None,
        }
    }

    /// First line before others, one site before the whole customer: as the store's own query orders them.
    fn relation(&self, site: &Site, at: Timestamp) -> Option<&Relation> {
        let serves = |r: &&Relation| r.customer == site.customer && r.site.is_none_or(|id| id == site.id);
        let valid = self.relations.iter().filter(serves).filter(|r| r.valid_from <= at);
        valid.min_by_key(|r| (!r.first_line, r.site.is_none(), r.id))
    }
}
