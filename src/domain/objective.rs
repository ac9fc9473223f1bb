//! What a service level promises, and when each promise of a call falls due.
//!
//! A clock is computed anew from the facts every time, so nothing drifts and a change of severity,
//! calendar or history needs no repair. Caller's part: time that a call lay resolved or closed before
//! it came back is a pause; and `restored_at` and `resolved_at` are those of its present life.
mod clock;
mod meter;
mod pause;
mod run;
mod watch;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use clock::{Clock, ClockState, clocks, next_due};
pub use pause::Pause;
pub use watch::{Event, Noted, Watch, What, next_event};

use crate::domain::severity::Severity;

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Acknowledge,
    NextUpdate,
    Restore,
    Resolve,
}

impl Kind {
    /// As a person reads it, in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Acknowledge => "first answer",
            Self::NextUpdate => "next update",
            Self::Restore => "restore",
            Self::Resolve => "resolve",
        }
    }
}

/// Whose time a promise is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    Elapsed,
    SiteCalendar,
    CacCalendar,
}

/// One promise of a service level; a level is a list of these, edited as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    pub severity: Severity,
    pub kind: Kind,
    pub minutes: u32,
    pub clock: ClockKind,
}

/// What happened to a call, as far as promises care.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub severity: Severity,
    pub opened_at: Timestamp,
    /// The last reopening by an alarm or a customer, who then wait for a first word again (rules, section 5).
    pub restarted_at: Option<Timestamp>,
    pub acknowledged_at: Option<Timestamp>,
    /// The last word of staff that the customer can read.
    pub last_update_at: Option<Timestamp>,
    pub restored_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    /// Closed or cancelled.
    pub ended_at: Option<Timestamp>,
    pub pauses: Vec<Pause>,
    /// What was written down as missed: lowering a severity never un-misses (rules, section 5).
    pub misses: Vec<Miss>,
}

/// A promise that was found broken at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    pub kind: Kind,
    pub at: Timestamp,
}

/// A promise of that severity that was told to be at risk at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    pub kind: Kind,
    pub severity: Severity,
    pub at: Timestamp,
}

impl Facts {
    /// A call of which nothing is known but its beginning.
    pub const fn opened(opened_at: Timestamp, severity: Severity) -> Self {
        Self {
            severity,
            opened_at,
            restarted_at: None,
            acknowledged_at: None,
            last_update_at: None,
            restored_at: None,
            resolved_at: None,
            ended_at: None,
            pauses: Vec::new(),
            misses: Vec::new(),
        }
    }
}

/// The default service level (rules, section 5); a site day has twelve hours.
pub fn defaults() -> Vec<Objective> {
    use ClockKind::{Elapsed, SiteCalendar};
    use Kind::{Acknowledge, NextUpdate, Resolve, Restore};
    use Severity::{Critical, Minor, Moderate, Serious};
    let table = [
        (Critical, Acknowledge, 30, Elapsed),
        (Critical, NextUpdate, 60, Elapsed),
        (Critical, Restore, 4 * 60, Elapsed),
        (Serious, Acknowledge, 2 * 60, Elapsed),
        (Serious, NextUpdate, 4 * 60, Elapsed),
        (Serious, Restore, 12 * 60, Elapsed),
        (Moderate, Acknowledge, 4 * 60, SiteCalendar),
        (Moderate, NextUpdate, 2 * 12 * 60, SiteCalendar),
        (Moderate, Resolve, 7 * 24 * 60, Elapsed),
        (Minor, Acknowledge, 12 * 60, SiteCalendar),
        (Minor, NextUpdate, 5 * 12 * 60, SiteCalendar),
    ];
    let objective = |(severity, kind, minutes, clock)| Objective { severity, kind, minutes, clock };
    table.map(objective).to_vec()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
