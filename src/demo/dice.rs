//! Chance that can be repeated: the same seed throws the same dice.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Sebastiano Vigna's `SplitMix64`; good enough to make up a world, and nothing else.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for one purpose, so that a change there leaves the rest of the world alone.
    pub fn of(seed: u64, purpose: &str) -> Self {
        let mixed = purpose
            .bytes()
            .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(mixed)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.throw())
    }

    /// One of 0, 1, … up to, but not including, `n`; nothing to choose from is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let thrown = self.throw() % (n.max(1) as u64);
        usize::try_from(thrown).unwrap_or(0)
    }

    /// Both ends included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// From 0 up to, but not including, 1.
    pub fn fraction(&mut self) -> f64 {
        let high = u32::try_from(self.throw() >> 32).unwrap_or(0);
        f64::from(high) / 4_294_967_296.0
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.fraction() < share
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub fn line<'a>(&mut self, of: &'a [String]) -> &'a str {
        self.pick(of).as_str()
    }

    /// The index of one weight, the heavier the likelier.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.fraction() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// A value of a distribution that is known by [min, p5, p10, p25, p50, p75, p90, p95, p99, max].
    pub fn quantile(&mut self, values: &[f64; 10]) -> f64 {
        const SHARES: [f64; 10] = [0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0];
        let share = self.fraction();
        let above = SHARES.iter().position(|s| *s > share).unwrap_or(9).max(1);
        let within = (share - SHARES[above - 1]) / (SHARES[above] - SHARES[above - 1]);
        values[above - 1] + (values[above] - values[above - 1]) * within
    }

    /// An id that sorts by its time, as the portal itself makes them.
    pub fn id(&mut self, at: Timestamp) -> Uuid {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.throw().to_be_bytes());
        random[8..].copy_from_slice(&self.throw().to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// Whole seconds, as people's watches show them.
pub fn seconds(length: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(length).map_or(SignedDuration::ZERO, |d| SignedDuration::from_secs(d.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_and_another_purpose_throws_otherwise() {
        let thrown = |mut dice: Dice| (0..5).map(|_| dice.below(1_000_000)).collect::<Vec<_>>();

        assert_eq!(thrown(Dice::of(7, "past")), thrown(Dice::of(7, "past")));
        assert_ne!(thrown(Dice::of(7, "past")), thrown(Dice::of(7, "desk")));
        assert_ne!(thrown(Dice::of(7, "past")), thrown(Dice::of(8, "past")));
    }

    #[test]
    fn half_of_a_distribution_lies_under_its_median() {
        let values = [1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0];
        let mut dice = Dice::new(1);
        let under = (0..10_000).filter(|_| dice.quantile(&values) < 10.0).count();

        assert!((4_800..5_200).contains(&under), "{under}");
    }

    #[test]
    fn ids_sort_by_their_time() {
        let mut dice = Dice::new(3);
        let early = dice.id("2025-01-01T00:00:00Z".parse().unwrap());
        let late = dice.id("2025-01-01T00:00:01Z".parse().unwrap());

        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }
}
