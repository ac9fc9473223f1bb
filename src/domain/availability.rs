//! How available a system was: what every minute counts as, by which evidence, and what that comes to.
//!
//! Of a stretch that is disputed the answer decides, then planned work, then the worst that machines and calls tell of
//! it; where nothing is told, a system is up. Figures carry their exclusions beside them, so that anybody can check
//! them:
//!
//! - *Availability* is (service time − downtime) / service time, after ITIL (Service Design, availability management:
//!   agreed service time and downtime). The service time of a fault-tolerant system is every hour of the period but
//!   the planned and the excluded. Time without redundancy is up, and so is time in which nobody heard of it.
//! - *MTBF* is the mean operating time between failures (IEC 60050-192, 192-05-13): service time − downtime, by the
//!   outages that began in the period.
//! - *MTTR* is the mean time to restoration (192-07-23) of the outages that ended in the period, in full length where
//!   they began before it, without what was planned or excluded meanwhile. The standard means expectations; these are
//!   means of what was observed.
//!
//! A report names the instant as of which it was made. Made again as of that instant it is the same, whatever has been
//! recorded since.
mod annotation;
mod claim;
mod evidence;
mod figures;
mod outage;
mod period;
mod ratio;
mod story;
mod timeline;
mod total;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use annotation::{Annotation, Says, Standing, Verdict};
pub use evidence::{End, Evidence, Fact, Redundancy};
pub use figures::Figures;
pub use outage::Outage;
pub use period::{Period, month};
pub use ratio::Availability;
pub use story::critical;
pub use timeline::Interval;
pub use total::{Total, total};

/// What a minute counts as. Of what machines and calls say of it, the later in this list is the graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Up,
    /// It should have been heard from and was not, which alone is no outage.
    Unheard,
    /// Up without redundancy: one fault from an outage.
    Exposed,
    Outage,
    /// It would have been unheard, exposed or out, and somebody works on it: neither up nor down.
    Planned,
    /// People have agreed that it does not count.
    Excluded,
}

impl State {
    pub const ALL: [Self; 6] = [Self::Up, Self::Unheard, Self::Exposed, Self::Outage, Self::Planned, Self::Excluded];
}

/// A system, and all that was ever recorded of it, in any order.
///
/// What lies before a period is wanted, too: the last change of redundancy, which still holds, and the outages that
/// reach into it, which are as long as they are.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    pub installed_at: Timestamp,
    pub evidence: &'a [Evidence],
}

/// What there is to say of one system and one period, as it was known at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub as_of: Timestamp,
    /// The part of the period in which the system was there and which has passed.
    pub covered: Period,
    /// One after the other, from the beginning of what is covered to its end.
    pub intervals: Vec<Interval>,
    /// Those that began, went on or ended in what is covered, in full length.
    pub outages: Vec<Outage>,
    pub figures: Figures,
}

impl Observed<'_> {
    /// A report of today has `now` for its `as_of`; an old one keeps its own.
    ///
    /// Time is looked through from the installation on, as an outage is as long as it is wherever a period begins.
    pub fn report(&self, period: Period, as_of: Timestamp) -> Report {
        let covered = period.covered(self.installed_at, as_of);
        let whole = Period { from: self.installed_at.min(covered.to), to: covered.to };
        let line = timeline::timeline(whole, &self.known(as_of));
        let mut outages = outage::outages(&line);
        outages.retain(|outage| outage.touches(covered));
        let intervals = timeline::clip(line, covered);
        let figures = Figures::new(covered, &intervals, &outages);
        Report { as_of, covered, intervals, outages, figures }
    }

    /// In one order, and the same thing only once.
    fn known(&self, as_of: Timestamp) -> Vec<Evidence> {
        let mut known: Vec<Evidence> = self.evidence.iter().filter_map(|one| one.known(as_of)).collect();
        known.sort();
        known.dedup();
        known
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod precedence;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
