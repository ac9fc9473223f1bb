//! When nobody has a call: every region and severity through a stretch of time, exactly.
//!
//! Between two changes of any calendar the router answers alike, so one question in each piece of time
//! between them tells all of it; nothing is sampled.
mod pattern;

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use pattern::{HolePattern, HoleReport, RegionHoles};

use super::Router;
use super::facts::Facts;
use crate::domain::severity::Severity;

/// A time in which calls of these severities find nobody but the duty manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    pub region: String,
    pub severities: Vec<Severity>,
    pub from: Timestamp,
    pub until: Timestamp,
    pub why: String,
}

impl Router {
    /// By region, then by time; what adjoins is one hole.
    pub fn holes(&self, from: Timestamp, until: Timestamp) -> Vec<Hole> {
        let pieces = self.pieces(from, until);
        self.rules.regions.iter().flat_map(|region| self.holes_of(region, &pieces)).collect()
    }

    /// The same, as people read it.
    pub fn hole_report(&self, from: Timestamp, until: Timestamp) -> HoleReport {
        HoleReport::of(&self.holes(from, until), from, until)
    }

    /// [from, until) cut wherever a CAC opens or closes.
    fn pieces(&self, from: Timestamp, until: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let changes = self.centers.iter().flat_map(|center| {
            let next = |at: &Timestamp| center.calendar.next_change(*at);
            iter::successors(Some(from), next).take_while(|at| *at < until)
        });
        let cuts: BTreeSet<Timestamp> = changes.chain([from]).filter(|at| *at < until).collect();
        let ends = cuts.iter().copied().skip(1).chain([until]);
        cuts.iter().copied().zip(ends).collect()
    }

    fn holes_of(&self, region: &str, pieces: &[(Timestamp, Timestamp)]) -> Vec<Hole> {
        let mut holes: Vec<Hole> = Vec::new();
        for (from, until) in pieces.iter().copied() {
            for (why, severities) in self.left_to_duty(region, from) {
                // There are never more holes at a time than severities.
                let recent = holes.iter_mut().rev().take(2 * Severity::ALL.len());
                let same = |h: &&mut Hole| h.until == from && h.why == why && h.severities == severities;
                match recent.into_iter().find(same) {
                    Some(hole) => hole.until = until,
                    None => holes.push(Hole { region: region.to_owned(), severities, from, until, why }),
                }
            }
        }
        holes
    }

    fn left_to_duty(&self, region: &str, at: Timestamp) -> BTreeMap<String, Vec<Severity>> {
        let mut found: BTreeMap<String, Vec<Severity>> = BTreeMap::new();
        for severity in Severity::ALL {
            let decision = self.route(&Facts::plain(region, "UTC", severity, at));
            if decision.queue == self.rules.duty_manager {
                let why = decision.chip().trim_start_matches("duty: ").to_owned();
                found.entry(why).or_default().push(severity);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
