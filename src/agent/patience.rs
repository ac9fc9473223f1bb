//! How long to wait before the next attempt.

use std::time::Duration;

/// Even the unluckiest draw leaves the portal alone for so long.
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_mins(1);

/// Full jitter: anything up to a bound that doubles from 1 s to 60 s, so that a thousand agents whose portal comes back
/// do not all knock at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Patience {
    failures: u32,
}

impl Patience {
    /// `chance` is between 0 and 1; `asked` is what the portal has asked for.
    pub fn next(&mut self, chance: f64, asked: Option<Duration>) -> Duration {
        let bound = Duration::from_secs(1 << self.failures.min(6)).min(LONGEST);
        self.failures += 1;
        let drawn = bound.mul_f64(chance.clamp(0.0, 1.0));
        // Whoever is asked to come back at a time comes after it, and not all at that time.
        asked.unwrap_or_default() + drawn.max(SHORTEST)
    }

    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Between 0 and 1. Without randomness everybody waits the whole time.
pub fn chance() -> f64 {
    let mut random = [0; 2];
    getrandom::fill(&mut random).map_or(1.0, |()| f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_from_one_second_to_a_minute() {
        let mut patience = Patience::default();
        let bounds: Vec<u64> = (0..9).map(|_| patience.next(1.0, None).as_secs()).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        patience.reset();
        assert_eq!(patience.next(0.0, None), SHORTEST);
    }

    #[test]
    fn what_the_portal_asks_for_is_the_least() {
        let mut patience = Patience::default();
        for chance in [0.0, 0.5, 1.0] {
            assert!(patience.next(chance, Some(Duration::from_secs(30))) > Duration::from_secs(30));
        }
    }
}
