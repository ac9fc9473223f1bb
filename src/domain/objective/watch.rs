//! What must be written down of promises that nobody has kept yet, and when to look again.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Clock, Kind, Miss, Risk};
use crate::domain::severity::Severity;

/// How a promise presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    AtRisk,
    Missed,
}

/// Something that history must tell: once, and with the instant at which it became true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub kind: Kind,
    pub what: What,
    pub at: Timestamp,
    pub due_at: Timestamp,
}

/// What history has told already.
#[derive(Debug, Clone, Copy)]
pub struct Noted<'a> {
    pub severity: Severity,
    pub risks: &'a [Risk],
    pub misses: &'a [Miss],
}

impl Noted<'_> {
    fn has(&self, clock: &Clock, what: What) -> bool {
        let (kind, since) = (clock.kind, clock.started_at);
        let missed = self.misses.iter().any(|miss| miss.kind == kind && miss.at >= since);
        let told = |risk: &Risk| risk.kind == kind && risk.severity == self.severity && risk.at >= since;
        missed || (what == What::AtRisk && self.risks.iter().any(told))
    }
}

/// What has become true and is not told, the oldest first; and the instant after which there will be more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    pub events: Vec<Event>,
    pub next_at: Option<Timestamp>,
}

/// A promise that was kept, that ended or that waits for somebody else is not told of.
pub fn next_event(clocks: &[Clock], noted: Noted<'_>, now: Timestamp) -> Watch {
    let pending = clocks.iter().filter(|clock| clock.is_pending());
    let untold = pending.flat_map(Clock::turns).filter(|(clock, turn)| !noted.has(clock, turn.what));
    let (mut events, ahead): (Vec<Event>, Vec<Event>) = untold.map(|(_, turn)| turn).partition(|turn| turn.at < now);
    events.sort_by_key(|event| (event.at, event.what, event.kind));
    Watch { events, next_at: ahead.iter().map(|event| event.at).min() }
}

impl Clock {
    /// Both instants at which this promise turns for the worse.
    fn turns(&self) -> impl Iterator<Item = (&Self, Event)> {
        let turn =
            |what, at: Option<Timestamp>| Some((self, Event { kind: self.kind, what, at: at?, due_at: self.due_at? }));
        [turn(What::AtRisk, self.at_risk_at), turn(What::Missed, self.due_at)].into_iter().flatten()
    }

    /// How it presses now, if somebody must still act on it.
    pub fn presses(&self, now: Timestamp) -> Option<What> {
        let passed = |at: Option<Timestamp>| at.is_some_and(|at| at < now);
        match self.state {
            _ if !self.is_pending() => None,
            super::ClockState::Missed => Some(What::Missed),
            _ if passed(self.at_risk_at) => Some(What::AtRisk),
            _ => None,
        }
    }
}
