//! What becomes of an alarm, given what is already known about its fault.

use jiff::{SignedDuration, Timestamp};

use super::{
    alarm::{Alarm, AlarmSeverity, Disposition, Kind},
    call::{REOPEN_DAYS, Status},
};

/// What the store knows about the fault that an alarm speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub call_status: Status,
    pub human_touched: bool,
    /// The machine itself has said that it is over, since then by its own clock.
    pub over_at: Option<Timestamp>,
    /// When the machine last said that it stands.
    pub stood_at: Timestamp,
    /// When the call was closed or cancelled.
    pub ended_at: Option<Timestamp>,
}

/// What is to be done, beyond keeping the alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A new call.
    Open(Disposition),
    /// One more line on the call that has the fault.
    Fold,
    /// A message of before the end that comes after it: told, and nothing begins again.
    FoldLate,
    /// The call that ended by itself opens again.
    FoldAndReopen,
    /// The fault is over; its call hears of it.
    Clear,
    /// Kept, and nothing else.
    Keep(Disposition),
}

impl Outcome {
    pub fn disposition(self) -> Disposition {
        match self {
            Self::Open(disposition) | Self::Keep(disposition) => disposition,
            Self::Fold | Self::FoldLate | Self::FoldAndReopen => Disposition::Folded,
            Self::Clear => Disposition::Cleared,
        }
    }
}

/// The table of dispositions for one message that has not been seen before.
pub fn correlate(alarm: &Alarm, known: Option<Known>, covered: bool, now: Timestamp) -> Outcome {
    match alarm.kind {
        Kind::Heartbeat | Kind::Report => Outcome::Keep(Disposition::Heartbeat),
        Kind::Test => Outcome::Keep(Disposition::Test),
        Kind::Cleared => match known {
            Some(known) if known.over_at.is_none() && alarm.occurred_at >= known.stood_at => Outcome::Clear,
            _ => Outcome::Keep(Disposition::Cleared),
        },
        Kind::Raised => raised(alarm, known, covered, now),
    }
}

fn raised(alarm: &Alarm, known: Option<Known>, covered: bool, now: Timestamp) -> Outcome {
    if alarm.call_severity().is_none() {
        return Outcome::Keep(Disposition::Informational);
    }
    match known {
        Some(known) if known.over_at.is_some_and(|over| alarm.occurred_at < over) => late(known),
        Some(known) if known.call_status.is_worked() => Outcome::Fold,
        Some(known) if known.call_status == Status::Resolved && !known.human_touched => Outcome::FoldAndReopen,
        Some(known) if came_back(known, now) => Outcome::FoldAndReopen,
        _ if !covered => Outcome::Open(Disposition::Uncovered),
        _ => Outcome::Open(Disposition::Opened),
    }
}

/// Of an end that is past, an ended call hears nothing more.
fn late(known: Known) -> Outcome {
    if known.call_status.is_ended() { Outcome::Keep(Disposition::Folded) } else { Outcome::FoldLate }
}

/// Closed by itself, not long ago, and no person has touched it.
fn came_back(known: Known, now: Timestamp) -> bool {
    let limit = SignedDuration::from_hours(24 * REOPEN_DAYS);
    let recent = known.ended_at.is_some_and(|at| now.duration_since(at) <= limit);
    known.call_status == Status::Closed && !known.human_touched && recent
}

