//! What must be written down of promises that nobody has kept yet, and when to look again.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Clock, Kind, Miss, Risk};
use crate::domain::severity::Severity;

/// How a promise presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    AtRisk,
    Missed,
}

/// Something that history must tell: once, and with the instant at which it became true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub kind: Kind,
    pub what: What,
    pub at: Timestamp,
    pub due_at: Timestamp,
}

/// What history has told already.
#[derive(Debug, Clone, Copy)]
pub struct Noted<'a> {
    pub severity: Severity,
    pub risks: &'a [Risk],
    pub misses: &'a [Miss],
}

impl Noted<'_> {
    fn has(&self, clock: &Clock, what: What) -> bool {
        let (kind, since) = (clock.kind, clock.started_at);
        let missed = self.misses.iter().any(|miss| miss.kind == kind && miss.at >= since);
        let told = |risk: &Risk| risk.kind == kind && risk.severity == self.severity && risk.at >= since;
        missed || (what == What::AtRisk && self.risks.iter().any(told))
    }
}

/// What has become true and is not told, the oldest first; and the instant after which there will be more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    pub events: Vec<Event>,
    pub next_at: Option<Timestamp>,
}

/// A promise that was kept, that ended or that waits for somebody else is not told of.
pub fn next_event(clocks: &[Clock], noted: Noted<'_>, now: Timestamp) -> Watch {
    let pending = clocks.iter().filter(|clock| clock.is_pending());
    let untold = pending.flat_map(Clock::turns).filter(|(clock, turn)| !noted.has(clock, turn.what));
    let (mut events, ahead): (Vec<Event>, Vec<Event>) = untold.map(|(_, turn)| turn).partition(|turn| turn.at < now);
    events.sort_by_key(|event| (event.at, event.what, event.kind));
    Watch { events, next_at: ahead.iter().map(|event| event.at).min() }
}

impl Clock {
    /// Both instants at which this promise turns for the worse.
    fn turns(&self) -> impl Iterator<Item = (&Self, Event)> {
        let turn =
            |what, at: Option<Timestamp>| Some((self, Event { kind: self.kind, what, at: at?, due_at: self.due_at? }));
        [turn(What::AtRisk, self.at_risk_at), turn(What::Missed, self.due_at)].into_iter().flatten()
    }

    /// How it presses now, if somebody must still act on it.
    pub fn presses(&self, now: Timestamp) -> Option<What> {
        let passed = |at: Option<Timestamp>| at.is_some_and(|at| at < now);
        match self.state {
            _ if !self.is_pending() => None,
            super::ClockState::Missed => Some(What::Missed),
            _ if passed(self.at_risk_at) => Some(What::AtRisk),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        calendar::Calendar,
        objective::{ClockKind, Facts, Objective, Pause, clocks, defaults},
    };

    const OPENED: Timestamp = Timestamp::constant(1_795_424_400, 0); // a Monday, ten in Paris

    fn after(minutes: i64) -> Timestamp {
        OPENED + SignedDuration::from_mins(minutes)
    }

    fn look(facts: &Facts, objectives: &[Objective], told: &[Event], now: Timestamp) -> Watch {
        let paris = Calendar::prime_hours("Europe/Paris").unwrap();
        let of = |what| told.iter().filter(move |event| event.what == what);
        let severity = facts.severity;
        let risks: Vec<Risk> = of(What::AtRisk).map(|e| Risk { kind: e.kind, severity, at: e.at }).collect();
        let misses: Vec<Miss> = of(What::Missed).map(|e| Miss { kind: e.kind, at: e.due_at }).collect();
        let noted = Noted { severity, risks: &risks, misses: &misses };
        next_event(&clocks(objectives, facts, &paris, &paris, now), noted, now)
    }

    #[test]
    fn a_promise_is_at_risk_after_four_fifths_or_five_minutes_before() {
        for (minutes, at_risk) in [(3, 0), (5, 0), (15, 10), (25, 20), (30, 24), (60, 48), (720, 576)] {
            let one =
                [Objective { severity: Severity::Critical, kind: Kind::Restore, minutes, clock: ClockKind::Elapsed }];
            let watch = look(&Facts::opened(OPENED, Severity::Critical), &one, &[], OPENED);
            assert_eq!(watch.next_at, Some(after(at_risk)), "{minutes}");
        }
    }

    #[test]
    fn a_promise_in_office_hours_is_at_risk_in_office_hours() {
        // Twelve hours of Paris from ten in the morning: 9.6 of them end at 19:36.
        let watch = look(&Facts::opened(OPENED, Severity::Minor), &defaults(), &[], OPENED);
        assert_eq!(watch.next_at, Some(after(9 * 60 + 36)));
    }

    #[test]
    fn nothing_is_late_at_its_last_instant() {
        let facts = Facts::opened(OPENED, Severity::Critical);
        let on_time = look(&facts, &defaults(), &[], after(30));
        assert_eq!(on_time.events.iter().filter(|event| event.what == What::Missed).count(), 0);
        assert_eq!(on_time.next_at, Some(after(30)));
    }

    proptest! {
        /// However often somebody looks, and however late: the same is told, with the same instants.
        #[test]
        fn what_is_told_does_not_depend_on_when_one_looks(
            looks in prop::collection::vec(0i64..40_000, 0..12),
            severity in prop::sample::select(Severity::ALL.to_vec()),
            pause in (0i64..2_000, 0i64..2_000),
        ) {
            let pauses = vec![Pause { from: after(pause.0), to: Some(after(pause.0 + pause.1)) }];
            let facts = Facts { pauses, ..Facts::opened(OPENED, severity) };
            // Before the pause is over nobody knows how long it lasts.
            let mut looks: Vec<i64> = looks.into_iter().map(|at| at + pause.0 + pause.1).collect();
            looks.sort_unstable();
            let end = after(60_000);
            let at_once = look(&facts, &defaults(), &[], end).events;

            let mut told: Vec<Event> = Vec::new();
            for now in looks.into_iter().map(after).chain([end]) {
                let watch = look(&facts, &defaults(), &told, now);
                prop_assert!(watch.events.iter().all(|event| event.at < now));
                prop_assert!(watch.next_at.is_none_or(|at| at >= now));
                told.extend(watch.events);
            }

            told.sort_by_key(|event| (event.at, event.what, event.kind));
            prop_assert_eq!(told, at_once);
            prop_assert!(look(&facts, &defaults(), &[], end).next_at.is_none());
        }
    }
}
