//! Where the made-up systems stand, and which partner serves whom.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use uuid::Uuid;

use super::{
    dice::Dice,
    world::{Account, Plan, RelationPlan, SitePlan, account_of, zone},
};
use crate::error::Result;

pub struct Site {
    pub id: Uuid,
    pub customer: Uuid,
    pub customer_slug: String,
    pub code: String,
    pub name: String,
    pub country: String,
    pub region: String,
    pub zone_name: String,
    pub zone: TimeZone,
    pub address: String,
}

pub struct Relation {
    pub id: Uuid,
    pub customer: Uuid,
    pub partner: Uuid,
    pub site: Option<Uuid>,
    pub first_line: bool,
    pub accept_minutes: i32,
    pub history: String,
    pub history_from: Option<Timestamp>,
    pub valid_from: Timestamp,
}

/// The first site of every customer, then the second of each, until there are enough.
pub(super) fn sites(
    plan: &Plan,
    accounts: &[Account],
    count: usize,
    dice: &mut Dice,
    born: Timestamp,
) -> Result<Vec<Site>> {
    let rounds = plan.customer.iter().map(|customer| customer.sites.len()).max().unwrap_or(0);
    let mut sites = Vec::new();
    for round in 0..rounds {
        for customer in &plan.customer {
            let known = account_of(accounts, &customer.slug).zip(customer.sites.get(round));
            let Some((account, site)) = known.filter(|_| sites.len() < count) else { continue };
            sites.push(made(site, account, &customer.slug, dice.id(born))?);
        }
    }
    Ok(sites)
}

fn made(plan: &SitePlan, customer: Uuid, slug: &str, id: Uuid) -> Result<Site> {
    Ok(Site {
        id,
        customer,
        customer_slug: slug.to_owned(),
        code: plan.code.clone(),
        name: plan.name.clone(),
        country: plan.country.clone(),
        region: plan.region.clone(),
        zone_name: plan.zone.clone(),
        zone: zone(&plan.zone)?,
        address: plan.address.clone(),
    })
}

/// Relations to customers and sites that this world has.
pub(super) fn relations(
    plan: &Plan,
    accounts: &[Account],
    sites: &[Site],
    dice: &mut Dice,
    now: Timestamp,
) -> Vec<Relation> {
    let served = plan.partner.iter().flat_map(|partner| partner.serves.iter().map(move |serves| (partner, serves)));
    let mut relations = Vec::new();
    for (partner, serves) in served {
        let ends = account_of(accounts, &serves.customer).zip(account_of(accounts, &partner.slug));
        let site = serves.site.as_ref().map(|code| sites.iter().find(|site| site.code == *code));
        if let (Some((customer, partner)), false) = (ends, matches!(site, Some(None))) {
            let site = site.flatten().map(|site| site.id);
            relations.push(relation(serves, customer, partner, site, dice.id(now), now));
        }
    }
    relations
}

fn relation(
    plan: &RelationPlan,
    customer: Uuid,
    partner: Uuid,
    site: Option<Uuid>,
    id: Uuid,
    now: Timestamp,
) -> Relation {
    let valid_from = now - SignedDuration::from_hours(24 * plan.days);
    let earlier = valid_from - SignedDuration::from_hours(24 * 90);
    Relation {
        id,
        customer,
        partner,
        site,
        first_line: plan.first_line,
        accept_minutes: plan.accept_minutes,
        history: plan.history.clone(),
        history_from: (plan.history == "from_date").then_some(earlier),
        valid_from,
    }
}

/// What most people at a site in that country speak with a support desk.
pub(super) fn spoken(country: &str) -> Option<&'static str> {
    match country {
        "FR" => Some("fr"),
        "DE" | "AT" => Some("de"),
        "ES" | "MX" | "CL" | "AR" | "CO" | "PE" => Some("es"),
        "PT" | "BR" => Some("pt"),
        "IT" => Some("it"),
        "JP" => Some("ja"),
        _ => None,
    }
}
