use std::collections::BTreeSet;

use jiff::civil::{Date, Time, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn weekly(zone: &str, weekdays: &[i8], every: i64, start: Time, minutes: i64, valid_from: Date) -> Plan {
    let days = Days::Weekly { weekdays: weekdays.iter().copied().collect(), every };
    let repeat = Repeat { days, at: start, minutes, valid_from, valid_until: None };
    Plan::new(zone, Rule::Repeated(repeat)).unwrap()
}

fn starts(plan: &Plan, from: &str, count: usize) -> Vec<String> {
    plan.coming(at(from)).take(count).map(|o| o.starts_at.to_string()).collect()
}

fn planned(plan: Plan, now: Timestamp) -> Window {
    let current = plan.coming(now).next();
    Window { plan, skipped: Vec::new(), current, cancelled: false }
}

#[test]
fn a_skipped_time_begins_with_the_jump_and_a_doubled_one_once() {
    let spring = weekly("Europe/Paris", &[7], 1, time(2, 30, 0, 0), 120, date(2026, 3, 1));
    assert_eq!(
        starts(&spring, "2026-03-20T00:00:00Z", 3),
        ["2026-03-22T01:30:00Z", "2026-03-29T01:00:00Z", "2026-04-05T00:30:00Z"]
    );
    let autumn = weekly("Europe/Paris", &[7], 1, time(2, 30, 0, 0), 15, date(2026, 10, 1));
    assert_eq!(
        starts(&autumn, "2026-10-20T00:00:00Z", 2),
        ["2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z"],
        "at the first half past two of that night, and not again"
    );
    assert!(autumn.in_force(at("2026-10-25T00:40:00Z")).is_some());
    assert!(autumn.in_force(at("2026-10-25T01:40:00Z")).is_none());
}

#[test]
fn a_place_that_leaves_out_a_day_has_no_window_twice() {
    let daily = weekly("Pacific/Apia", &[1, 2, 3, 4, 5, 6, 7], 1, time(0, 0, 0, 0), 60, date(2011, 12, 1));
    assert_eq!(
        starts(&daily, "2011-12-29T00:00:00Z", 3),
        ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]
    );
}

#[test]
fn every_second_week_counts_from_the_week_of_the_first_day() {
    let plan = weekly("UTC", &[1, 3], 2, time(20, 0, 0, 0), 240, date(2026, 11, 25));
    assert_eq!(
        starts(&plan, "2026-11-20T00:00:00Z", 4),
        ["2026-11-25T20:00:00Z", "2026-12-07T20:00:00Z", "2026-12-09T20:00:00Z", "2026-12-21T20:00:00Z"]
    );
}

#[test]
fn the_last_friday_of_a_month_is_found_and_so_is_the_second() {
    let monthly = |nth| {
        let days = Days::Monthly { nth, weekday: 5 };
        let (valid_from, valid_until) = (date(2026, 11, 1), Some(date(2027, 1, 10)));
        let repeat = Repeat { days, at: time(22, 0, 0, 0), minutes: 60, valid_from, valid_until };
        Plan::new("UTC", Rule::Repeated(repeat)).unwrap()
    };
    assert_eq!(starts(&monthly(-1), "2026-11-01T00:00:00Z", 9), ["2026-11-27T22:00:00Z", "2026-12-25T22:00:00Z"]);
    assert_eq!(
        starts(&monthly(2), "2026-11-01T00:00:00Z", 9),
        ["2026-11-13T22:00:00Z", "2026-12-11T22:00:00Z", "2027-01-08T22:00:00Z"]
    );
}

#[test]
fn the_one_that_ended_last_is_known() {
    let plan = weekly("UTC", &[1], 1, time(20, 0, 0, 0), 240, date(2026, 11, 16));
    let ended = |text: &str| plan.last_ended(at(text)).map(|o| o.ends_at.to_string());
    assert_eq!(ended("2026-11-17T00:00:00Z").as_deref(), Some("2026-11-17T00:00:00Z"));
    assert_eq!(ended("2026-11-23T23:59:59Z").as_deref(), Some("2026-11-17T00:00:00Z"));
    assert_eq!(ended("2026-11-16T23:59:59Z"), None);
}

#[test]
fn what_people_made_of_an_occurrence_holds_and_the_next_one_is_as_planned() {
    let plan = weekly("UTC", &[1, 2, 3], 1, time(20, 0, 0, 0), 120, date(2026, 11, 23));
    let now = at("2026-11-23T20:30:00Z");
    let mut window = planned(plan, now);
    let running = window.current.unwrap();

    window.current = Some(Occurrence { ends_at: now, ..running });
    assert_eq!(window.in_force(now), None, "ended a moment ago");
    assert_eq!(window.coming(now).next().unwrap().starts_at, at("2026-11-24T20:00:00Z"));

    window.current = Some(Occurrence { ends_at: at("2026-11-24T20:30:00Z"), ..running });
    let next = window.after(&window.current.unwrap()).unwrap();
    assert_eq!((next.starts_at, next.ends_at), (at("2026-11-24T20:30:00Z"), at("2026-11-24T22:00:00Z")));

    window.skipped = vec![at("2026-11-24T20:00:00Z")];
    assert_eq!(window.after(&running).unwrap().starts_at, at("2026-11-25T20:00:00Z"));
    window.cancelled = true;
    assert_eq!(window.after(&running), None);
    assert!(window.in_force(at("2026-11-24T20:29:00Z")).is_some(), "what runs goes on until its own end");
}

