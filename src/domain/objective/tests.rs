use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::calendar::Calendar;

const OPENED: &str = "2026-11-23T09:00:00Z"; // a Monday

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An instant of the Monday on which the calls here are opened.
fn monday(time: &str) -> Timestamp {
    at(&format!("2026-11-23T{time}:00Z"))
}

fn call(severity: Severity) -> Facts {
    Facts::opened(at(OPENED), severity)
}

fn all(facts: &Facts, now: Timestamp) -> Vec<Clock> {
    let paris = Calendar::prime_hours("Europe/Paris").unwrap();
    let dublin = Calendar::prime_hours("Europe/Dublin").unwrap();
    clocks(&defaults(), facts, &paris, &dublin, now)
}

fn one(facts: &Facts, kind: Kind, now: Timestamp) -> Clock {
    all(facts, now).into_iter().find(|c| c.kind == kind).unwrap()
}

#[test]
fn the_default_promises_fall_due_as_the_table_says() {
    for (severity, kind, due) in [
        (Severity::Critical, Kind::Acknowledge, "2026-11-23T09:30:00Z"),
        (Severity::Critical, Kind::NextUpdate, "2026-11-23T10:00:00Z"),
        (Severity::Critical, Kind::Restore, "2026-11-23T13:00:00Z"),
        (Severity::Serious, Kind::Acknowledge, "2026-11-23T11:00:00Z"),
        (Severity::Serious, Kind::NextUpdate, "2026-11-23T13:00:00Z"),
        (Severity::Serious, Kind::Restore, "2026-11-23T21:00:00Z"),
        (Severity::Moderate, Kind::Acknowledge, "2026-11-23T13:00:00Z"),
        (Severity::Moderate, Kind::NextUpdate, "2026-11-25T09:00:00Z"),
        (Severity::Moderate, Kind::Resolve, "2026-11-30T09:00:00Z"),
        (Severity::Minor, Kind::Acknowledge, "2026-11-24T09:00:00Z"),
        (Severity::Minor, Kind::NextUpdate, "2026-11-30T09:00:00Z"),
    ] {
        let clock = one(&call(severity), kind, at(OPENED));
        assert_eq!(clock.due_at, Some(at(due)), "{severity} {kind:?}");
        assert_eq!(clock.state, ClockState::Running);
    }
    assert_eq!(defaults().len(), 11);
}

#[test]
fn a_promise_is_kept_at_its_last_instant_and_missed_after_it() {
    for (acknowledged, state) in [("09:30", ClockState::Met), ("09:31", ClockState::Missed)] {
        let facts = Facts { acknowledged_at: Some(monday(acknowledged)), ..call(Severity::Critical) };
        let clock = one(&facts, Kind::Acknowledge, monday("12:00"));
        assert_eq!((clock.state, clock.met_at), (state, facts.acknowledged_at));
    }
    let unanswered = call(Severity::Critical);
    assert_eq!(one(&unanswered, Kind::Acknowledge, monday("09:30")).state, ClockState::Running);
    assert_eq!(one(&unanswered, Kind::Acknowledge, monday("09:31")).state, ClockState::Missed);
}

#[test]
fn waiting_for_the_customer_moves_the_promise_but_not_the_first_word() {
    let pauses = vec![Pause { from: monday("10:00"), to: None }];
    let facts = Facts { pauses: pauses.clone(), ..call(Severity::Serious) };

    let restore = one(&facts, Kind::Restore, monday("13:00"));
    assert_eq!((restore.state, restore.due_at), (ClockState::Paused, Some(at("2026-11-24T00:00:00Z"))));
    assert_eq!(restore.pauses, pauses);

    let acknowledge = one(&facts, Kind::Acknowledge, monday("13:00"));
    assert_eq!((acknowledge.state, acknowledge.due_at), (ClockState::Missed, Some(monday("11:00"))));
}

#[test]
fn a_pause_at_night_gives_no_business_hours_back() {
    let night = Pause { from: monday("19:30"), to: Some(at("2026-11-24T06:30:00Z")) };
    let facts = Facts { pauses: vec![night], ..call(Severity::Moderate) };

    assert_eq!(one(&facts, Kind::NextUpdate, at("2026-11-24T07:00:00Z")).due_at, Some(at("2026-11-25T09:00:00Z")));
    assert_eq!(one(&facts, Kind::Resolve, at("2026-11-24T07:00:00Z")).due_at, Some(at("2026-11-30T20:00:00Z")));
}

#[test]
fn what_was_late_before_the_pause_stays_late() {
    let facts = Facts { pauses: vec![Pause { from: monday("10:30"), to: None }], ..call(Severity::Critical) };
    let clock = one(&facts, Kind::NextUpdate, monday("11:00"));

    assert_eq!((clock.state, clock.due_at), (ClockState::Missed, Some(monday("10:00"))));
}

