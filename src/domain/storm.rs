//! Many systems of one site at once: one cause, and one call.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// So many systems within [`WINDOW`] have one cause.
pub const SYSTEMS: usize = 5;
pub const WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// What comes after so long a quiet is something else.
pub const QUIET: SignedDuration = SignedDuration::from_mins(10);

/// The systems of one site that had something new wrong lately.
#[derive(Debug, Clone, Default)]
pub struct Lately(BTreeSet<Uuid>);

impl Lately {
    pub fn new(systems: impl IntoIterator<Item = Uuid>) -> Self {
        Self(systems.into_iter().collect())
    }

    /// Whether this one makes it a storm; remembered either way.
    pub fn makes_storm(&mut self, system: Uuid) -> bool {
        self.0.insert(system);
        self.0.len() >= SYSTEMS
    }
}

/// Whether a storm that was last heard then still takes what comes now.
pub fn lasts(last_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(last_at) < QUIET
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_system_makes_a_storm_and_the_same_one_again_does_not() {
        let mut lately = Lately::new([]);
        for system in 1..5 {
            for _ in 0..10 {
                assert!(!lately.makes_storm(Uuid::from_u128(system)), "{system}");
            }
        }
        assert!(lately.makes_storm(Uuid::from_u128(5)));
    }

    #[test]
    fn a_storm_lasts_until_ten_quiet_minutes_are_over() {
        let last = Timestamp::constant(1_764_000_000, 0);
        assert!(lasts(last, last + QUIET - SignedDuration::from_secs(1)));
        assert!(!lasts(last, last + QUIET));
    }
}
