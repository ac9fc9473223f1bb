//! The month of a report.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use crate::{
    domain::availability::{Period, month},
    error::{Error, Result},
};

/// By its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

impl Month {
    /// `2026-11`; the running one of the place where nothing is said.
    pub fn read(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::of(zone, now));
        }
        let first = format!("{text}-01").parse::<Date>().ok();
        let first = first.filter(|day| text.len() == 7 && (1970..2200).contains(&day.year()));
        first.map(Self).ok_or_else(|| Error::invalid("month", "A month is written as 2026-11."))
    }

    pub fn of(zone: &TimeZone, at: Timestamp) -> Self {
        Self(zone.to_datetime(at).date().first_of_month())
    }

    pub fn before(self) -> Self {
        Self(self.0.checked_sub(1.month()).unwrap_or(self.0))
    }

    pub fn after(self) -> Self {
        Self(self.0.checked_add(1.month()).unwrap_or(self.0))
    }

    pub fn name(self) -> String {
        self.0.strftime("%Y-%m").to_string()
    }

    pub fn words(self) -> String {
        self.0.strftime("%B %Y").to_string()
    }

    pub fn period(self, zone: &TimeZone) -> Result<Period> {
        month(zone, self.0.year(), self.0.month()).ok_or_else(|| Error::invalid("month", "There is no such month."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_the_one_of_the_place_and_has_neighbours() {
        let (tokyo, now) = (TimeZone::get("Asia/Tokyo").unwrap(), "2026-12-31T16:00:00Z".parse().unwrap());
        let month = Month::read("", &tokyo, now).unwrap();
        assert_eq!((month.name(), month.words()), ("2027-01".to_owned(), "January 2027".to_owned()));
        assert_eq!((month.before().name(), month.after().name()), ("2026-12".to_owned(), "2027-02".to_owned()));
        assert_eq!(month.period(&tokyo).unwrap().from.to_string(), "2026-12-31T15:00:00Z");
        assert_eq!(Month::read("2026-02", &tokyo, now).unwrap().name(), "2026-02");
        for wrong in ["2026", "2026-13", "2026-11-01", "soon", "0000-01"] {
            assert!(Month::read(wrong, &tokyo, now).is_err(), "{wrong}");
        }
    }
}
