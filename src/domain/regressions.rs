//! Faults that other desks have had, each by the name under which people complain of it.
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};

use super::calendar::{Calendar, CalendarError, Period};
use super::objective::{Clock, ClockKind, ClockState, Facts, Kind, Objective, Pause, clocks, defaults};
use super::severity::Severity;

const EVERY_DAY: [i64; 7] = [1, 2, 3, 4, 5, 6, 7];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn calendar(zone: &str, days: &[i64], hours: &[&str], holidays: &[Date]) -> Calendar {
    let hours: Vec<Period> = hours.iter().map(|text| text.parse().unwrap()).collect();
    Calendar::on_workdays(zone, days, &hours, holidays.iter().copied()).unwrap()
}

fn prime(zone: &str) -> Calendar {
    Calendar::prime_hours(zone).unwrap()
}

fn promise(kind: Kind, minutes: u32, clock: ClockKind) -> Objective {
    Objective { severity: Severity::Moderate, kind, minutes, clock }
}

fn one(promise: Objective, facts: &Facts, site: &Calendar, cac: &Calendar, now: Timestamp) -> Clock {
    clocks(&[promise], facts, site, cac, now).remove(0)
}

#[test]
fn midnight_segment_a_shift_that_begins_at_00_00_is_a_shift() {
    let split = calendar("Europe/Paris", &EVERY_DAY, &["22:00-24:00", "00:00-06:00"], &[]);
    let whole = calendar("Europe/Paris", &EVERY_DAY, &["22:00-06:00"], &[]);
    let (evening, next) = (at("2026-11-24T20:30:00Z"), at("2026-11-25T20:30:00Z"));

    assert_eq!(split.minutes_between(evening, next), 480);
    assert!(split.is_open(at("2026-11-24T23:00:00Z")));
    assert_eq!(split.open_until(evening + SignedDuration::from_hours(1)), Some(at("2026-11-25T05:00:00Z")));
    for minutes in 1..=480 {
        assert_eq!(split.due(evening, minutes), whole.due(evening, minutes), "{minutes}");
    }
}

#[test]
fn lunch_break_time_does_not_pass_at_lunch() {
    let lunch = calendar("Europe/Paris", &[1, 2, 3, 4, 5], &["08:00-12:30", "13:15-20:00"], &[]);
    let noon = at("2026-11-24T11:00:00Z");

    assert_eq!(lunch.due(noon, 30), Some(at("2026-11-24T11:30:00Z")));
    assert_eq!(lunch.due(noon, 31), Some(at("2026-11-24T12:16:00Z")));
    assert_eq!(lunch.next_open(at("2026-11-24T11:45:00Z")), Some(at("2026-11-24T12:15:00Z")));
    assert_eq!(lunch.minutes_between(noon, at("2026-11-24T13:00:00Z")), 75);
    // A call that is filed at lunch begins to count after it.
    assert_eq!(lunch.due(at("2026-11-24T11:45:00Z"), 1), Some(at("2026-11-24T12:16:00Z")));
}

#[test]
fn holiday_look_up_with_no_end_a_calendar_of_holidays_answers_never() {
    let mondays = (0..1100).map(|week| date(2026, 1, 5).checked_add(SignedDuration::from_hours(168 * week)).unwrap());
    let holidays: Vec<Date> = mondays.collect();
    let closed = calendar("Europe/Paris", &[1], &["08:00-20:00"], &holidays);
    let start = at("2026-01-01T00:00:00Z");

    assert_eq!((closed.next_open(start), closed.next_change(start), closed.due(start, 1)), (None, None, None));
    let clock = one(
        promise(Kind::Acknowledge, 60, ClockKind::SiteCalendar),
        &Facts::opened(start, Severity::Moderate),
        &closed,
        &closed,
        start,
    );
    assert_eq!((clock.due_at, clock.state), (None, ClockState::Running));
}

#[test]
fn hold_ignored_time_on_hold_is_given_back_in_whichever_time_is_counted() {
    let (paris, tokyo) = (prime("Europe/Paris"), prime("Asia/Tokyo"));
    let opened = at("2026-11-24T08:00:00Z"); // 09:00 in Paris, 17:00 in Tokyo
    let pause = Pause { from: at("2026-11-24T09:00:00Z"), to: Some(at("2026-11-24T12:00:00Z")) };
    let held = Facts { pauses: vec![pause], ..Facts::opened(opened, Severity::Moderate) };
    for (clock, due) in [
        (ClockKind::Elapsed, "2026-11-24T15:00:00Z"),
        (ClockKind::SiteCalendar, "2026-11-24T15:00:00Z"),
        // Of the three hours of the pause, Tokyo worked two: 18:00 to 20:00.
        (ClockKind::CacCalendar, "2026-11-25T02:00:00Z"),
    ] {
        let clock = one(promise(Kind::Resolve, 240, clock), &held, &paris, &tokyo, at("2026-11-24T13:00:00Z"));
        assert_eq!((clock.due_at, clock.state), (Some(at(due)), ClockState::Running), "{:?}", clock.clock);
    }
    let still = Facts { pauses: vec![Pause { to: None, ..pause }], ..held };
    let waiting =
        one(promise(Kind::Resolve, 240, ClockKind::SiteCalendar), &still, &paris, &tokyo, at("2026-12-24T13:00:00Z"));
    assert_eq!(waiting.state, ClockState::Paused);
}

