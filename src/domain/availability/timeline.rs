//! A system's time, cut wherever something begins or ends.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Evidence, Period, State,
    claim::{Claim, by_weight, claims, decide},
};

/// A stretch in which the same things are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    pub during: Period,
    pub state: State,
    /// None where nothing is known, or nothing that decides: a system is up until somebody hears otherwise.
    pub decided_by: Option<Evidence>,
    /// What else is known of it, the weightiest first.
    pub beside: Vec<Evidence>,
}

impl Interval {
    /// All that is known of it, what decided first.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.decided_by.iter().chain(&self.beside)
    }

    /// Somebody has another opinion of it and waits for an answer.
    pub fn is_disputed(&self) -> bool {
        self.evidence().any(Evidence::is_proposed)
    }

    /// Down, and planned or excluded so that it does not count.
    pub fn is_forgiven(&self) -> bool {
        matches!(self.state, State::Planned | State::Excluded) && self.evidence().any(Evidence::says_down)
    }

    fn new(during: Period, mut standing: Vec<Claim>) -> Self {
        standing.sort_by_key(by_weight);
        let (state, decider) = decide(&standing);
        let mut beside: Vec<Evidence> = standing.iter().map(|claim| claim.evidence.clone()).collect();
        let decided_by = decider.map(|place| beside.remove(place));
        Self { during, state, decided_by, beside }
    }
}

/// Every instant of `whole`, once and in order. Something begins or ends at every cut, so no two neighbours are alike.
pub(super) fn timeline(whole: Period, known: &[Evidence]) -> Vec<Interval> {
    let mut claims = claims(known, whole);
    claims.sort_by_key(|claim| claim.during.from);
    let cuts = cuts(whole, &claims);
    let mut coming = claims.into_iter().peekable();
    let mut standing = Vec::new();
    let mut line = Vec::new();
    for (&from, &to) in cuts.iter().zip(cuts.iter().skip(1)) {
        standing.retain(|claim: &Claim| claim.during.to > from);
        standing.extend(std::iter::from_fn(|| coming.next_if(|claim| claim.during.from <= from)));
        line.push(Interval::new(Period { from, to }, standing.clone()));
    }
    line
}

/// The part of a line that lies in a period.
pub(super) fn clip(line: Vec<Interval>, period: Period) -> Vec<Interval> {
    line.into_iter()
        .filter_map(|interval| Some(Interval { during: interval.during.within(period)?, ..interval }))
        .collect()
}

fn cuts(whole: Period, claims: &[Claim]) -> BTreeSet<Timestamp> {
    let ends = claims.iter().flat_map(|claim| [claim.during.from, claim.during.to]);
    ends.chain([whole.from, whole.to]).collect()
}
