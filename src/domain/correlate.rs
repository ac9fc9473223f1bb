//! What becomes of an alarm, given what is already known about its fault.

use jiff::{SignedDuration, Timestamp};

use super::{
    alarm::{Alarm, AlarmSeverity, Disposition, Kind},
    call::{REOPEN_DAYS, Status},
};

/// What the store knows about a fault that has a call.
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
    /// It would come back too often to be believed.
    pub flapping: bool,
}

/// Which other fault's call has the cause already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Many systems of the site at once.
    Storm,
    /// What the component hangs on is broken.
    Parent,
    /// A part of it was heard of before it was.
    Part,
}

/// What matters besides the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    pub known: Option<Known>,
    pub covered: bool,
    /// Somebody has said that it will be worked on now.
    pub in_window: bool,
    pub cause: Option<Cause>,
}

/// What is to be done, beyond keeping the alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A new call.
    Open(Disposition),
    /// One more word on the call that has the fault.
    Fold,
    /// A message of before the end that comes after it: told, and nothing begins again.
    FoldLate,
    /// The call that ended by itself opens again.
    FoldAndReopen,
    /// A new fault on the call of another, which has the cause.
    Join(Cause),
    /// Remembered without a call until the window is over.
    Suppress,
    /// The fault is over; its call hears of it.
    Clear,
    /// Over, says the machine, as it has said before: remembered, and believed later.
    Doubt,
    /// Kept, and nothing else.
    Keep(Disposition),
}

impl Outcome {
    pub fn disposition(self) -> Disposition {
        match self {
            Self::Open(disposition) | Self::Keep(disposition) => disposition,
            Self::Fold | Self::FoldLate | Self::FoldAndReopen | Self::Join(_) => Disposition::Folded,
            Self::Suppress => Disposition::Suppressed,
            Self::Clear | Self::Doubt => Disposition::Cleared,
        }
    }
}

/// The table of dispositions for one message that has not been seen before.
pub fn correlate(alarm: &Alarm, situation: &Situation, now: Timestamp) -> Outcome {
    match alarm.kind {
        Kind::Heartbeat | Kind::Report => Outcome::Keep(Disposition::Heartbeat),
        Kind::Test => Outcome::Keep(Disposition::Test),
        Kind::Cleared => match situation.known {
            Some(known) if known.over_at.is_none() && alarm.occurred_at >= known.stood_at => {
                if known.flapping {
                    Outcome::Doubt
                } else {
                    Outcome::Clear
                }
            }
            _ => Outcome::Keep(Disposition::Cleared),
        },
        Kind::Raised => raised(alarm, situation, now),
    }
}

fn raised(alarm: &Alarm, situation: &Situation, now: Timestamp) -> Outcome {
    if alarm.call_severity().is_none() {
        return Outcome::Keep(Disposition::Informational);
    }
    match situation.known {
        Some(known) if known.over_at.is_some_and(|over| alarm.occurred_at < over) => late(known),
        Some(known) if known.call_status.is_worked() => Outcome::Fold,
        _ if situation.in_window => Outcome::Suppress,
        Some(known) if known.call_status == Status::Resolved && !known.human_touched => Outcome::FoldAndReopen,
        Some(known) if came_back(known, now) => Outcome::FoldAndReopen,
        _ => begun(situation),
    }
}

