//! The course of one promise: from when it counts, what keeps it, what it waits for.
use jiff::Timestamp;

use super::{Facts, Kind, Pause};

/// From when a promise counts, and what ended it.
pub(super) struct Run<'a> {
    pub started: Timestamp,
    pub met: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub pauses: &'a [Pause],
}

impl<'a> Run<'a> {
    pub(super) fn of(kind: Kind, facts: &'a Facts) -> Self {
        let started = started_at(kind, facts);
        let met = met_at(kind, facts, started);
        let over = match kind {
            Kind::NextUpdate => facts.resolved_at.or(facts.ended_at),
            _ => facts.ended_at,
        };
        Self { started, met, ended: over.filter(|_| met.is_none()), pauses: pauses_that_stop(kind, facts) }
    }

    pub(super) fn is_on(&self) -> bool {
        self.met.is_none() && self.ended.is_none()
    }
}

/// Restoring and resolving count from the opening, whatever became of the severity (product, section 4).
fn started_at(kind: Kind, facts: &Facts) -> Timestamp {
    let restarted = facts.restarted_at.unwrap_or(facts.opened_at).max(facts.opened_at);
    match kind {
        Kind::Acknowledge => restarted,
        Kind::NextUpdate => restarted.max(facts.last_update_at.unwrap_or(restarted)),
        Kind::Restore | Kind::Resolve => facts.opened_at,
    }
}

/// An answer given before the call came back does not count, and a solution is an answer to all.
fn met_at(kind: Kind, facts: &Facts, started: Timestamp) -> Option<Timestamp> {
    let solved = facts.resolved_at.filter(|at| *at >= started);
    match kind {
        Kind::Acknowledge => facts.acknowledged_at.filter(|at| *at >= started).or(solved),
        Kind::NextUpdate => None,
        Kind::Restore => facts.restored_at.or(solved),
        Kind::Resolve => solved,
    }
}

/// The first word depends on nobody but us, so waiting for others never excuses its absence.
fn pauses_that_stop(kind: Kind, facts: &Facts) -> &[Pause] {
    if kind == Kind::Acknowledge { &[] } else { &facts.pauses }
}