#[test]
fn a_window_is_in_force_although_nobody_has_closed_those_before_it() {
    let plan = weekly("UTC", &[1], 1, time(20, 0, 0, 0), 120, date(2026, 11, 2));
    let window = planned(plan, at("2026-11-01T00:00:00Z"));
    assert!(window.in_force(at("2026-11-23T21:00:00Z")).is_some());
    assert!(window.in_force(at("2026-11-23T22:00:00Z")).is_none());
}

#[test]
fn late_alarms_are_judged_by_their_own_time_and_never_lost() {
    let rule = Rule::Once { from: at("2026-11-23T20:00:00Z"), to: at("2026-11-23T22:00:00Z") };
    let window = planned(Plan::new("UTC", rule).unwrap(), at("2026-11-23T10:00:00Z"));
    let own = Uuid::from_u128(1);
    let placed =
        |window: Window, past| Placed { id: Uuid::nil(), title: String::new(), systems: Some(vec![own]), window, past };
    let over = placed(
        Window { current: None, ..window.clone() },
        vec![(at("2026-11-23T20:00:00Z"), at("2026-11-23T22:00:00Z"))],
    );
    let running = [placed(window, Vec::new())];
    let judged = |windows: &[Placed], said: &str, now: &str, is_over| {
        suppresses(
            windows,
            Some(own),
            at(&format!("2026-11-23T{said}:00Z")),
            at(&format!("2026-11-23T{now}:00Z")),
            is_over,
        )
    };

    assert!(judged(&running, "20:10", "20:10", false));
    assert!(judged(&running, "19:56", "20:01", false), "no later than messages are");
    assert!(!judged(&running, "19:30", "20:10", false), "it broke before the work began");
    assert!(judged(&running, "23:30", "20:10", false), "a clock that is ahead changes nothing");
    assert!(!judged(&running, "19:59", "19:59", false));
    assert!(judged(&running, "20:10", "21:59", false), "late, and the window runs");
    for windows in [&running[..], std::slice::from_ref(&over)] {
        assert!(!judged(windows, "20:10", "22:30", false), "it may still stand");
        assert!(judged(windows, "20:10", "22:30", true), "it does not");
        assert!(!judged(windows, "19:30", "22:30", true));
    }
    let (said, now) = (at("2026-11-23T20:10:00Z"), at("2026-11-23T20:10:00Z"));
    for other in [None, Some(Uuid::from_u128(2))] {
        assert!(!suppresses(&running, other, said, now, false), "{other:?} is not of this window");
    }
    let whole = [Placed { systems: None, ..running[0].clone() }];
    assert!(suppresses(&whole, None, said, now, false) && suppresses(&whole, Some(Uuid::max()), said, now, false));
}

/// Walks the clock of a place minute by minute, as somebody does who stands there and looks at it.
fn walked(zone: &TimeZone, plan: &Repeat, from: Timestamp, minutes: i64) -> Vec<(Timestamp, Timestamp)> {
    let mut found = Vec::new();
    let mut begun = BTreeSet::new();
    let meant = |day: Date| match &plan.days {
        Days::Weekly { weekdays, .. } => weekdays.contains(&day.weekday().to_monday_one_offset()),
        Days::Monthly { .. } => false,
    };
    for minute in 0..minutes {
        let now = from + SignedDuration::from_mins(minute);
        let wall = zone.to_datetime(now);
        // Also of yesterday: its time may have been skipped over midnight.
        for day in [wall.date().yesterday().unwrap(), wall.date()] {
            if meant(day) && day >= plan.valid_from && wall >= day.to_datetime(plan.at) && begun.insert(day) {
                found.push((now, now + SignedDuration::from_mins(plan.minutes)));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn occurrences_are_those_of_somebody_who_watches_the_clock(
        (name, day) in prop::sample::select(vec![
            ("Europe/Paris", date(2026, 3, 26)), ("Europe/Paris", date(2026, 10, 22)),
            ("America/New_York", date(2026, 3, 5)), ("America/New_York", date(2026, 10, 29)),
            ("Australia/Lord_Howe", date(2026, 10, 1)), ("Australia/Lord_Howe", date(2026, 4, 2)),
            ("America/Santiago", date(2026, 9, 3)), ("Africa/Cairo", date(2026, 4, 21)),
            ("Asia/Kolkata", date(2026, 3, 26)),
        ]),
        weekdays in prop::collection::btree_set(1i8..=7, 1..=7),
        quarter in 0i8..96,
        length in 1i64..=24,
    ) {
        let start = time(quarter / 4, quarter % 4 * 15, 0, 0);
        let days: Vec<i8> = weekdays.into_iter().collect();
        let plan = weekly(name, &days, 1, start, length * 60, day);
        let Rule::Repeated(repeat) = &plan.rule else { unreachable!() };
        let (zone, span) = (plan.zone(), 6 * 1440);
        let from = first_shown(&zone, day.to_datetime(Time::midnight())).unwrap();
        let walked = walked(&zone, repeat, from, span);

        let until = from + SignedDuration::from_mins(span);
        let planned: Vec<_> = plan.after(from - SignedDuration::from_nanos(1))
            .take_while(|o| o.starts_at < until).map(|o| (o.starts_at, o.ends_at)).collect();
        prop_assert_eq!(&planned, &walked);
        for minute in (0..span).step_by(7) {
            let now = from + SignedDuration::from_mins(minute);
            let inside = walked.iter().any(|(from, to)| *from <= now && now < *to);
            prop_assert_eq!(plan.in_force(now).is_some(), inside, "{}", now);
        }
    }
}
