//! Outages, which may go on through several intervals and over the ends of a period.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Interval, Period, State};

/// Once out of service, and back.
///
/// Planned work on a system that is down, or an agreement not to count some of it, makes no second outage of one: it
/// would halve the mean time to restoration. Such time is not part of its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    pub from: Timestamp,
    /// None while it goes on.
    pub until: Option<Timestamp>,
    /// What of it counts.
    pub downtime: SignedDuration,
}

impl Outage {
    pub fn began_in(&self, period: Period) -> bool {
        period.contains(self.from)
    }

    /// What is over at the instant at which a period begins ends in that period.
    pub fn ended_in(&self, period: Period) -> bool {
        self.until.is_some_and(|until| period.contains(until))
    }

    pub(super) fn touches(&self, period: Period) -> bool {
        !period.is_empty() && self.from < period.to && self.until.is_none_or(|until| until >= period.from)
    }
}

pub(super) fn outages(line: &[Interval]) -> Vec<Outage> {
    let mut found = Vec::new();
    let mut open: Option<Outage> = None;
    for Interval { during, state, .. } in line.iter().filter(|interval| !interval.is_forgiven()) {
        if *state == State::Outage {
            let begun = Outage { from: during.from, until: None, downtime: SignedDuration::ZERO };
            open.get_or_insert(begun).downtime += during.length();
        } else if let Some(outage) = open.take() {
            found.push(Outage { until: Some(during.from), ..outage });
        }
    }
    found.extend(open);
    found
}
