//! Systems that should have been heard from and were not.
//!
//! Late after one interval and a quarter, which is grace for a slow path; silent after two, when one whole message is
//! missing. What is said at what time counts for nothing here: only when something came.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How often a system is expected that nobody has said anything about.
pub const EXPECTED_MINUTES: i32 = 24 * 60;
/// Whoever calls home less often is not expected to.
pub const LONGEST_MINUTES: i32 = 60 * 24 * 60;
/// Nobody looks at a site more often than this while it is not clear whether all of it is silent.
const GLANCE: SignedDuration = SignedDuration::from_mins(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Expected, and not heard since: it has time left.
    Awaited,
    Heard,
    Late,
    Silent,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Awaited, Self::Heard, Self::Late, Self::Silent];

    pub fn name(self) -> &'static str {
        match self {
            Self::Awaited => "awaited",
            Self::Heard => "heard",
            Self::Late => "late",
            Self::Silent => "silent",
        }
    }
}

/// A system that is expected to call home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    pub every: SignedDuration,
    pub heard_at: Option<Timestamp>,
    /// From when on it is expected; none before anybody has looked.
    pub expected_since: Option<Timestamp>,
    /// Somebody works on it now: it may be as quiet as it likes.
    pub in_window: bool,
}

impl Watched {
    /// Nothing for a system that is not expected to call home.
    pub fn new(minutes: Option<i32>, heard_at: Option<Timestamp>, expected_since: Option<Timestamp>) -> Option<Self> {
        let every = SignedDuration::from_mins(i64::from(minutes?));
        Some(Self { every, heard_at, expected_since, in_window: false })
    }

    fn since(&self) -> Option<Timestamp> {
        self.heard_at.max(self.expected_since)
    }

    fn unheard_for(&self, now: Timestamp) -> SignedDuration {
        self.since().map_or(SignedDuration::ZERO, |since| now.duration_since(since))
    }

    pub fn state(&self, now: Timestamp) -> State {
        let unheard = self.unheard_for(now);
        match () {
            () if self.in_window => self.before(),
            () if unheard >= self.every * 2 => State::Silent,
            () if unheard >= self.every + self.every / 4 => State::Late,
            () => self.before(),
        }
    }

    fn before(&self) -> State {
        if self.heard_at.is_some() && self.heard_at >= self.expected_since { State::Heard } else { State::Awaited }
    }

    pub fn is_silent(&self, now: Timestamp) -> bool {
        self.state(now) == State::Silent
    }

    /// More than one interval ago: it may be on its way into silence.
    fn is_overdue(&self, now: Timestamp) -> bool {
        self.unheard_for(now) > self.every
    }
}

/// What is to be done about a system that is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything else there is overdue, too: it may be the site. Look again then.
    Wait(Timestamp),
    /// It alone, while others of its site are heard; or the only one there.
    System,
    /// None of the site is heard.
    Site,
}

/// About one silent system among all others of its site that are expected and not being worked on.
///
/// When a site loses its line, its systems fall silent one after the other within an interval. All are overdue by the
/// time the first of them is silent, so the first waits for the last; no longer than one more interval, as the others
/// may call home less often.
pub fn judge(own: &Watched, others: &[Watched], now: Timestamp) -> Verdict {
    let others: Vec<&Watched> = others.iter().filter(|other| !other.in_window).collect();
    if others.is_empty() {
        return Verdict::System;
    }
    if others.iter().all(|other| other.is_silent(now)) {
        return Verdict::Site;
    }
    let patience = own.every * 3;
    let suspected = others.iter().all(|other| other.is_overdue(now)) && own.unheard_for(now) < patience;
    if !suspected {
        return Verdict::System;
    }
    let again = now + (own.every / 8).max(GLANCE);
    Verdict::Wait(own.since().map_or(again, |since| again.min(since + patience)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

    fn ago(minutes: i64) -> Timestamp {
        NOW - SignedDuration::from_mins(minutes)
    }

    /// Expected every hour for a long time, last heard so many minutes ago.
    fn heard(minutes: i64) -> Watched {
        Watched::new(Some(60), Some(ago(minutes)), Some(ago(100_000))).unwrap()
    }

    #[test]
    fn late_after_a_quarter_more_and_silent_after_two() {
        for (minutes, state) in
            [(0, State::Heard), (74, State::Heard), (75, State::Late), (119, State::Late), (120, State::Silent)]
        {
            assert_eq!(heard(minutes).state(NOW), state, "{minutes}");
        }
    }

    #[test]
    fn who_was_never_heard_has_its_time_from_when_it_was_expected() {
        let new = |since| Watched::new(Some(60), None, since).unwrap();
        assert_eq!(new(None).state(NOW), State::Awaited, "nobody has looked yet");
        assert_eq!(new(Some(ago(60))).state(NOW), State::Awaited);
        assert_eq!(new(Some(ago(120))).state(NOW), State::Silent);
        let again = Watched { expected_since: Some(ago(10)), ..heard(5_000) };
        assert_eq!(again.state(NOW), State::Awaited, "expected anew");
        assert_eq!(Watched::new(None, None, None), None);
    }

    #[test]
    fn nobody_is_silent_while_being_worked_on() {
        assert_eq!(Watched { in_window: true, ..heard(500) }.state(NOW), State::Heard);
        assert_eq!(judge(&heard(500), &[Watched { in_window: true, ..heard(1) }], NOW), Verdict::System);
    }

    #[test]
    fn a_site_is_silent_when_all_of_it_is() {
        assert_eq!(judge(&heard(130), &[], NOW), Verdict::System, "a site of one");
        assert_eq!(judge(&heard(130), &[heard(121), heard(500)], NOW), Verdict::Site);
        assert_eq!(judge(&heard(130), &[heard(121), heard(30)], NOW), Verdict::System);
    }

    #[test]
    fn the_first_of_a_site_waits_for_the_last_and_not_for_ever() {
        let own = heard(130);
        assert_eq!(judge(&own, &[heard(121), heard(61)], NOW), Verdict::Wait(NOW + SignedDuration::from_secs(450)));
        assert_eq!(judge(&heard(178), &[heard(61)], NOW), Verdict::Wait(NOW + SignedDuration::from_mins(2)));
        assert_eq!(judge(&heard(180), &[heard(61)], NOW), Verdict::System);
    }
}
