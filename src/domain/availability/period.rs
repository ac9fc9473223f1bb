//! Stretches of time, and the months of a place.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// From `from` up to, but not including, `to`; what ends no later than it begins is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Period {
    pub fn is_empty(self) -> bool {
        self.to <= self.from
    }

    pub fn length(self) -> SignedDuration {
        self.to.duration_since(self.from).max(SignedDuration::ZERO)
    }

    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// What it shares with another.
    pub fn within(self, other: Self) -> Option<Self> {
        let shared = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (!shared.is_empty()).then_some(shared)
    }

    /// The part of it that has passed, with the system there; empty where there is none.
    pub(super) fn covered(self, installed_at: Timestamp, as_of: Timestamp) -> Self {
        let to = self.to.min(as_of);
        Self { from: self.from.max(installed_at).min(to), to }
    }
}

/// A month of the calendar as the clocks of a place count it: an hour shorter or longer where they are changed.
///
/// A place that skips midnight begins its month at the moment of the jump.
pub fn month(zone: &TimeZone, year: i16, month: i8) -> Option<Period> {
    let first = Date::new(year, month, 1).ok()?;
    let next = first.checked_add(1.month()).ok()?;
    Some(Period { from: start_of(first, zone)?, to: start_of(next, zone)? })
}

fn start_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let somewhere = day.to_zoned(zone.clone()).ok()?;
    Some(somewhere.start_of_day().ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str, year: i16, number: i8) -> i64 {
        month(&TimeZone::get(zone).unwrap(), year, number).unwrap().length().as_hours()
    }

    #[test]
    fn a_month_is_as_long_as_its_clocks_make_it() {
        // 31 days are 744 hours; Paris loses one in March and wins it back in October.
        assert_eq!(hours("Europe/Paris", 2026, 3), 743);
        assert_eq!(hours("Europe/Paris", 2026, 10), 745);
        assert_eq!(hours("Asia/Kolkata", 2026, 3), 744);
        assert_eq!((hours("Europe/Paris", 2024, 2), hours("Europe/Paris", 2026, 2)), (29 * 24, 28 * 24));
    }

    #[test]
    fn months_follow_each_other_without_a_gap_over_the_end_of_a_year() {
        let zone = TimeZone::get("Pacific/Auckland").unwrap();
        let of = |year, number| month(&zone, year, number).unwrap();
        assert_eq!(of(2026, 12).to, of(2027, 1).from);
        // New Zealand has 13 hours more than UTC in summer.
        assert_eq!(of(2027, 1).from.to_string(), "2026-12-31T11:00:00Z");
    }

    #[test]
    fn a_month_without_a_midnight_begins_when_the_clocks_jump() {
        let zone = TimeZone::get("America/Asuncion").unwrap();
        let october = month(&zone, 2017, 10).unwrap();
        // Until then Paraguay was four hours behind UTC; at midnight it became one in the morning.
        assert_eq!(october.from.to_string(), "2017-10-01T04:00:00Z");
        assert_eq!(october.length().as_hours(), 743);
    }

    #[test]
    fn there_is_no_thirteenth_month() {
        assert_eq!(month(&TimeZone::UTC, 2026, 13), None);
        assert_eq!(month(&TimeZone::UTC, 2026, 0), None);
    }
}