#[test]
fn every_word_to_the_customer_promises_the_next_one() {
    let facts = Facts { last_update_at: Some(monday("09:50")), ..call(Severity::Critical) };
    assert_eq!(one(&facts, Kind::NextUpdate, monday("10:30")).due_at, Some(monday("10:50")));

    let solved = Facts { resolved_at: Some(monday("10:45")), ..facts };
    let clock = one(&solved, Kind::NextUpdate, monday("15:00"));
    assert_eq!((clock.state, clock.ended_at), (ClockState::Ended, Some(monday("10:45"))));
}

#[test]
fn a_call_that_comes_back_wants_a_first_word_again() {
    let facts = Facts {
        acknowledged_at: Some(monday("09:10")),
        restarted_at: Some(monday("15:00")),
        ..call(Severity::Critical)
    };
    let again = one(&facts, Kind::Acknowledge, monday("15:10"));
    assert_eq!((again.state, again.met_at, again.due_at), (ClockState::Running, None, Some(monday("15:30"))));

    let answered = Facts { acknowledged_at: Some(monday("15:20")), ..facts };
    assert_eq!(one(&answered, Kind::Acknowledge, monday("16:00")).state, ClockState::Met);
}

#[test]
fn a_raised_severity_counts_from_the_opening_and_keeps_earlier_pauses() {
    let pauses = vec![Pause { from: monday("09:10"), to: Some(monday("09:40")) }];
    let raised = Facts { pauses, ..call(Severity::Critical) };

    assert_eq!(one(&raised, Kind::Restore, monday("12:00")).due_at, Some(monday("13:30")));
}

#[test]
fn a_lowered_severity_never_un_misses() {
    let misses = vec![Miss { kind: Kind::Acknowledge, at: monday("09:31") }];
    let facts = Facts { misses, acknowledged_at: Some(monday("09:40")), ..call(Severity::Moderate) };
    assert_eq!(one(&facts, Kind::Acknowledge, monday("10:00")).state, ClockState::Missed);

    let back = Facts { restarted_at: Some(monday("15:00")), ..facts };
    assert_eq!(one(&back, Kind::Acknowledge, monday("15:01")).state, ClockState::Running);
}

#[test]
fn a_solution_answers_every_promise_and_a_cancelled_call_owes_nothing() {
    let solved =
        Facts { resolved_at: Some(monday("09:20")), ended_at: Some(monday("18:00")), ..call(Severity::Critical) };
    let states: Vec<_> = all(&solved, monday("20:00")).iter().map(|c| c.state).collect();
    assert_eq!(states, [ClockState::Met, ClockState::Ended, ClockState::Met]);

    let cancelled = Facts { ended_at: Some(monday("09:20")), ..call(Severity::Critical) };
    let clocks = all(&cancelled, monday("20:00"));
    assert!(clocks.iter().all(|c| c.state == ClockState::Ended));
    assert_eq!(next_due(&clocks), None);
}

#[test]
fn a_pause_after_the_end_moves_nothing() {
    let facts = Facts { restored_at: Some(monday("10:00")), ..call(Severity::Critical) };
    let paused = Facts { pauses: vec![Pause { from: monday("11:00"), to: None }], ..facts.clone() };

    for clock in [one(&facts, Kind::Restore, monday("12:00")), one(&paused, Kind::Restore, monday("15:00"))] {
        assert_eq!((clock.state, clock.due_at), (ClockState::Met, Some(monday("13:00"))));
        assert_eq!(clock.pauses, []);
    }
}

#[test]
fn the_next_promise_is_the_earliest_that_somebody_can_keep() {
    let fresh = all(&call(Severity::Critical), monday("09:05"));
    assert_eq!(next_due(&fresh).unwrap().kind, Kind::Acknowledge);

    let answered = Facts { acknowledged_at: Some(monday("09:10")), ..call(Severity::Critical) };
    assert_eq!(next_due(&all(&answered, monday("09:11"))).unwrap().kind, Kind::NextUpdate);

    let waiting = Facts { pauses: vec![Pause { from: monday("09:12"), to: None }], ..answered };
    assert_eq!(next_due(&all(&waiting, monday("09:15"))), None);
}

#[test]
fn a_site_that_never_works_has_no_due_instant_and_no_miss() {
    let never = Calendar::on_workdays("Europe/Paris", &[], &[], []).unwrap();
    let later = at(OPENED) + SignedDuration::from_hours(9999);
    let clocks = clocks(&defaults(), &call(Severity::Minor), &never, &never, later);

    assert!(clocks.iter().all(|c| c.due_at.is_none() && c.state == ClockState::Running));
}

#[test]
fn a_service_level_is_data() {
    let json = r#"{"severity":3,"kind":"next_update","minutes":1440,"clock":"site_calendar"}"#;
    let objective: Objective = serde_json::from_str(json).unwrap();

    assert!(defaults().contains(&objective));
    assert_eq!(serde_json::to_string(&objective).unwrap(), json);
}
