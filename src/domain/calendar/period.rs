//! One opening of a day, as people write it: `08:00-20:00`.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::CalendarError;
use super::stretch::{DAY, MINUTE, Stretch};

/// Minutes after local midnight. A close before the open is on the next day; equal means closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    open_min: u16,
    close_min: u16,
}

impl Period {
    pub const PRIME: Self = Self { open_min: 8 * 60, close_min: 20 * 60 };
    pub const ALL_DAY: Self = Self { open_min: 0, close_min: 1440 };

    pub fn new(open_min: u16, close_min: u16) -> Result<Self, CalendarError> {
        let period = Self { open_min, close_min };
        if open_min.max(close_min) > 1440 {
            return Err(CalendarError::BadPeriod(period.to_string()));
        }
        Ok(period)
    }

    pub const fn open_min(self) -> u16 {
        self.open_min
    }

    pub const fn close_min(self) -> u16 {
        self.close_min
    }

    pub const fn is_closed(self) -> bool {
        self.open_min == self.close_min
    }

    /// Wall time of the shift that begins on that day.
    pub(super) fn on(self, day: i64) -> Stretch {
        let tomorrow = if self.close_min < self.open_min { DAY } else { 0 };
        Stretch {
            start: day * DAY + i64::from(self.open_min) * MINUTE,
            end: day * DAY + i64::from(self.close_min) * MINUTE + tomorrow,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = (self.open_min, self.close_min);
        let (open_h, open_m) = (open / 60, open % 60);
        write!(f, "{open_h:02}:{open_m:02}-{:02}:{:02}", close / 60, close % 60)
    }
}

impl FromStr for Period {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let (open, close) = text.split_once('-').unwrap_or_default();
        let period = minute_of(open.trim()).zip(minute_of(close.trim()));
        let (open, close) = period.ok_or_else(|| CalendarError::BadPeriod(text.to_owned()))?;
        Self::new(open, close)
    }
}

/// `24:00` is the end of a day; there is no minute after it.
fn minute_of(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let is_number = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !(is_number(hour) && is_number(minute) && minute.len() == 2 && hour.len() <= 2) {
        return None;
    }
    let minutes = hour.parse::<u16>().ok()? * 60 + minute.parse::<u16>().ok()?;
    (minutes <= 1440 && !minute.starts_with(['6', '7', '8', '9'])).then_some(minutes)
}

impl TryFrom<String> for Period {
    type Error = CalendarError;

    fn try_from(text: String) -> Result<Self, CalendarError> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_reads_as_it_is_written() {
        for text in ["08:00-20:00", "00:00-24:00", "22:00-06:00", "13:15-13:16"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        assert_eq!("8:00-20:00".parse(), Ok(Period::PRIME));
    }

    #[test]
    fn what_is_no_opening_is_refused() {
        for text in ["", "-", "8-20", "08:00", "08:60-20:00", "08:00-24:01", "+8:00-20:00", "08:00-20:0", ":00-20:00"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
        assert!(Period::new(0, 1441).is_err());
    }
}
