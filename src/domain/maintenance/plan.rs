//! When work is planned: once, or on days that come again, by the clock of a place.
//!
//! A wall time means the first instant at which the clock of the place shows it or has passed it. So a time that is
//! skipped when clocks jump ahead means the jump, and one that comes twice means the first of the two and happens
//! once. How long an occurrence lasts is time that really passes.
use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::Occurrence;
use crate::domain::calendar::{CalendarError, zone};

/// Longer is no maintenance but a system that nobody watches.
pub const LONGEST_ONCE: SignedDuration = SignedDuration::from_hours(31 * 24);
pub const LONGEST_REPEATED: SignedDuration = SignedDuration::from_hours(24);
pub const MOST_WEEKS: i64 = 52;
/// So many days are looked through for the next one; every rule has several in them.
const HORIZON: i32 = 6 * 366;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub time_zone: String,
    pub rule: Rule,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    Once { from: Timestamp, to: Timestamp },
    Repeated(Repeat),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    pub days: Days,
    pub at: Time,
    pub minutes: i64,
    /// The first and the last day on which it may begin.
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

/// Days of the week are counted from Monday, 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Days {
    /// In every n-th week, counted from the week of the first day.
    Weekly { weekdays: BTreeSet<i8>, every: i64 },
    /// The n-th such day of each month; -1 is the last.
    Monthly { nth: i8, weekday: i8 },
}

impl Plan {
    /// The zone of the plan; one that nobody knows any more reads as UTC rather than as nothing at all.
    pub fn zone(&self) -> TimeZone {
        zone(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    pub fn new(time_zone: &str, rule: Rule) -> Result<Self, CalendarError> {
        let zone = zone(time_zone)?;
        Ok(Self { time_zone: zone.iana_name().unwrap_or(time_zone).to_owned(), rule })
    }

    /// What is planned to begin after that instant, in order.
    pub fn after(&self, planned: Timestamp) -> impl Iterator<Item = Occurrence> {
        let all: Box<dyn Iterator<Item = Occurrence>> = match &self.rule {
            Rule::Once { from, to } => {
                Box::new(std::iter::once(Occurrence { planned_at: *from, starts_at: *from, ends_at: *to }))
            }
            Rule::Repeated(repeat) => Box::new(repeat.around(self.zone(), planned)),
        };
        let mut last = planned;
        // Two days may begin with the same jump where a place leaves out a whole day.
        all.filter(move |occurrence| {
            let new = occurrence.planned_at > last;
            last = last.max(occurrence.planned_at);
            new
        })
    }

    /// What is not over at that instant, in order: first the one that runs, if one does.
    pub fn coming(&self, at: Timestamp) -> impl Iterator<Item = Occurrence> {
        self.after(before(at, self.reach())).skip_while(move |occurrence| occurrence.ends_at <= at)
    }

    pub fn in_force(&self, at: Timestamp) -> Option<Occurrence> {
        self.coming(at).next().filter(|occurrence| occurrence.contains(at))
    }

    /// The one that ended last before that instant, or with it.
    pub fn last_ended(&self, at: Timestamp) -> Option<Occurrence> {
        let since = before(at, SignedDuration::from_hours(24 * (7 * MOST_WEEKS + 7)) + self.reach());
        self.after(since).take_while(|occurrence| occurrence.ends_at <= at).last()
    }

    /// How long an occurrence lasts at most.
    fn reach(&self) -> SignedDuration {
        match &self.rule {
            Rule::Once { from, to } => to.duration_since(*from) + SignedDuration::from_secs(1),
            Rule::Repeated(_) => LONGEST_REPEATED + SignedDuration::from_hours(1),
        }
    }
}

impl Repeat {
    /// From some days before that instant on.
    fn around(&self, zone: TimeZone, at: Timestamp) -> impl Iterator<Item = Occurrence> {
        let length = SignedDuration::from_mins(self.minutes);
        self.dates(days_later(zone.to_datetime(at).date(), -2)).filter_map(move |date| {
            let starts_at = first_shown(&zone, date.to_datetime(self.at))?;
            let ends_at = starts_at.checked_add(length).ok()?;
            Some(Occurrence { planned_at: starts_at, starts_at, ends_at })
        })
    }

    fn dates(&self, from: Date) -> impl Iterator<Item = Date> {
        let first = from.max(self.valid_from);
        let last = days_later(first, HORIZON).min(self.valid_until.unwrap_or(Date::MAX));
        first.series(1.day()).take_while(move |date| *date <= last).filter(|date| self.is_meant(*date))
    }

    fn is_meant(&self, date: Date) -> bool {
        match &self.days {
            Days::Weekly { weekdays, every } => {
                let weeks = days_between(monday(self.valid_from), monday(date)) / 7;
                weekdays.contains(&date.weekday().to_monday_one_offset()) && weeks % (*every).max(1) == 0
            }
            Days::Monthly { nth, weekday } => {
                let day = Weekday::from_monday_one_offset(*weekday);
                day.and_then(|day| date.nth_weekday_of_month(*nth, day)).is_ok_and(|meant| meant == date)
            }
        }
    }
}

/// The first instant at which the clock of the place shows that time or a later one of its day.
pub fn first_shown(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { before, .. } => {
            let unjumped = before.to_timestamp(wall).ok()?;
            let just_after = unjumped.checked_add(SignedDuration::from_nanos(1)).ok()?;
            zone.preceding(just_after).next().map(|jump| jump.timestamp())
        }
        _ => ambiguous.earlier().ok(),
    }
}

fn before(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn days_later(date: Date, days: i32) -> Date {
    let end = if days < 0 { Date::MIN } else { Date::MAX };
    date.checked_add(Span::new().days(days)).unwrap_or(end)
}

fn monday(date: Date) -> Date {
    days_later(date, -i32::from(date.weekday().to_monday_zero_offset()))
}

fn days_between(first: Date, last: Date) -> i64 {
    last.duration_since(first).as_hours() / 24
}
