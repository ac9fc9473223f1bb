//! Planned work as programs read and send it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Instant;
use crate::{
    domain::{
        calendar::DAYS,
        maintenance::{Days, Occurrence, Rule},
    },
    store::maintenance::WindowRow,
};

/// How many of the occurrences to come are named.
const NAMED: usize = 5;

/// A window, its plan, and what runs or comes of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaintenanceWindow {
    id: Uuid,
    title: String,
    reason: String,
    customer: String,
    site: String,
    /// The serials of the systems that it is for; null is the whole site.
    #[schema(required)]
    systems: Option<Vec<String>>,
    pub in_force: bool,
    /// The one that is in force, or the next one; null where nothing more comes.
    #[schema(required)]
    starts_at: Option<Instant>,
    #[schema(required)]
    ends_at: Option<Instant>,
    /// The same and those after it.
    next: Vec<WindowTimes>,
    #[serde(flatten)]
    plan: WindowPlan,
    /// The zone by whose clock it is planned.
    zone: String,
    /// The site's time zone, for showing the instants as they are there.
    time_zone: String,
    planned_by: Option<String>,
    created_at: Instant,
    last_ended_at: Option<Instant>,
    cancelled_at: Option<Instant>,
    version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WindowTimes {
    starts_at: Instant,
    ends_at: Instant,
}

/// When it is planned: `from` and `to`, or days that come again.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct WindowPlan {
    /// `once`, `weekly` or `monthly`.
    repeats: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weekdays: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nth: Option<i8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weekday: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_minutes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
}

impl MaintenanceWindow {
    pub fn of(row: WindowRow, now: Timestamp) -> Self {
        let next: Vec<Occurrence> = row.window().coming(now).take(NAMED).collect();
        let first = next.first().copied();
        let times = |o: &Occurrence| WindowTimes { starts_at: o.starts_at.into(), ends_at: o.ends_at.into() };
        Self {
            in_force: first.is_some_and(|first| first.contains(now)),
            starts_at: first.map(|first| first.starts_at.into()),
            ends_at: first.map(|first| first.ends_at.into()),
            next: next.iter().map(times).collect(),
            plan: WindowPlan::of(&row.plan.rule),
            systems: row.systems.map(|_| row.named.0.into_iter().map(|system| system.serial).collect()),
            zone: row.plan.0.time_zone,
            id: row.id,
            title: row.title,
            reason: row.reason,
            customer: row.customer_name,
            site: row.site_code,
            time_zone: row.time_zone,
            planned_by: row.planner,
            created_at: row.created_at.into(),
            last_ended_at: row.last_ended_at.map(Into::into),
            cancelled_at: row.cancelled_at.map(Into::into),
            version: row.version,
        }
    }
}

impl WindowPlan {
    fn of(rule: &Rule) -> Self {
        let day = |n: &i8| DAYS.get(usize::try_from(n - 1).ok()?).map(|(short, _)| (*short).to_owned());
        let repeat = match rule {
            Rule::Once { from, to } => {
                let (from, to) = (Some((*from).into()), Some((*to).into()));
                return Self { repeats: "once".to_owned(), from, to, ..Self::default() };
            }
            Rule::Repeated(repeat) => repeat,
        };
        let own = Self {
            at: Some(repeat.at.strftime("%H:%M").to_string()),
            duration_minutes: Some(repeat.minutes),
            valid_from: Some(repeat.valid_from.to_string()),
            valid_until: repeat.valid_until.map(|day| day.to_string()),
            ..Self::default()
        };
        match &repeat.days {
            Days::Weekly { weekdays, every } => {
                let weekdays = Some(weekdays.iter().filter_map(day).collect());
                Self { repeats: "weekly".to_owned(), weekdays, every: Some(*every), ..own }
            }
            Days::Monthly { nth, weekday } => {
                Self { repeats: "monthly".to_owned(), nth: Some(*nth), weekday: day(weekday), ..own }
            }
        }
    }
}

/// A window that is being planned.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NewWindow {
    /// The code of the site.
    #[schema(value_type = String, required, min_length = 1)]
    site: Option<String>,
    /// Serials; null, or nothing said, is the whole site.
    systems: Option<Vec<String>>,
    #[schema(value_type = String, required, min_length = 1, max_length = 200)]
    title: Option<String>,
    #[schema(value_type = String, required, min_length = 1, max_length = 2000)]
    reason: Option<String>,
    /// An IANA name; nothing said is the site's.
    zone: Option<String>,
    /// `once`, `weekly` or `monthly`.
    #[schema(pattern = "^(once|weekly|monthly)$", default = "once")]
    repeats: Option<String>,
    /// For `once`: a time on the clock of the zone, or an instant with its offset.
    #[schema(examples("2026-12-01T22:00", "2026-12-01T21:00:00Z"))]
    from: Option<String>,
    to: Option<String>,
    /// For `weekly`: `mon` to `sun`.
    weekdays: Option<Vec<String>>,
    /// For `weekly`: every so many weeks.
    #[schema(minimum = 1, maximum = 52)]
    every: Option<i64>,
    /// For `monthly`: 1 to 4, or -1 for the last such day.
    nth: Option<i64>,
    weekday: Option<String>,
    /// For what comes again: when it begins.
    #[schema(examples("22:00"))]
    at: Option<String>,
    #[schema(minimum = 1, maximum = 1440)]
    duration_minutes: Option<i64>,
    #[schema(examples("2026-12-01"))]
    valid_from: Option<String>,
    valid_until: Option<String>,
}

/// What is to be different of a window; what is not named stays as it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct WindowChange {
    systems: Option<Vec<String>>,
    #[schema(max_length = 200)]
    title: Option<String>,
    #[schema(max_length = 2000)]
    reason: Option<String>,
    zone: Option<String>,
    #[schema(pattern = "^(once|weekly|monthly)$")]
    repeats: Option<String>,
    from: Option<String>,
    to: Option<String>,
    weekdays: Option<Vec<String>>,
    #[schema(minimum = 1, maximum = 52)]
    every: Option<i64>,
    nth: Option<i64>,
    weekday: Option<String>,
    at: Option<String>,
    #[schema(minimum = 1, maximum = 1440)]
    duration_minutes: Option<i64>,
    valid_from: Option<String>,
    valid_until: Option<String>,
}
