//! The house's own tables as the router and the clocks use them, read once and kept in memory.
mod amendment;
mod holes;
mod shelf;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    clock,
    domain::{
        calendar::{Calendar, Period},
        call::Call,
        names::named_as,
        objective::{self, Clock, Objective},
        severity::Severity,
    },
    error::{Error, Result},
    router::{ACCEPT_MINUTES, Cac, Facts, HoleReport, NamedCalendar, Queue, Router, Rules},
    store::{Store, hours, reference, rule_sets, search},
};

pub use amendment::{Amendment, amendments};
use holes::Holes;
pub use shelf::Shelf;

/// The queue of the duty manager in a house that has said nothing else.
const DUTY: &str = "duty";

/// One state of the tables; replaced as a whole when they change.
#[derive(Clone)]
pub struct Reference {
    pub router: Router,
    pub cac_names: HashMap<String, String>,
    pub queue_names: HashMap<String, String>,
    /// The version of the rules that are followed, and the hash of what they say.
    pub rule_set_version: i32,
    pub rule_set_hash: String,
    /// Raised by whatever changes the hours in which promises are counted.
    pub hours_version: i64,
    calendars: HashMap<String, Calendar>,
    calendar_versions: HashMap<String, i32>,
    objectives: HashMap<Uuid, Vec<Objective>>,
    fallback: Vec<Objective>,
    holidays: HashMap<String, BTreeSet<jiff::civil::Date>>,
    holes: Arc<Holes>,
    /// How many calls a week has, about: with many, the newest are searched first.
    pub calls_a_week: i64,
}

impl Reference {
    pub async fn load(store: &Store) -> Result<Self> {
        let db = store.reader();
        // Read first: whoever counts by newer hours than it tells counts once more.
        let hours_version = hours::version(db).await?;
        let rows = reference::calendars(db).await?;
        let calendar_versions = rows.iter().map(|row| (row.name.clone(), row.version)).collect();
        let calendars = calendars(rows)?;
        let cacs = reference::cacs(db).await?;
        let queues = reference::queues(db).await?;
        let newest = rule_sets::newest(db).await?;
        let rules = Rules {
            regions: reference::regions(db).await?,
            duty_manager: duty_manager(newest.as_ref())?,
            calendars: calendars.iter().map(named).collect(),
            cacs: cacs.iter().map(cac).collect(),
            queues: queues.iter().filter_map(subject_queue).collect(),
        }
        .canonical();
        Ok(Self {
            rule_set_version: newest.map_or(0, |row| row.version),
            rule_set_hash: rules.hash(),
            hours_version,
            router: Router::new(rules).map_err(|e| Error::Internal(format!("the routing rules don't hold: {e}")))?,
            cac_names: cacs.into_iter().map(|c| (c.code, c.name)).collect(),
            queue_names: queues.into_iter().map(|q| (q.slug, q.name)).collect(),
            calendars,
            calendar_versions,
            objectives: objectives(reference::objectives(db).await?)?,
            fallback: objective::defaults(),
            holidays: holidays(reference::public_holidays(db).await?),
            holes: Arc::default(),
            calls_a_week: search::calls_a_week(db).await?,
        })
    }

    /// By which rules and which time zones a decision of now is made.
    pub fn basis(&self) -> serde_json::Value {
        serde_json::json!({
            "rules_version": self.rule_set_version,
            "rules_hash": self.rule_set_hash,
            "calendar_versions": self.calendar_versions,
            "tzdb": clock::time_zones(),
        })
    }

    /// The same house under other rules, which nobody follows yet.
    pub fn under(&self, rules: Rules) -> Result<Self> {
        let rules = rules.canonical();
        let faulty = |e: crate::router::RulesError| Error::refused(e.to_string());
        let calendars = rules.calendars.iter().map(|named| (named.name.clone(), named.calendar.clone())).collect();
        let rule_set_hash = rules.hash();
        Ok(Self {
            rule_set_hash,
            router: Router::new(rules).map_err(faulty)?,
            calendars,
            holes: Arc::default(),
            ..self.clone()
        })
    }