/// Something new is wrong.
fn begun(situation: &Situation) -> Outcome {
    match situation.cause {
        Some(cause) => Outcome::Join(cause),
        None if !situation.covered => Outcome::Open(Disposition::Uncovered),
        None => Outcome::Open(Disposition::Opened),
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
    use super::{super::alarm, *};

    fn raised(severity: AlarmSeverity) -> Alarm {
        Alarm { severity, occurred_at: NOW, ..alarm::tests::raised("error") }
    }

    const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

    fn known(call_status: Status, human_touched: bool, cleared: bool) -> Known {
        let over_at = cleared.then(|| NOW - SignedDuration::from_hours(1));
        let ended_at = call_status.is_ended().then_some(NOW);
        Known {
            call_status,
            human_touched,
            over_at,
            stood_at: NOW - SignedDuration::from_hours(3),
            ended_at,
            flapping: false,
        }
    }

    fn situation(known: Option<Known>) -> Situation {
        Situation { known, covered: true, in_window: false, cause: None }
    }

    #[test]
    fn every_state_of_the_fault_has_one_answer() {
        for severity in [AlarmSeverity::Critical, AlarmSeverity::Error, AlarmSeverity::Warning] {
            let alarm = raised(severity);
            assert_eq!(correlate(&alarm, &situation(None), NOW), Outcome::Open(Disposition::Opened));
            assert_eq!(
                correlate(&alarm, &Situation { covered: false, ..situation(None) }, NOW),
                Outcome::Open(Disposition::Uncovered)
            );
            for status in Status::ALL {
                for touched in [false, true] {
                    for cleared in [false, true] {
                        let outcome = correlate(&alarm, &situation(Some(known(status, touched, cleared))), NOW);
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
            assert_eq!(correlate(&alarm, &situation(None), NOW), Outcome::Keep(Disposition::Informational));
            assert_eq!(flag(&alarm).is_some(), severity == AlarmSeverity::Unknown);
        }
    }

    #[test]
    fn a_clear_without_a_fault_is_only_kept() {
        let alarm = Alarm { kind: Kind::Cleared, ..raised(AlarmSeverity::Error) };
        assert_eq!(correlate(&alarm, &situation(None), NOW), Outcome::Keep(Disposition::Cleared));
        assert_eq!(correlate(&alarm, &situation(Some(known(Status::Open, true, false))), NOW), Outcome::Clear);
        assert_eq!(
            correlate(&alarm, &situation(Some(known(Status::Open, true, true))), NOW),
            Outcome::Keep(Disposition::Cleared)
        );
    }

    #[test]
    fn what_comes_late_begins_nothing_again() {
        let alarm = Alarm { occurred_at: NOW - SignedDuration::from_hours(2), ..raised(AlarmSeverity::Error) };
        for status in Status::ALL {
            let outcome = correlate(&alarm, &situation(Some(known(status, false, true))), NOW);
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
        assert_eq!(correlate(&clear(4), &situation(standing), NOW), Outcome::Keep(Disposition::Cleared));
        assert_eq!(correlate(&clear(2), &situation(standing), NOW), Outcome::Clear);
    }

    #[test]
    fn a_call_that_ended_long_ago_stays_ended() {
        let long_ago = NOW - SignedDuration::from_hours(24 * 31);
        let known = Known { ended_at: Some(long_ago), ..known(Status::Closed, false, true) };
        let outcome = correlate(&raised(AlarmSeverity::Error), &situation(Some(known)), NOW);
        assert_eq!(outcome, Outcome::Open(Disposition::Opened));
    }

    #[test]
    fn in_a_window_nothing_new_gets_a_call() {
        let alarm = raised(AlarmSeverity::Error);
        for status in Status::ALL {
            for touched in [false, true] {
                let window = Situation { in_window: true, ..situation(Some(known(status, touched, true))) };
                let expected = if status.is_worked() { Outcome::Fold } else { Outcome::Suppress };
                assert_eq!(correlate(&alarm, &window, NOW), expected, "{status:?} touched {touched}");
            }
        }
        for cause in [None, Some(Cause::Storm), Some(Cause::Parent)] {
            let window = Situation { in_window: true, cause, ..situation(None) };
            assert_eq!(correlate(&alarm, &window, NOW), Outcome::Suppress);
        }
        let told = Alarm { kind: Kind::Cleared, ..raised(AlarmSeverity::Error) };
        let window = Situation { in_window: true, ..situation(Some(known(Status::Open, false, false))) };
        assert_eq!(correlate(&told, &window, NOW), Outcome::Clear);
    }

    #[test]
    fn what_has_a_cause_gets_no_call_of_its_own() {
        let alarm = raised(AlarmSeverity::Error);
        for cause in [Cause::Storm, Cause::Parent, Cause::Part] {
            for covered in [false, true] {
                let caused = Situation { cause: Some(cause), covered, ..situation(None) };
                assert_eq!(correlate(&alarm, &caused, NOW), Outcome::Join(cause));
                let own = Situation { known: Some(known(Status::Open, false, false)), ..caused };
                assert_eq!(correlate(&alarm, &own, NOW), Outcome::Fold);
            }
        }
    }

    #[test]
    fn a_flapping_fault_is_not_believed_to_be_over() {
        let alarm = Alarm { kind: Kind::Cleared, ..raised(AlarmSeverity::Error) };
        let flapping = Known { flapping: true, ..known(Status::New, false, false) };
        assert_eq!(correlate(&alarm, &situation(Some(flapping)), NOW), Outcome::Doubt);
        let over = Known { flapping: true, ..known(Status::New, false, true) };
        assert_eq!(correlate(&alarm, &situation(Some(over)), NOW), Outcome::Keep(Disposition::Cleared));
    }
}
