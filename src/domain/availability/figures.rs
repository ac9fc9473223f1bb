//! What a period comes to.

use std::iter::Sum;
use std::ops::Add;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Availability, Interval, Outage, Period, State};

/// Sums and counts only, so that those of several systems, or of several months, can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    pub covered: SignedDuration,
    pub downtime: SignedDuration,
    pub exposure: SignedDuration,
    pub unheard: SignedDuration,
    pub planned: SignedDuration,
    pub excluded: SignedDuration,
    /// Time of any state of which somebody has another opinion and waits for an answer.
    pub disputed: SignedDuration,
    /// Outages that began in the period.
    pub outages: i32,
    /// Outages that ended in it.
    pub restored: i32,
    /// How long those that ended in it took together, also before it.
    pub restoring: SignedDuration,
}

impl Figures {
    pub(super) fn new(covered: Period, intervals: &[Interval], outages: &[Outage]) -> Self {
        let counted = intervals.iter().map(Self::of_interval).sum::<Self>();
        outages.iter().map(|outage| Self::of_outage(outage, covered)).fold(counted, Add::add)
    }

    fn of_interval(interval: &Interval) -> Self {
        let length = interval.during.length();
        let mut figures = Self { covered: length, ..Self::default() };
        match interval.state {
            State::Up => {}
            State::Unheard => figures.unheard = length,
            State::Exposed => figures.exposure = length,
            State::Outage => figures.downtime = length,
            State::Planned => figures.planned = length,
            State::Excluded => figures.excluded = length,
        }
        if interval.is_disputed() {
            figures.disputed = length;
        }
        figures
    }

    fn of_outage(outage: &Outage, covered: Period) -> Self {
        let ended = outage.ended_in(covered);
        Self {
            outages: outage.began_in(covered).into(),
            restored: ended.into(),
            restoring: if ended { outage.downtime } else { SignedDuration::ZERO },
            ..Self::default()
        }
    }

    /// The time in which the system was owed to its users.
    pub fn service_time(&self) -> SignedDuration {
        self.covered - self.planned - self.excluded
    }

    /// The part of the service time in which it was not down, as far as anybody knows.
    pub fn uptime(&self) -> SignedDuration {
        self.service_time() - self.downtime
    }

    /// None where there was no service time.
    pub fn availability(&self) -> Option<Availability> {
        Availability::new(self.uptime(), self.service_time())
    }

    /// Mean time to restoration; none where no outage ended.
    pub fn mttr(&self) -> Option<SignedDuration> {
        self.restoring.checked_div(self.restored)
    }

    /// Mean operating time between failures; none where nothing failed.
    pub fn mtbf(&self) -> Option<SignedDuration> {
        self.uptime().checked_div(self.outages)
    }
}

impl Add for Figures {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            covered: self.covered + other.covered,
            downtime: self.downtime + other.downtime,
            exposure: self.exposure + other.exposure,
            unheard: self.unheard + other.unheard,
            planned: self.planned + other.planned,
            excluded: self.excluded + other.excluded,
            disputed: self.disputed + other.disputed,
            outages: self.outages + other.outages,
            restored: self.restored + other.restored,
            restoring: self.restoring + other.restoring,
        }
    }
}

impl Sum for Figures {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}