#[test]
fn reminder_off_by_a_day_at_spring_forward_the_same_hour_days_later_is_due() {
    let two_days = promise(Kind::NextUpdate, 2 * 12 * 60, ClockKind::SiteCalendar);
    for (zone, filed, due) in [
        // Friday 10:00 before the clocks go forward, Tuesday 10:00 after it.
        ("Europe/Paris", "2026-03-27T09:00:00Z", "2026-03-31T08:00:00Z"),
        ("America/New_York", "2026-03-06T15:00:00Z", "2026-03-10T14:00:00Z"),
        // And back in autumn.
        ("Europe/Paris", "2026-10-23T08:00:00Z", "2026-10-27T09:00:00Z"),
    ] {
        let (filed, due, hours) = (at(filed), at(due), prime(zone));
        let clock = one(two_days, &Facts::opened(filed, Severity::Moderate), &hours, &hours, filed);
        assert_eq!(clock.due_at, Some(due), "{zone}");
        assert_eq!(hours.zone().to_datetime(filed).time(), hours.zone().to_datetime(due).time());
    }
}

#[test]
fn transfer_across_regions_the_sites_clock_does_not_notice() {
    let facts = Facts::opened(at("2026-11-24T18:00:00Z"), Severity::Moderate);
    let (site, now) = (prime("Europe/Paris"), at("2026-11-24T18:30:00Z"));
    let (emea, apac) = (prime("Europe/Dublin"), prime("Asia/Tokyo"));
    for promise in defaults() {
        let facts = Facts { severity: promise.severity, ..facts.clone() };
        assert_eq!(one(promise, &facts, &site, &emea, now), one(promise, &facts, &site, &apac, now));
    }
    // A promise in the CAC's time counts in that of the CAC which has the call now, from the opening on.
    let by_cac = promise(Kind::Acknowledge, 180, ClockKind::CacCalendar);
    assert_eq!(one(by_cac, &facts, &site, &emea, now).due_at, Some(at("2026-11-25T09:00:00Z")));
    assert_eq!(one(by_cac, &facts, &site, &apac, now).due_at, Some(at("2026-11-25T02:00:00Z")));
    let back = one(by_cac, &facts, &site, &emea, now);
    assert_eq!(back, one(by_cac, &facts, &site, &emea, now));
}

#[test]
fn zone_given_as_offset_is_refused_because_it_knows_no_summer() {
    for name in ["+02:00", "-05:00", "UTC+2", "GMT-5", "+0200", "2"] {
        assert_eq!(Calendar::prime_hours(name), Err(CalendarError::UnknownZone(name.into())));
        let json = format!(r#"{{"time_zone":"{name}","weekly":{{"mon":["08:00-20:00"]}}}}"#);
        assert!(serde_json::from_str::<Calendar>(&json).is_err(), "{name}");
    }
}

#[test]
fn calendar_edited_from_another_zone_keeps_the_hours_on_its_own_wall() {
    let tokyo = calendar("Asia/Tokyo", &[1, 2, 3, 4, 5], &["08:00-20:00"], &[date(2026, 11, 23)]);
    // What a lead in Boston opens and saves is text with no instant in it.
    let opened = serde_json::to_string(&tokyo).unwrap();
    let saved: Calendar = serde_json::from_str(&opened).unwrap();
    assert_eq!(saved, tokyo);
    assert!(!opened.contains('Z') && opened.contains("2026-11-23") && opened.contains("08:00-20:00"), "{opened}");
    assert_eq!(saved.next_open(at("2026-11-20T12:00:00Z")), Some(at("2026-11-23T23:00:00Z")));

    // Moved to another zone, the hours stay what is written on the door.
    let moved: Calendar = serde_json::from_str(&opened.replace("Asia/Tokyo", "America/New_York")).unwrap();
    assert_eq!(moved.weekly(), tokyo.weekly());
    assert_eq!(moved.next_open(at("2026-11-21T12:00:00Z")), Some(at("2026-11-24T13:00:00Z")));
}

#[test]
fn sla_breached_at_creation_no_promise_is_late_the_moment_it_is_given() {
    let christmas = calendar("Europe/Paris", &[1, 2, 3, 4, 5], &["08:00-20:00"], &[date(2026, 12, 25)]);
    let hours = (0..24 * 14).map(|hour| at("2026-12-20T00:00:00Z") + SignedDuration::from_hours(hour));
    for (opened, promise) in hours.flat_map(|at| defaults().into_iter().map(move |promise| (at, promise))) {
        let facts = Facts::opened(opened, promise.severity);
        let clock = one(promise, &facts, &christmas, &christmas, opened);
        let given = SignedDuration::from_mins(promise.minutes.into());
        assert_eq!(clock.state, ClockState::Running, "{opened} {promise:?}");
        assert!(clock.due_at.is_some_and(|due| due >= opened + given), "{opened} {promise:?}: {:?}", clock.due_at);
    }
}

#[test]
fn hold_that_begins_this_instant_is_shown_and_computing_again_keeps_it() {
    let (paris, now) = (prime("Europe/Paris"), at("2026-11-24T09:00:00Z"));
    for opened in [at("2026-11-24T08:00:00Z"), now] {
        let pauses = vec![Pause { from: now, to: None }];
        let held = Facts { pauses: pauses.clone(), ..Facts::opened(opened, Severity::Moderate) };
        let clock = one(promise(Kind::Resolve, 240, ClockKind::SiteCalendar), &held, &paris, &paris, now);
        assert_eq!((clock.state, &clock.pauses), (ClockState::Paused, &pauses));
        let again = Facts { pauses: clock.pauses.clone(), ..held };
        assert_eq!(one(promise(Kind::Resolve, 240, ClockKind::SiteCalendar), &again, &paris, &paris, now), clock);
    }
}
