//! Notices a wall clock that was set: by somebody, by a time server, or by a machine that slept.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// Time servers nudge; this is no nudge.
const LEAST: SignedDuration = SignedDuration::from_secs(2);

#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    wall: Timestamp,
    steady: Instant,
}

impl Clocks {
    pub fn new(wall: Timestamp, steady: Instant) -> Self {
        Self { wall, steady }
    }

    /// How far the wall clock has jumped since the last look.
    pub fn jumped(&mut self, wall: Timestamp, steady: Instant) -> Option<SignedDuration> {
        let passed = SignedDuration::try_from(steady.duration_since(self.steady)).unwrap_or(SignedDuration::ZERO);
        let jump = wall.duration_since(self.wall) - passed;
        *self = Self { wall, steady };
        (jump.abs() >= LEAST).then_some(jump)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_a_jump_is_a_jump_and_it_is_told_once() {
        let (noon, began) = (Timestamp::constant(1_764_000_000, 0), Instant::now());
        let mut clocks = Clocks::new(noon, began);
        let mut look = |wall: i64, steady: u64| {
            let jump = clocks.jumped(noon + SignedDuration::from_secs(wall), began + Duration::from_secs(steady));
            jump.map(|jump| jump.as_secs())
        };
        assert_eq!(look(5, 5), None);
        assert_eq!(look(11, 10), None, "a nudge");
        assert_eq!(look(3_616, 15), Some(3_600));
        assert_eq!(look(3_621, 20), None);
        assert_eq!(look(21, 25), Some(-3_605));
    }
}