    /// The same house with other public holidays in one country.
    #[must_use]
    pub fn with_holidays(&self, country: &str, days: BTreeSet<jiff::civil::Date>) -> Self {
        let mut other = self.clone();
        other.holidays.insert(country.to_owned(), days);
        other
    }

    /// Who is left to the duty manager in the year from this day on; finding out takes a moment the first time.
    pub fn holes(&self, now: Timestamp) -> Arc<HoleReport> {
        self.holes.of(&self.router, now)
    }

    /// When a call with these facts wants its first answer, by its service level and the hours of its site.
    pub fn first_answer(&self, facts: &Facts, level: Option<Uuid>, site: &Calendar) -> Option<Timestamp> {
        let mut own = self.objectives(level).iter().filter(|own| own.severity == facts.severity);
        let promise = own.find(|own| own.kind == objective::Kind::Acknowledge)?;
        let hours = match promise.clock {
            objective::ClockKind::Elapsed => {
                return facts.at.checked_add(SignedDuration::from_mins(promise.minutes.into())).ok();
            }
            objective::ClockKind::SiteCalendar => site,
            // Of whoever has it under the rules in force.
            objective::ClockKind::CacCalendar => self.cac_calendar(&self.router.route(facts).queue).unwrap_or(site),
        };
        hours.due(facts.at, promise.minutes.into())
    }

    /// The public holidays of a country, as far as they were imported.
    pub fn holidays(&self, country: &str) -> Option<&BTreeSet<jiff::civil::Date>> {
        self.holidays.get(country)
    }

    /// The promises of a service level; a call without one is held to the default.
    pub fn objectives(&self, level: Option<Uuid>) -> &[Objective] {
        level.and_then(|id| self.objectives.get(&id)).map_or(&self.fallback, Vec::as_slice)
    }

    pub fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.get(name)
    }

    /// Which version of itself a calendar is; 0 where there is none of that name.
    pub fn calendar_version(&self, name: &str) -> i32 {
        self.calendar_versions.get(name).copied().unwrap_or(0)
    }

    pub fn queue_name(&self, slug: &str) -> String {
        self.queue_names.get(slug).cloned().unwrap_or_else(|| slug.to_owned())
    }

    /// A site's own calendar, else prime hours in its zone, closed on its country's holidays.
    pub fn site_calendar(&self, name: Option<&str>, zone: &str, country: &str) -> Result<Calendar> {
        if let Some(own) = name.and_then(|name| self.calendars.get(name)) {
            return Ok(own.clone());
        }
        let days = self.holidays.get(country).cloned().unwrap_or_default();
        Calendar::on_workdays(zone, &[1, 2, 3, 4, 5], &[Period::PRIME], days)
            .map_err(|e| Error::Internal(e.to_string()))
    }

    /// The hours of a site in words; one without a calendar of its own says so, and which holidays it has.
    pub fn site_hours_words(&self, name: Option<&str>, country: &str) -> String {
        if let Some(own) = name.filter(|name| self.calendars.contains_key(*name)) {
            return format!("calendar {own}");
        }
        let days = self.holidays.get(country).map_or(0, BTreeSet::len);
        let holidays = match days {
            0 => format!("no holidays of {country} are known"),
            _ => format!("closed on the imported holidays of {country}"),
        };
        format!("08:00-20:00, Monday to Friday; no calendar of its own; {holidays}")
    }

    pub fn knows_holidays_of(&self, country: &str) -> bool {
        self.holidays.contains_key(country)
    }

    /// The CAC that has a queue.
    pub fn cac_of(&self, queue: &str) -> Option<&str> {
        let queue = self.router.rules().queues.iter().find(|q| q.slug == queue)?;
        Some(&queue.cac)
    }

    /// The calendar of the CAC that has a queue; a queue without one never sleeps on a promise.
    pub fn cac_calendar(&self, queue: &str) -> Option<&Calendar> {
        self.center_calendar(self.cac_of(queue)?)
    }

    pub fn center_calendar(&self, cac: &str) -> Option<&Calendar> {
        let cac = self.router.rules().cacs.iter().find(|own| own.code == cac)?;
        self.calendars.get(&cac.calendar)
    }

    /// Every promise of a call as it stands now.
    pub fn clocks(&self, call: &Call, site: &Calendar, now: Timestamp) -> Vec<Clock> {
        let cac = self.cac_calendar(&call.queue).unwrap_or(site);
        let course = &call.course;
        let facts = objective::Facts {
            severity: call.severity,
            opened_at: call.opened_at,
            restarted_at: course.restarted_at,
            acknowledged_at: course.acknowledged_at,
            last_update_at: course.last_update_at,
            restored_at: course.restored_at,
            resolved_at: course.resolved_at,
            ended_at: call.ended_at,
            pauses: course.pauses.clone(),
            misses: course.misses.clone(),
        };
        objective::clocks(self.objectives(course.service_level), &facts, site, cac, now)
    }
}

