//! A share of time, exact, and how it is written.

use std::cmp::Ordering;
use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// So much of so much, to the microsecond, which is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    pub up: SignedDuration,
    pub of: SignedDuration,
}

impl Availability {
    /// None where there is no time to be available in.
    pub fn new(up: SignedDuration, of: SignedDuration) -> Option<Self> {
        (of.as_micros() > 0).then_some(Self { up, of })
    }

    fn down(self) -> i128 {
        self.of.as_micros() - self.up.as_micros()
    }

    /// How many nines it begins with, counted without rounding; none for what was never down, which has no end of
    /// them.
    pub fn nines(self) -> Option<u32> {
        let (down, of) = (self.down(), self.of.as_micros());
        (down > 0).then(|| (of / down).checked_ilog10().unwrap_or(0))
    }

    /// By the shares themselves: 1 of 2 is as good as 2 of 4.
    pub fn compare(self, other: Self) -> Ordering {
        let across = |one: Self, two: Self| one.up.as_micros().saturating_mul(two.of.as_micros());
        across(self, other).cmp(&across(other, self))
    }

    /// Places after the point of the share itself that mean something: two behind the nines, none finer than a second
    /// of the whole, and never so few that an outage cannot be seen.
    fn places(self) -> u32 {
        let nines = self.nines().unwrap_or(0);
        let second = self.of.as_secs().max(1).ilog10();
        second.min((nines + 2).max(4)).max(nines).max(2)
    }
}

impl fmt::Display for Availability {
    /// `99.9987 %`. Never rounded up: 100 % is only what was never down.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.places();
        let share = self.up.as_micros() * 10_i128.pow(places) / self.of.as_micros();
        let one = 10_i128.pow(places - 2);
        let width = usize::try_from(places - 2).unwrap_or_default();
        let parts = format!("{:0width$}", share % one);
        let parts = if width == 0 { "" } else { parts.trim_end_matches('0') };
        let point = if parts.is_empty() { "" } else { "." };
        write!(f, "{}{point}{parts} %", share / one)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(up: i64, of: i64) -> Availability {
        Availability::new(SignedDuration::from_secs(up), SignedDuration::from_secs(of)).unwrap()
    }

    #[test]
    fn as_many_places_are_written_as_mean_something() {
        let (month, hour) = (30 * 86_400, 3_600);
        for (down, of, written, nines) in [
            (0, month, "100 %", None),
            // Of 2,592,000 seconds one is 0.00004 %: four places after the point are what they can tell apart.
            (1, month, "99.9999 %", Some(6)),
            // 34 / 2,592,000 = 0.00131 %
            (34, month, "99.9986 %", Some(4)),
            (2_592, month, "99.9 %", Some(3)),
            (2_593, month, "99.89 %", Some(2)),
            (month / 2, month, "50 %", Some(0)),
            (month, month, "0 %", Some(0)),
            // 1 / 3,600 = 0.028 %, where a second is hardly less than a tenth of a percent.
            (1, hour, "99.9 %", Some(3)),
            (1, 10, "90 %", Some(1)),
            (1, 1, "0 %", Some(0)),
        ] {
            let share = seconds(of - down, of);
            assert_eq!((share.to_string().as_str(), share.nines()), (written, nines), "{down} of {of}");
        }
    }

    #[test]
    fn an_outage_shorter_than_a_second_is_not_written_as_none() {
        let of = SignedDuration::from_secs(10);
        let share = Availability::new(of - SignedDuration::from_micros(1), of).unwrap();
        assert_eq!((share.to_string().as_str(), share.nines()), ("99.99999 %", Some(7)));
    }

    #[test]
    fn equal_shares_are_equally_good() {
        assert_eq!(seconds(1, 2).compare(seconds(2, 4)), Ordering::Equal);
        assert_eq!(seconds(98, 100).compare(seconds(99, 100)), Ordering::Less);
        assert_eq!(Availability::new(SignedDuration::ZERO, SignedDuration::ZERO), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_never_more_than_what_was(of in 1_i64..4_000_000_000_000, part in 0.0..1.0_f64) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "any share will do")]
            let up = ((of as f64) * (1.0 - part.powi(9))) as i64;
            let share = seconds(up.min(of), of);
            let text = share.to_string();
            let (whole, parts) = text.trim_end_matches(" %").split_once('.').unwrap_or((text.trim_end_matches(" %"), ""));
            let written: i128 = format!("{whole}{parts}").parse().unwrap();
            let scale = 10_i128.pow(u32::try_from(parts.len()).unwrap() + 2);
            prop_assert!(written * i128::from(of) <= i128::from(share.up.as_secs()) * scale, "{text}");
            prop_assert_eq!(text == "100 %", share.up == share.of);
            let nines = format!("{whole}{parts}").chars().take_while(|digit| *digit == '9').count();
            if let Some(counted) = share.nines().filter(|_| whole.len() == 2) {
                prop_assert_eq!(u32::try_from(nines).unwrap().min(counted), counted);
            }
        }
    }
}
