//! Maintenance that the made-up customers have planned: every Sunday, on one evening, and now.

use jiff::{SignedDuration, Timestamp, ToSpan, civil};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{dice::Dice, places::Site, world::World};
use crate::{
    domain::{
        access::{Actor, Party},
        maintenance::{Days, Occurrence, Plan, Repeat, Rule, Window, first_shown},
    },
    error::{Error, Result},
    store::maintenance::{self, Kept},
};

struct Planned {
    site: usize,
    /// Only so many of its systems; none is the whole site.
    systems: Option<usize>,
    title: &'static str,
    reason: &'static str,
    rule: Rule,
}

pub async fn plan(db: &mut PgConnection, world: &World, seed: u64, now: Timestamp) -> Result<()> {
    let mut dice = Dice::of(seed, "maintenance");
    for planned in planned(world, now) {
        insert(db, world, &planned, dice.id(now), now).await?;
    }
    Ok(())
}

fn planned(world: &World, now: Timestamp) -> Vec<Planned> {
    let (every_sunday, evening) = (0, 1.min(world.sites.len() - 1));
    let zone = &world.sites[evening].zone;
    let date = zone.to_datetime(now).date().saturating_add(6.days());
    let from = first_shown(zone, date.at(22, 0, 0, 0)).unwrap_or(now);
    let valid_from = world.sites[every_sunday].zone.to_datetime(now).date();
    vec![
        Planned {
            site: every_sunday,
            systems: Some(2),
            title: "Weekly backup window",
            reason: "The tape library is moved; volumes go offline and come back.",
            rule: Rule::Repeated(Repeat {
                days: Days::Weekly { weekdays: [7].into(), every: 1 },
                at: civil::time(2, 0, 0, 0),
                minutes: 180,
                valid_from,
                valid_until: None,
            }),
        },
        Planned {
            site: evening,
            systems: None,
            title: "Power feed B is renewed",
            reason: "The electricians switch off feed B of the whole room.",
            rule: Rule::Once { from, to: from + SignedDuration::from_hours(4) },
        },
        Planned {
            site: world.sites.len() - 1,
            systems: Some(1),
            title: "Firmware of both enclosures",
            reason: "One enclosure after the other, by our own people on site.",
            rule: Rule::Once { from: now - SignedDuration::from_mins(40), to: now + SignedDuration::from_hours(3) },
        },
    ]
}

async fn insert(db: &mut PgConnection, world: &World, planned: &Planned, id: Uuid, now: Timestamp) -> Result<()> {
    let site = &world.sites[planned.site];
    let plan = Plan::new(&site.zone_name, planned.rule.clone()).map_err(|e| Error::Internal(e.to_string()))?;
    let current: Option<Occurrence> = plan.coming(now).next();
    let window = Window { plan, skipped: Vec::new(), current, cancelled: false };
    let systems = planned.systems.map(|count| systems_of(world, planned.site, count));
    let systems = systems.filter(|ids| !ids.is_empty());
    let kept = Kept {
        customer_id: site.customer,
        id,
        site_id: site.id,
        systems: systems.as_deref(),
        title: planned.title,
        reason: planned.reason,
        window: &window,
        cancelled_at: None,
        last_ended_at: None,
    };
    maintenance::keep(db, &kept, now).await?;
    let actor = Actor { party: Party::Customer, id: somebody(world, site) };
    maintenance::write_down(db, (site.customer, id), actor, ("planned", &json!({})), now).await
}

fn systems_of(world: &World, site: usize, count: usize) -> Vec<Uuid> {
    world.systems.iter().filter(|system| system.site == site).take(count).map(|system| system.id).collect()
}

fn somebody(world: &World, site: &Site) -> Option<Uuid> {
    world.people.iter().find(|person| person.account == site.customer).map(|person| person.id)
}