/// The newest rules say which queue it is; the tables of a house that has none yet do not.
fn duty_manager(newest: Option<&rule_sets::RuleSetRow>) -> Result<String> {
    newest.map_or_else(|| Ok(DUTY.to_owned()), |row| Ok(row.rules::<Rules>()?.duty_manager))
}

fn calendars(rows: Vec<reference::CalendarRow>) -> Result<HashMap<String, Calendar>> {
    rows.into_iter()
        .map(|row| {
            let form =
                serde_json::json!({"time_zone": row.time_zone, "weekly": row.weekly.0, "holidays": row.holidays.0,
                                   "holiday_names": row.holiday_names.0});
            let calendar = serde_json::from_value(form)
                .map_err(|e| Error::Internal(format!("calendar {:?} can't be read: {e}", row.name)))?;
            Ok((row.name, calendar))
        })
        .collect()
}

fn named((name, calendar): (&String, &Calendar)) -> NamedCalendar {
    NamedCalendar { name: name.clone(), calendar: calendar.clone() }
}

fn cac(row: &reference::CacRow) -> Cac {
    Cac {
        code: row.code.clone(),
        region: row.region.clone(),
        calendar: row.calendar.clone(),
        name: Some(row.name.clone()),
        accept_minutes: u32::try_from(row.accept_minutes).unwrap_or(ACCEPT_MINUTES),
    }
}

fn subject_queue(row: &reference::QueueRow) -> Option<Queue> {
    let cac = row.cac_code.clone().filter(|_| row.kind == "subject")?;
    Some(Queue { slug: row.slug.clone(), cac, subjects: row.subjects.clone(), languages: row.languages.clone() })
}

fn objectives(rows: Vec<reference::ObjectiveRow>) -> Result<HashMap<Uuid, Vec<Objective>>> {
    let mut by_level: HashMap<Uuid, Vec<Objective>> = HashMap::new();
    for row in rows {
        let unreadable = || Error::Internal(format!("an objective of severity {} can't be read", row.severity));
        by_level.entry(row.service_level_id).or_default().push(Objective {
            severity: Severity::try_from(row.severity).map_err(|_| unreadable())?,
            kind: named_as(&row.kind).ok_or_else(unreadable)?,
            minutes: u32::try_from(row.minutes).map_err(|_| unreadable())?,
            clock: named_as(&row.clock).ok_or_else(unreadable)?,
        });
    }
    Ok(by_level)
}

fn holidays(rows: Vec<(String, jiff::civil::Date)>) -> HashMap<String, BTreeSet<jiff::civil::Date>> {
    let mut by_country: HashMap<String, BTreeSet<_>> = HashMap::new();
    for (country, day) in rows {
        by_country.entry(country).or_default().insert(day);
    }
    by_country
}
