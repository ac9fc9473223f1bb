//! Rules, calendars and what the router says of them, as programs read and send them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{super::super::routing::other::Simulated, Instant, sent::SeverityGiven};
use crate::{
    domain::calendar::{Calendar as Hours, DAYS},
    reference::Reference,
    router::{self, Change, Decision, Load},
};

/// Weekly hours and holidays, and what comes next.
#[derive(Debug, Serialize, ToSchema)]
pub struct Calendar {
    name: String,
    version: i32,
    time_zone: String,
    /// Openings of each day, such as 08:00-20:00; a day that is closed is left out.
    weekly: BTreeMap<String, Vec<String>>,
    /// Days on which nobody is at work, and what they are called.
    holidays: BTreeMap<String, String>,
    open: bool,
    /// When that ends; null if never.
    changes_at: Option<Instant>,
}

impl Calendar {
    pub fn of(name: &str, hours: &Hours, reference: &Reference, now: jiff::Timestamp) -> Self {
        let days = DAYS.iter().zip(hours.weekly()).filter(|(_, periods)| !periods.is_empty());
        let named = |day| hours.holiday_names().get(day).cloned().unwrap_or_default();
        Self {
            name: name.to_owned(),
            version: reference.calendar_version(name),
            time_zone: hours.zone_name().to_owned(),
            weekly: days
                .map(|((day, _), periods)| ((*day).to_owned(), periods.iter().map(ToString::to_string).collect()))
                .collect(),
            holidays: hours.holidays().iter().map(|day| (day.to_string(), named(day))).collect(),
            open: hours.is_open(now),
            changes_at: hours.next_change(now).map(Into::into),
        }
    }
}

/// A Customer Assistance Center, in the order that breaks ties.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cac {
    code: String,
    name: String,
    region: String,
    calendar: String,
    /// How long it may take to accept a handover before the duty manager hears of it.
    accept_minutes: u32,
    open: bool,
    /// When that ends; null if never.
    changes_at: Option<Instant>,
    queues: Vec<CacQueue>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CacQueue {
    slug: String,
    /// `*` takes what no other queue of the CAC names.
    subjects: Vec<String>,
}

impl Cac {
    pub fn of(cac: &router::Cac, reference: &Reference, now: jiff::Timestamp) -> Self {
        let hours = reference.calendar(&cac.calendar);
        let own = reference.router.rules().queues.iter().filter(|queue| queue.cac == cac.code);
        Self {
            code: cac.code.clone(),
            name: reference.cac_names.get(&cac.code).unwrap_or(&cac.code).clone(),
            region: cac.region.clone(),
            calendar: cac.calendar.clone(),
            accept_minutes: cac.accept_minutes,
            open: hours.is_some_and(|hours| hours.is_open(now)),
            changes_at: hours.and_then(|hours| hours.next_change(now)).map(Into::into),
            queues: own.map(|queue| CacQueue { slug: queue.slug.clone(), subjects: queue.subjects.clone() }).collect(),
        }
    }
}

/// One call to ask about, and under which other rules too.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub region: Option<String>,
    /// The IANA name of the site's zone.
    pub site_zone: Option<String>,
    #[schema(value_type = Option<SeverityGiven>)]
    pub severity: Option<serde_json::Value>,
    pub subject: Option<String>,
    pub covered: Option<bool>,
    pub partner: Option<QuestionPartner>,
    /// Now, if nothing is said.
    #[schema(format = DateTime)]
    pub at: Option<String>,
    /// `draft`, or the number of a version.
    pub other: Option<String>,
    /// Or other rules as TOML.
    pub rules: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionPartner {
    pub accept_minutes: u32,
    pub open: bool,
}

/// Where the call would go under the rules in force, and under the others if any were named.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    pub version: i32,
    pub in_force: Answer,
    pub other: Option<Answer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Answer {
    queue: String,
    cac: Option<String>,
    wait_until: Option<Instant>,
    /// The reasons, in the order in which they were found.
    why: Vec<String>,
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Self {
        Self {
            queue: decision.queue,
            cac: decision.cac,
            wait_until: decision.wait_until.map(Into::into),
            why: decision.why,
        }
    }
}

/// Other rules to be held against those in force.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSimulation {
    /// `draft`, or the number of a version.
    pub other: Option<String>,
    /// Or the rules as TOML.
    pub rules: Option<String>,
    /// `past` (90 days, the default) or `year` (made up).
    pub on: Option<String>,
}

/// What the other rules would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Simulation {
    calls: u64,
    /// Where not all calls of the 90 days were looked at: the newest, since then.
    only_since: Option<Instant>,
    /// Calls that were left out, because what the router was asked can't be read any more.
    unreadable: usize,
    moved: u64,
    /// The first of the moved ones.
    moves: Vec<Move>,
    waits_changed: u64,
    duty_pages: BeforeAfter,
    first_answers_possible: BeforeAfter,
    first_answers_gained: u64,
    first_answers_lost: u64,
    queues: BTreeMap<String, QueueLoad>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BeforeAfter {
    before: u64,
    after: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Move {
    call: String,
    at: Instant,
    severity: u8,
    from_queue: String,
    to_queue: String,
    why_before: String,
    why_after: String,
}

/// What arrives in a queue by the hour of the UTC day.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueLoad {
    calls: BeforeAfter,
    hours_before: Vec<u64>,
    hours_after: Vec<u64>,
}

impl From<Change> for BeforeAfter {
    fn from(change: Change) -> Self {
        Self { before: change.before, after: change.after }
    }
}

impl From<Load> for QueueLoad {
    fn from(load: Load) -> Self {
        Self {
            calls: load.calls.into(),
            hours_before: load.hours_before.to_vec(),
            hours_after: load.hours_after.to_vec(),
        }
    }
}

impl From<router::Move> for Move {
    fn from(one: router::Move) -> Self {
        Self {
            call: one.name,
            at: one.at.into(),
            severity: one.severity.number(),
            from_queue: one.from_queue,
            to_queue: one.to_queue,
            why_before: one.why_before,
            why_after: one.why_after,
        }
    }
}

impl From<Simulated> for Simulation {
    fn from(Simulated { report, only_since, unreadable }: Simulated) -> Self {
        Self {
            only_since: only_since.map(Into::into),
            unreadable,
            calls: report.calls,
            moved: report.moved_count,
            moves: report.moved.into_iter().map(Into::into).collect(),
            waits_changed: report.waits_changed,
            duty_pages: report.duty_pages.into(),
            first_answers_possible: report.promises.possible.into(),
            first_answers_gained: report.promises.gained,
            first_answers_lost: report.promises.lost,
            queues: report.queues.into_iter().map(|(queue, load)| (queue, load.into())).collect(),
        }
    }
}
