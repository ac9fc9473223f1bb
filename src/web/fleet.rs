//! Systems and sites as lists, tiles and heads show them. Pure: what it is now is an argument.

use jiff::Timestamp;

use super::view::{self, Sev, When};
use crate::{
    domain::{
        severity::Severity,
        silence::{State, Watched},
    },
    reference::Reference,
    store::{places::SiteRow, systems::SystemRow},
};

/// How a system or a site is: a shape, a colour and a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub class: &'static str,
    pub words: String,
}

impl Health {
    fn new(class: &'static str, words: impl Into<String>) -> Self {
        Self { class, words: words.into() }
    }

    pub fn of(system: &SystemRow, now: Timestamp) -> Self {
        let since = || view::span(now.duration_since(system.standing_since()));
        match (system.redundancy.as_str(), silence(system, now)) {
            ("down", _) => Self::new("down", format!("down {}", since())),
            ("simplex", _) => Self::new("simplex", format!("simplex {}", since())),
            (_, Some(words)) => Self::new("silent", words),
            // Both halves run, and yet nobody who has such a call would say that all is well.
            _ if worst(system.worst).is_some_and(|worst| worst.n <= Severity::Serious.number()) => {
                Self::new("ok", "duplex")
            }
            _ => Self::new("ok", "well"),
        }
    }

    /// The same on the page of the system itself, where there is room to say it.
    pub fn in_full(system: &SystemRow, now: Timestamp) -> Self {
        let since = || view::span(now.duration_since(system.standing_since()));
        match system.redundancy.as_str() {
            "down" => Self::new("down", format!("down for {}", since())),
            "simplex" => Self::new("simplex", format!("running without redundancy for {}", since())),
            _ if watched(system).is_some_and(|watched| watched.state(now) == State::Late) => {
                Self::new("silent", "late to call home")
            }
            _ => Self::of(system, now),
        }
    }

    /// What is known of a site without looking at each of its systems.
    pub fn of_site(site: &SiteRow) -> Self {
        let simplex = site.in_trouble - site.down;
        match (site.down, simplex, site.systems) {
            (_, _, 0) => Self::new("silent", "no systems yet"),
            (0, 0, 1) => Self::new("ok", "duplex"),
            (0, 0, all) => Self::new("ok", format!("all {all} duplex")),
            (0, simplex, all) => Self::new("simplex", format!("{simplex} of {all} without redundancy")),
            (down, 0, all) => Self::new("down", format!("{down} of {all} down")),
            (down, simplex, all) => Self::new("down", format!("{down} of {all} down, {simplex} without redundancy")),
        }
    }

    /// The same, where every system of the site has been looked at.
    fn of_systems(site: &SiteRow, healths: &[Self]) -> Self {
        let silent = healths.iter().filter(|health| health.class == "silent").count();
        match (Self::of_site(site), silent, site.systems) {
            // With a grave call open, "all are duplex" is all that can be said.
            (health, 0, _) if health.class == "ok" && healths.iter().any(|health| health.words != "well") => health,
            (health, 0, all) if health.class == "ok" && all > 1 => Self::new("ok", format!("all {all} are well")),
            (health, 0, _) if health.class == "ok" => Self::new("ok", "well"),
            (health, 0, _) => health,
            (health, silent, all) if health.class == "ok" => Self::new("silent", format!("{silent} of {all} silent")),
            (health, silent, _) => Self { words: format!("{}, {silent} silent", health.words), ..health },
        }
    }
}

/// As the trade asks how it is heard; nothing where nobody expects it to call home.
pub fn watched(system: &SystemRow) -> Option<Watched> {
    let plain = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    Watched::new(system.heartbeat_minutes, plain(system.last_heard_at), plain(system.expected_since))
}

/// Two expected heartbeats are missing: for how long nothing has been heard.
fn silence(system: &SystemRow, now: Timestamp) -> Option<String> {
    let silent = watched(system)?.is_silent(now);
    let words = |last: jiff_sqlx::Timestamp| format!("silent {}", view::span(now.duration_since(last.to_jiff())));
    silent.then(|| system.last_heard_at.map_or_else(|| "never heard".to_owned(), words))
}

/// A system as a row of a list.
pub struct SystemLine {
    pub serial: String,
    pub nickname: String,
    pub customer: String,
    pub site: String,
    pub model: String,
    pub os: String,
    pub health: Health,
    pub open_calls: i64,
    pub worst: Option<Sev>,
    pub contract: String,
    pub heard: Option<When>,
}

impl SystemLine {
    pub fn of(row: &SystemRow, now: Timestamp) -> Self {
        Self {
            serial: row.serial.clone(),
            nickname: row.nickname.clone(),
            customer: row.customer_name.clone(),
            site: row.site_name.clone(),
            model: row.model.clone(),
            os: row.os.clone(),
            health: Health::of(row, now),
            open_calls: row.open_calls,
            worst: worst(row.worst),
            contract: view::contract(
                row.contract.as_deref(),
                row.contract_ends_at.map(jiff_sqlx::Timestamp::to_jiff),
                now,
            ),
            heard: row.last_heard_at.map(|at| view::ago(at.to_jiff(), now)),
        }
    }

    pub fn all(rows: &[SystemRow], now: Timestamp) -> Vec<Self> {
        rows.iter().map(|row| Self::of(row, now)).collect()
    }
}

pub fn worst(severity: Option<i16>) -> Option<Sev> {
    severity.and_then(|n| Severity::try_from(n).ok()).map(Into::into)
}

/// A site with a cell for each of its systems.
pub struct Tile {
    pub code: String,
    pub name: String,
    pub health: Health,
    pub cells: Vec<&'static str>,
    pub more: usize,
}

/// More cells than this say nothing more.
const CELLS: usize = 60;

impl Tile {
    pub fn of(site: &SiteRow, systems: &[SystemRow], now: Timestamp) -> Self {
        let here = systems.iter().filter(|system| system.site_id == site.id);
        let healths: Vec<Health> = here.map(|system| Health::of(system, now)).collect();
        let all = usize::try_from(site.systems).unwrap_or_default();
        let cells: Vec<_> = healths.iter().map(|health| health.class).take(CELLS).collect();
        Self {
            code: site.site_code.clone(),
            name: site.name.clone(),
            health: Health::of_systems(site, &healths),
            more: all.saturating_sub(cells.len()),
            cells,
        }
    }
}

/// The CAC of a region, and until when somebody is there.
pub fn home_cac(reference: &Reference, region: &str, now: Timestamp) -> Option<String> {
    let rules = reference.router.rules();
    let cac = rules.cacs.iter().find(|cac| cac.region == region)?;
    let calendar = rules.calendar(&cac.calendar)?;
    let there = |at| view::at_place(at, calendar.zone_name(), now);
    let hours = match (calendar.open_until(now), calendar.next_open(now)) {
        (Some(until), _) => format!("open until {} there", there(until)),
        (None, Some(opens)) if opens <= now => "open".to_owned(),
        (None, Some(opens)) => format!("opens {} there", there(opens)),
        (None, None) => "closed".to_owned(),
    };
    Some(format!("{} {}, {hours}", cac.code, calendar.place()))
}
