//! When people work: weekly hours in a time zone, minus holidays, and the time that passes in them.
//!
//! A minute counts if its local wall time lies in [open, close) of a work day that is not a holiday;
//! a shift over midnight belongs to the day on which it begins; clocks skipped or doubled by daylight
//! saving count the minutes that really pass (product, section 5).
mod answers;
mod form;
mod period;
mod stretch;
mod week;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use period::Period;
pub use week::{DAYS, hours_of, hours_text};
pub use zone::zone;

/// Weekly hours and holidays of a CAC, a site or a partner, in their own zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "form::Form", into = "form::Form")]
pub struct Calendar {
    zone: TimeZone,
    zone_name: String,
    weekly: [Vec<Period>; 7],
    holidays: BTreeSet<Date>,
    /// What people call a holiday; one that nobody has named stands without a name.
    holiday_names: BTreeMap<Date, String>,
    /// The holidays as days since 1970, in order: looking up a number is most of the work here.
    days_off: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    #[error("A calendar needs a time zone such as Europe/Paris; there is no server time.")]
    NoZone,
    #[error("There is no time zone “{0}”; use an IANA name such as Europe/Paris.")]
    UnknownZone(String),
    #[error("“{0}” is not an opening; write it as 08:00-20:00.")]
    BadPeriod(String),
    #[error("{0} is not a day of the week; Monday is 1 and Sunday is 7.")]
    BadWorkday(i64),
}

impl Calendar {
    /// Hours from Monday to Sunday; openings may overlap and then count once.
    pub fn new(
        zone_name: &str,
        mut weekly: [Vec<Period>; 7],
        holidays: impl IntoIterator<Item = Date>,
    ) -> Result<Self, CalendarError> {
        let zone = zone(zone_name)?;
        for day in &mut weekly {
            day.retain(|p| !p.is_closed());
            day.sort_unstable();
        }
        let holidays = BTreeSet::from_iter(holidays);
        Ok(Self {
            zone_name: zone.iana_name().unwrap_or(zone_name).to_owned(),
            zone,
            weekly,
            days_off: holidays.iter().map(|d| days_since_1970(*d)).collect(),
            holidays,
            holiday_names: BTreeMap::new(),
        })
    }

    /// The same hours on each of the work days (1 = Monday).
    pub fn on_workdays(
        zone_name: &str,
        workdays: &[i64],
        periods: &[Period],
        holidays: impl IntoIterator<Item = Date>,
    ) -> Result<Self, CalendarError> {
        let mut weekly: [Vec<Period>; 7] = Default::default();
        for day in workdays {
            let index = usize::try_from(day - 1).unwrap_or(usize::MAX);
            let hours = weekly.get_mut(index).ok_or(CalendarError::BadWorkday(*day))?;
            periods.clone_into(hours);
        }
        Self::new(zone_name, weekly, holidays)
    }

    /// 08:00-20:00 from Monday to Friday: what a site has until somebody says otherwise.
    pub fn prime_hours(zone_name: &str) -> Result<Self, CalendarError> {
        Self::on_workdays(zone_name, &[1, 2, 3, 4, 5], &[Period::PRIME], [])
    }

    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub fn weekly(&self) -> &[Vec<Period>; 7] {
        &self.weekly
    }

    pub fn holidays(&self) -> &BTreeSet<Date> {
        &self.holidays
    }

    pub fn holiday_names(&self) -> &BTreeMap<Date, String> {
        &self.holiday_names
    }

    /// The same hours with these names; a name without its holiday goes.
    #[must_use]
    pub fn with_holiday_names(mut self, names: BTreeMap<Date, String>) -> Self {
        self.holiday_names = names;
        self.holiday_names.retain(|day, name| self.holidays.contains(day) && !name.trim().is_empty());
        self
    }

    /// The city people say instead of the zone: `America/New_York` is New York.
    pub fn place(&self) -> String {
        let city = self.zone_name.rsplit('/').next().unwrap_or_default();
        city.replace('_', " ")
    }

    /// Shifts that begin on that day, which is counted from 1970; a holiday takes them all away.
    fn shifts(&self, day: i64) -> &[Period] {
        if self.days_off.binary_search(&day).is_ok() {
            return &[];
        }
        let weekday = usize::try_from((day + 3).rem_euclid(7));
        weekday.map_or(&[], |index| &self.weekly[index])
    }
}

fn days_since_1970(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 1)).as_hours() / 24
}

/// The store keeps microseconds, so nothing finer is told apart here.
fn instant(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod zones;
