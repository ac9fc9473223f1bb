//! Assigns a call to the queue that must act on it, and says why (product, section 6).
//!
//! Pure: the same rules and facts give the same decision, today or in a simulation of a year.
mod canonical;
mod case;
mod center;
mod check;
mod decision;
mod difference;
mod export;
mod facts;
mod handover;
mod holes;
mod merge;
mod question;
mod rules;
mod simulate;
mod unknown;
mod words;

pub use decision::{Decision, Opening};
pub use difference::{Difference, Touches, differences};
pub use facts::{Facts, KnownTo, PartnerFirst, SameIncident};
pub use handover::{Handover, Held, Turn, Turned};
pub use holes::{Hole, HolePattern, HoleReport, RegionHoles};
pub use merge::{Merged, merge};
pub use rules::{ACCEPT_MINUTES, Cac, NamedCalendar, Queue, Rules, RulesError};
pub use simulate::{
    Asked, Change, Load, Move, Profile, Promise, Promises, Report, Site, Year, simulate, synthetic_year,
};

use case::{Case, Place};
use center::Center;

/// Where first-line partners review calls; the relation says which partner.
pub const PARTNER_QUEUE: &str = "partner";

/// Rules made ready to be followed.
#[derive(Debug, Clone)]
pub struct Router {
    rules: Rules,
    /// In the order of the regions, which breaks ties.
    centers: Vec<Center>,
}

impl Router {
    /// Refuses rules that can't be followed; holes in them lead to the duty manager instead.
    pub fn new(rules: Rules) -> Result<Self, RulesError> {
        let faults = rules.contradictions();
        if !faults.is_empty() {
            return Err(RulesError::Contradictory(faults));
        }
        let mut centers: Vec<_> = rules.cacs.iter().filter_map(|cac| Center::of(cac, &rules)).collect();
        centers.sort_by_key(|center| rules.regions.iter().position(|r| *r == center.region));
        Ok(Self { rules, centers })
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Always one queue: whatever no step takes is the duty manager's.
    pub fn route(&self, facts: &Facts) -> Decision {
        let mut case = Case::new(facts);
        let place = match self.home_of(&facts.region) {
            Some(home) => self.place(&mut case, home),
            None => case.without_home(),
        };
        let place = place.unwrap_or_else(|| case.on_duty(&self.rules.duty_manager));
        case.decided(place)
    }

    /// The steps in their order of precedence.
    fn place(&self, case: &mut Case, home: &Center) -> Option<Place> {
        if !case.facts.covered {
            return Some(case.renewals(home));
        }
        case.covered()
            .or_else(|| case.partner_review())
            .or_else(|| case.at_home(home))
            .or_else(|| case.following_the_sun(home, &self.centers))
            .or_else(|| case.waiting_at_home(home))
    }

    /// The CAC whose contracts are renewed in a queue, if any are.
    pub fn renewing(&self, queue: &str) -> Option<&str> {
        self.centers.iter().find(|center| center.renewals() == queue).map(|center| center.code.as_str())
    }

    fn home_of(&self, region: &str) -> Option<&Center> {
        self.centers.iter().find(|center| center.region.eq_ignore_ascii_case(region.trim()))
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod tests;
