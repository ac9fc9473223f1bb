//! The stretch of time that a report is about.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Deserialize;

use crate::error::{Error, Result};

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Wanted {
    /// The first and the last day.
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    region: String,
    /// By whose clock days are counted.
    #[serde(default)]
    zone: String,
}

/// Whole days of a place.
#[derive(Debug, Clone)]
pub struct Asking {
    pub first: Date,
    pub last: Date,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Empty is everywhere.
    pub region: String,
    pub zone: String,
}

/// Without another word.
const DAYS: i32 = 30;
/// More days are no picture, and a long wait.
const MOST: i32 = 92;

impl Wanted {
    pub fn read(&self, regions: &[String], now: Timestamp) -> Result<Asking> {
        let name = Some(self.zone.trim()).filter(|zone| !zone.is_empty()).unwrap_or("UTC");
        let zone = TimeZone::get(name).map_err(|_| Error::invalid("zone", "There is no such time zone."))?;
        let region = self.region.trim().to_owned();
        if !region.is_empty() && !regions.contains(&region) {
            return Err(Error::invalid("region", "There is no such region."));
        }
        let today = zone.to_datetime(now).date();
        let last = day("to", &self.to)?.unwrap_or(today);
        let first = day("from", &self.from)?;
        let first = first.unwrap_or_else(|| last.saturating_sub((DAYS - 1).days()));
        if last < first {
            return Err(Error::invalid("to", "The last day comes after the first."));
        }
        if (last - first).get_days() >= MOST {
            return Err(Error::invalid("from", format!("A report has up to {MOST} days.")));
        }
        let start = |day: Date| {
            let there = day.to_zoned(zone.clone()).and_then(|there| there.start_of_day());
            there.map(|there| there.timestamp()).map_err(|_| Error::invalid("from", "There is no such day."))
        };
        let to = start(last.saturating_add(1.day()))?;
        Ok(Asking { first, last, from: start(first)?, to, region, zone: name.to_owned() })
    }
}

impl Asking {
    pub fn region(&self) -> Option<&str> {
        Some(self.region.as_str()).filter(|region| !region.is_empty())
    }

    pub fn days(&self) -> impl Iterator<Item = Date> {
        let last = self.last;
        self.first.series(1.day()).take_while(move |day| *day <= last)
    }
}

fn day(field: &str, text: &str) -> Result<Option<Date>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse::<Date>().ok().filter(|day| (1970..2200).contains(&day.year()));
    read.map(Some).ok_or_else(|| Error::invalid(field, "A day is written as 2026-12-31."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(from: &str, to: &str, zone: &str) -> Wanted {
        Wanted { from: from.into(), to: to.into(), region: String::new(), zone: zone.into() }
    }

    #[test]
    fn days_are_those_of_the_place_and_thirty_without_another_word() {
        let now = "2026-11-23T20:00:00Z".parse().unwrap();
        let asking = wanted("", "", "Asia/Tokyo").read(&[], now).unwrap();
        assert_eq!((asking.first.to_string(), asking.last.to_string()), ("2026-10-26".into(), "2026-11-24".into()));
        assert_eq!((asking.days().count(), asking.to.to_string()), (30, "2026-11-24T15:00:00Z".to_owned()));
        // Paris has an hour less on that Sunday.
        let one = wanted("2026-03-29", "2026-03-29", "Europe/Paris").read(&[], now).unwrap();
        assert_eq!(one.to.duration_since(one.from).as_hours(), 23);
    }

    #[test]
    fn what_is_no_stretch_is_told() {
        let now = "2026-11-23T20:00:00Z".parse().unwrap();
        for (from, to, zone) in [
            ("soon", "", ""),
            ("2026-11-02", "2026-11-01", ""),
            ("2026-01-01", "2026-11-01", ""),
            ("", "", "Mars/Base"),
        ] {
            assert!(wanted(from, to, zone).read(&[], now).is_err(), "{from} {to} {zone}");
        }
        let elsewhere = Wanted { region: "ANTARCTICA".into(), ..Wanted::default() };
        assert!(elsewhere.read(&["EMEA".to_owned()], now).is_err());
    }
}
