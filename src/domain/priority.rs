//! In which order the desks work: how bad it is, what the system has lost, which promises press.
//!
//! Two steps for each severity; what is lost or pressing lifts by one or two. The store adds what
//! redundancy lifts (`work_priority`), so that a change of the system needs to know nothing of clocks.
use jiff::Timestamp;

use crate::domain::{
    names::{name_of, named_as},
    objective::{Clock, Kind, What},
    severity::Severity,
};

/// A promise that somebody must look at soon, or should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pressing {
    pub kind: Kind,
    pub what: What,
}

/// P1 is worked first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priority {
    pub rank: i16,
    pub why: Vec<String>,
}

impl Pressing {
    /// Those of a call, what is missed first.
    pub fn among(clocks: &[Clock], now: Timestamp) -> Vec<Self> {
        let presses = |clock: &Clock| Some(Self { kind: clock.kind, what: clock.presses(now)? });
        let mut pressing: Vec<Self> = clocks.iter().filter_map(presses).collect();
        pressing.sort_by_key(|p| (std::cmp::Reverse(p.what), p.kind));
        pressing
    }

    pub fn name(self) -> String {
        format!("{} {}", name_of(self.kind), name_of(self.what))
    }

    pub fn from_name(name: &str) -> Option<Self> {
        let (kind, what) = name.split_once(' ')?;
        Some(Self { kind: named_as(kind)?, what: named_as(what)? })
    }

    fn words(self) -> String {
        let how = if self.what == What::Missed { "late" } else { "at risk" };
        format!("{} {how}", self.kind.words())
    }

    fn lift(self) -> i16 {
        if self.what == What::Missed { 2 } else { 1 }
    }
}

/// What severity and clocks make of it; below zero is possible, a priority below one is not.
pub fn urgency(severity: Severity, pressing: &[Pressing]) -> i16 {
    let pressed = pressing.iter().map(|p| p.lift()).max().unwrap_or(0);
    i16::from(severity.number()) * 2 - pressed
}

/// The place in the order of work, and why, in words that can be read one after the other.
pub fn priority(severity: Severity, redundancy: Option<&str>, pressing: &[Pressing]) -> Priority {
    let (lost, lifted) = match redundancy {
        Some("down") => (Some("the system is down"), 2),
        Some("simplex") => (Some("running without redundancy"), 1),
        _ => (None, 0),
    };
    let mut why = vec![severity.word().to_lowercase()];
    why.extend(lost.map(str::to_owned));
    why.extend(pressing.iter().map(|p| p.words()));
    Priority { rank: (urgency(severity, pressing) - lifted).max(1), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::Serious, Severity::Moderate, Severity::Minor];
    const LOST: [Option<&str>; 3] = [None, Some("simplex"), Some("down")];

    fn pressed(what: Option<What>) -> Vec<Pressing> {
        what.map(|what| Pressing { kind: Kind::Acknowledge, what }).into_iter().collect()
    }

    fn rank(severity: Severity, lost: Option<&str>, what: Option<What>) -> i16 {
        priority(severity, lost, &pressed(what)).rank
    }

    #[test]
    fn the_order_of_work_is_as_the_table_says() {
        let none = [8, 7, 6, 7, 6, 5, 6, 5, 4];
        for (severity, lower) in SEVERITIES.into_iter().zip([6, 4, 2, 0]) {
            let mut ranks = Vec::new();
            for what in [None, Some(What::AtRisk), Some(What::Missed)] {
                ranks.extend(LOST.map(|lost| rank(severity, lost, what)));
            }
            assert_eq!(ranks, none.map(|rank: i16| (rank - lower).max(1)), "{severity}");
        }
    }

    #[test]
    fn a_lost_half_lifts_and_a_lost_whole_lifts_more() {
        for severity in [Severity::Serious, Severity::Moderate, Severity::Minor] {
            let ranks = LOST.map(|lost| rank(severity, lost, None));
            assert!(ranks[0] > ranks[1] && ranks[1] > ranks[2], "{severity} {ranks:?}");
        }
    }

    #[test]
    fn the_reasons_read_as_a_sentence() {
        let found = priority(Severity::Serious, Some("simplex"), &pressed(Some(What::AtRisk)));
        assert_eq!(found.why.join(", "), "serious, running without redundancy, first answer at risk");
        assert_eq!(found.rank, 2);
    }

    #[test]
    fn what_presses_is_read_back_by_its_name() {
        for kind in [Kind::Acknowledge, Kind::NextUpdate, Kind::Restore, Kind::Resolve] {
            for what in [What::AtRisk, What::Missed] {
                let pressing = Pressing { kind, what };
                assert_eq!(Pressing::from_name(&pressing.name()), Some(pressing));
            }
        }
    }
}