/// Why an informational alarm is worth a second look.
pub fn flag(alarm: &Alarm) -> Option<&'static str> {
    (alarm.kind == Kind::Raised && alarm.severity == AlarmSeverity::Unknown && alarm.call_severity().is_none())
        .then_some("neither its code nor its severity is known")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raised(severity: AlarmSeverity) -> Alarm {
        Alarm {
            source: "/systems/FT-1".into(),
            source_id: "1".into(),
            format: "native",
            kind: Kind::Raised,
            code: "fan".into(),
            severity,
            component: "11/2".into(),
            summary: "Fan below threshold".into(),
            problem: "fan".into(),
            names_system: None,
            state: None,
            occurred_at: NOW,
            body: Vec::new(),
        }
    }

    const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

    fn known(call_status: Status, human_touched: bool, cleared: bool) -> Known {
        let over_at = cleared.then(|| NOW - SignedDuration::from_hours(1));
        let ended_at = call_status.is_ended().then_some(NOW);
        Known { call_status, human_touched, over_at, stood_at: NOW - SignedDuration::from_hours(3), ended_at }
    }

    #[test]
    fn every_state_of_the_fault_has_one_answer() {
        for severity in [AlarmSeverity::Critical, AlarmSeverity::Error, AlarmSeverity::Warning] {
            let alarm = raised(severity);
            assert_eq!(correlate(&alarm, None, true, NOW), Outcome::Open(Disposition::Opened));
            assert_eq!(correlate(&alarm, None, false, NOW), Outcome::Open(Disposition::Uncovered));
            for status in Status::ALL {
                for touched in [false, true] {
                    for cleared in [false, true] {
                        let outcome = correlate(&alarm, Some(known(status, touched, cleared)), true, NOW);
                        let expected = match status {
                            s if s.is_worked() => Outcome::Fold,
                            Status::Resolved | Status::Closed if !touched => Outcome::FoldAndReopen,
                            _ => Outcome::Open(Disposition::Opened),
                        };
                        assert_eq!(outcome, expected, "{status:?} touched {touched} cleared {cleared}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_needs_no_eye_opens_nothing() {
        for severity in [AlarmSeverity::Info, AlarmSeverity::Unknown] {
            let alarm = raised(severity);
            assert_eq!(correlate(&alarm, None, true, NOW), Outcome::Keep(Disposition::Informational));
            assert_eq!(flag(&alarm).is_some(), severity == AlarmSeverity::Unknown);
        }
    }

    #[test]
    fn a_clear_without_a_fault_is_only_kept() {
        let alarm = Alarm { kind: Kind::Cleared, ..raised(AlarmSeverity::Error) };
        assert_eq!(correlate(&alarm, None, true, NOW), Outcome::Keep(Disposition::Cleared));
        assert_eq!(correlate(&alarm, Some(known(Status::Open, true, false)), true, NOW), Outcome::Clear);
        assert_eq!(
            correlate(&alarm, Some(known(Status::Open, true, true)), true, NOW),
            Outcome::Keep(Disposition::Cleared)
        );
    }

    #[test]
    fn what_comes_late_begins_nothing_again() {
        let alarm = Alarm { occurred_at: NOW - SignedDuration::from_hours(2), ..raised(AlarmSeverity::Error) };
        for status in Status::ALL {
            let outcome = correlate(&alarm, Some(known(status, false, true)), true, NOW);
            let expected = if status.is_ended() { Outcome::Keep(Disposition::Folded) } else { Outcome::FoldLate };
            assert_eq!(outcome, expected, "{status:?}");
        }
    }

    #[test]
    fn an_old_clear_does_not_end_what_stood_after_it() {
        let clear = |hours| Alarm {
            kind: Kind::Cleared,
            occurred_at: NOW - SignedDuration::from_hours(hours),
            ..raised(AlarmSeverity::Error)
        };
        let standing = Some(known(Status::New, false, false));
        assert_eq!(correlate(&clear(4), standing, true, NOW), Outcome::Keep(Disposition::Cleared));
        assert_eq!(correlate(&clear(2), standing, true, NOW), Outcome::Clear);
    }

    #[test]
    fn a_call_that_ended_long_ago_stays_ended() {
        let long_ago = NOW - SignedDuration::from_hours(24 * 31);
        let known = Known { ended_at: Some(long_ago), ..known(Status::Closed, false, true) };
        let outcome = correlate(&raised(AlarmSeverity::Error), Some(known), true, NOW);
        assert_eq!(outcome, Outcome::Open(Disposition::Opened));
    }
}
