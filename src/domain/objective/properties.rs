//! What holds for every history of pauses.
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::calendar::Calendar;

const KINDS: [ClockKind; 3] = [ClockKind::Elapsed, ClockKind::SiteCalendar, ClockKind::CacCalendar];

/// That many minutes after the opening, on a Friday before the clocks change.
fn minute(count: i64) -> Timestamp {
    let opened: Timestamp = "2026-10-23T15:00:00Z".parse().unwrap();
    opened + SignedDuration::from_mins(count)
}

fn pause(from: i64, length: i64) -> Pause {
    Pause { from: minute(from), to: Some(minute(from + length)) }
}

fn restore(minutes: u32, clock: ClockKind, pauses: Vec<Pause>, now: Timestamp) -> Clock {
    let objective = Objective { severity: Severity::Serious, kind: Kind::Restore, minutes, clock };
    let facts = Facts { pauses, ..Facts::opened(minute(0), Severity::Serious) };
    let site = Calendar::prime_hours("Europe/Paris").unwrap();
    let cac = Calendar::prime_hours("America/New_York").unwrap();
    clocks(&[objective], &facts, &site, &cac, now).remove(0)
}

fn any_pauses() -> impl Strategy<Value = Vec<Pause>> {
    prop::collection::vec((-500..8000_i64, 0..2000_i64).prop_map(|(from, length)| pause(from, length)), 0..5)
}

/// Working minutes after the start that no pause covers, told minute by minute.
fn due_by_the_definition(minutes: u32, pauses: &[Pause], site: Option<&Calendar>) -> Timestamp {
    let counts = |at: Timestamp| site.is_none_or(|c| c.is_open(at)) && !pauses.iter().any(|p| p.lasts_at(at));
    let mut worked = (0..).filter(|m| counts(minute(*m)));
    let last = worked.nth(usize::try_from(minutes - 1).unwrap()).unwrap();
    minute(last + 1)
}

proptest! {
    #[test]
    fn an_elapsed_promise_moves_by_exactly_the_pause(minutes in 1..5000_u32, share in 0..100_i64, length in 1..5000_i64) {
        let late = minute(99_999);
        let from = share * i64::from(minutes) / 100;
        let before = restore(minutes, ClockKind::Elapsed, vec![], late).due_at.unwrap();
        let after = restore(minutes, ClockKind::Elapsed, vec![pause(from, length)], late).due_at.unwrap();
        prop_assert_eq!(after, before + SignedDuration::from_mins(length));
    }

    #[test]
    fn a_pause_in_two_parts_is_the_same_pause(minutes in 1..5000_u32, from in 0..5000_i64, a in 1..900_i64, b in 1..900_i64) {
        for clock in KINDS {
            let whole = restore(minutes, clock, vec![pause(from, a + b)], minute(9999));
            let parts = restore(minutes, clock, vec![pause(from + a, b), pause(from, a)], minute(9999));
            prop_assert_eq!(&whole, &parts);
        }
    }

    #[test]
    fn computing_again_with_the_segments_shown_changes_nothing(minutes in 1..5000_u32, pauses in any_pauses(), now in 0..9999_i64) {
        for clock in KINDS {
            let first = restore(minutes, clock, pauses.clone(), minute(now));
            let again = restore(minutes, clock, first.pauses.clone(), minute(now));
            prop_assert_eq!(first, again);
        }
    }

    #[test]
    fn more_pause_never_brings_a_promise_nearer(minutes in 1..5000_u32, pauses in any_pauses(), from in 0..8000_i64, length in 0..900_i64) {
        for clock in KINDS {
            let before = restore(minutes, clock, pauses.clone(), minute(9999)).due_at;
            let mut more = pauses.clone();
            more.push(pause(from, length));
            prop_assert!(restore(minutes, clock, more, minute(9999)).due_at >= before);
        }
    }

    #[test]
    fn what_waits_is_never_late(minutes in 1..5000_u32, from in 0..8000_i64, now in 0..9999_i64) {
        for clock in KINDS {
            let paused = restore(minutes, clock, vec![Pause { from: minute(from), to: None }], minute(now));
            match paused.state {
                ClockState::Paused => prop_assert!(paused.due_at >= Some(minute(now))),
                ClockState::Missed => prop_assert!(paused.due_at < Some(minute(now))),
                state => prop_assert!(state == ClockState::Running && now < from),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))] // a walk of weeks, minute by minute

    #[test]
    fn due_is_where_a_walker_arrives(minutes in 1..3000_u32, pauses in any_pauses()) {
        let late = minute(99_999);
        let site = Calendar::prime_hours("Europe/Paris").unwrap();
        let elapsed = restore(minutes, ClockKind::Elapsed, pauses.clone(), late);
        prop_assert_eq!(elapsed.due_at, Some(due_by_the_definition(minutes, &pauses, None)));
        let hours = restore(minutes, ClockKind::SiteCalendar, pauses.clone(), late);
        prop_assert_eq!(hours.due_at, Some(due_by_the_definition(minutes, &pauses, Some(&site))));
    }
}
