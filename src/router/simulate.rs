//! What other rules would do to the same calls.
mod report;
mod year;

use jiff::Timestamp;

pub use report::{Change, Load, Move, Promise, Promises, Report};
pub use year::{Profile, Site, Year, synthetic_year};

use super::decision::Decision;
use super::facts::Facts;
use super::{PARTNER_QUEUE, Router};

/// One call of the past, or of a made-up year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What it is called: its number, mostly.
    pub name: String,
    pub facts: Facts,
    /// When a first answer is due.
    pub promise: Option<Timestamp>,
}

/// Where a call goes, and when somebody there can answer it first.
pub(super) struct Answer {
    pub decision: Decision,
    pub first: Option<Timestamp>,
    pub pages_duty: bool,
}

/// The same calls under two sets of rules; nothing is kept of them but what differs.
pub fn simulate(before: &Router, after: &Router, calls: impl IntoIterator<Item = Asked>) -> Report {
    let mut report = Report::default();
    for call in calls {
        report.add(&call, &before.answer(&call.facts), &after.answer(&call.facts));
    }
    report
}

impl Router {
    fn answer(&self, facts: &Facts) -> Answer {
        let decision = self.route(facts);
        let pages_duty = decision.queue == self.rules.duty_manager;
        Answer { first: self.first_answer(&decision, facts.at), pages_duty, decision }
    }

    /// A duty manager and a partner in review answer at once, a queue when its CAC is open; none if it never is.
    pub fn first_answer(&self, decision: &Decision, at: Timestamp) -> Option<Timestamp> {
        let at_once = decision.queue == self.rules.duty_manager || decision.queue == PARTNER_QUEUE;
        let cac = decision.cac.as_ref().filter(|_| !at_once);
        let Some(cac) = cac else { return Some(at) };
        let center = self.centers.iter().find(|center| center.code == *cac)?;
        center.calendar.next_open(at)
    }
}

#[cfg(test)]
mod tests;
