use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use proptest::prelude::*;

use super::{Calendar, CalendarError, Period};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

/// Every day of the week, without holidays.
fn daily(zone: &str, hours: &str) -> Calendar {
    Calendar::on_workdays(zone, &[1, 2, 3, 4, 5, 6, 7], &[period(hours)], []).unwrap()
}

#[test]
fn a_zone_is_a_name_of_the_database_and_nothing_else() {
    for name in [
        "",
        "  ",
        "+02:00",
        "UTC+2",
        "GMT+1",
        "Paris",
        "localtime",
        "Etc/Unknown",
        "right/Europe/Paris",
        "Europe/Paris ",
    ] {
        assert!(Calendar::prime_hours(name).is_err(), "{name}");
    }
    assert_eq!(Calendar::prime_hours(""), Err(CalendarError::NoZone));
    assert_eq!(Calendar::prime_hours("europe/paris").unwrap().zone_name(), "Europe/Paris");
}

#[test]
fn prime_hours_end_on_friday_evening() {
    let paris = Calendar::prime_hours("Europe/Paris").unwrap();
    let friday = at("2026-11-27T18:30:00Z");

    assert!(paris.is_open(friday));
    assert_eq!(paris.open_until(friday), Some(at("2026-11-27T19:00:00Z")));
    assert_eq!(paris.due(friday, 60), Some(at("2026-11-30T07:30:00Z")));
    assert_eq!(paris.next_open(at("2026-11-27T19:00:00Z")), Some(at("2026-11-30T07:00:00Z")));
}

#[test]
fn a_quarter_of_a_repeated_hour_passes_twice() {
    let paris = daily("Europe/Paris", "02:30-02:45");
    let (midnight, noon) = (at("2026-10-24T22:00:00Z"), at("2026-10-25T11:00:00Z"));

    assert_eq!(paris.minutes_between(midnight, noon), 30);
    assert_eq!(paris.due(midnight, 20), Some(at("2026-10-25T01:35:00Z")));
    assert_eq!(paris.next_change(at("2026-10-25T00:45:00Z")), Some(at("2026-10-25T01:30:00Z")));
}

#[test]
fn a_quarter_of_a_skipped_hour_never_passes() {
    let paris = daily("Europe/Paris", "02:30-02:45");

    assert_eq!(paris.minutes_between(at("2026-03-28T23:00:00Z"), at("2026-03-29T10:00:00Z")), 0);
}

#[test]
fn an_opening_across_the_jump_is_one_opening() {
    let paris = daily("Europe/Paris", "22:00-06:00");

    assert_eq!(paris.open_until(at("2026-03-28T22:00:00Z")), Some(at("2026-03-29T04:00:00Z")));
    assert_eq!(paris.minutes_between(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")), 420);
}

#[test]
fn a_holiday_takes_the_night_shift_that_begins_on_it_and_no_other() {
    let weekly = std::array::from_fn(|_| vec![period("22:00-06:00")]);
    let dublin = Calendar::new("Europe/Dublin", weekly, [date(2026, 12, 25)]).unwrap();

    assert!(dublin.is_open(at("2026-12-25T05:59:00Z")));
    assert!(!dublin.is_open(at("2026-12-25T23:00:00Z")));
    assert!(!dublin.is_open(at("2026-12-26T05:00:00Z")));
    assert!(dublin.is_open(at("2026-12-26T22:00:00Z")));
}

#[test]
fn overlapping_openings_count_once() {
    let hours = [period("08:00-12:00"), period("10:00-14:00"), period("11:00-11:30")];
    let utc = Calendar::on_workdays("UTC", &[1, 2, 3, 4, 5, 6, 7], &hours, []).unwrap();

    assert_eq!(utc.minutes_between(at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")), 360);
    assert_eq!(utc.open_until(at("2026-01-01T09:00:00Z")), Some(at("2026-01-01T14:00:00Z")));
}

#[test]
fn hours_without_an_end_have_no_change() {
    let always = daily("America/New_York", "00:00-24:00");
    let start = at("2026-01-01T00:00:00Z");

    assert!(always.is_open(start));
    assert_eq!((always.open_until(start), always.next_change(start)), (None, None));
    assert_eq!(always.next_open(start), Some(start));
    assert_eq!(always.due(start, 10_080), Some(at("2026-01-08T00:00:00Z")));
}

#[test]
fn hours_that_never_come_answer_none() {
    let never = daily("Asia/Tokyo", "09:00-09:00");
    let start = at("2026-01-01T00:00:00Z");

    assert!(!never.is_open(start));
    assert_eq!((never.next_change(start), never.next_open(start)), (None, None));
    assert_eq!(never.due(start, 1), None);
    assert_eq!(never.due(start, 0), Some(start));
    assert_eq!(never.minutes_between(start, at("2030-01-01T00:00:00Z")), 0);
}

#[test]
fn seconds_round_down_to_whole_minutes() {
    let utc = daily("UTC", "08:00-20:00");
    let (start, end) = (at("2026-01-01T08:00:30Z"), at("2026-01-01T08:02:29Z"));

    assert_eq!((utc.minutes_between(start, end), utc.seconds_between(start, end)), (1, 119));
    assert_eq!(utc.minutes_between(end, start), 0);
}

#[test]
fn the_far_ends_of_time_are_no_fault() {
    let paris = Calendar::prime_hours("Europe/Paris").unwrap();
    for end in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(paris.is_open(end), paris.hours_at(end).is_some());
        assert!(paris.due(Timestamp::MAX, i64::MAX).is_none());
        let _ = (paris.next_change(end), paris.next_open(end), paris.due(end, 1));
    }
    assert!(paris.due(at("2026-01-01T00:00:00Z"), i64::MAX / 60).is_none());
}

#[test]
fn a_calendar_reads_back_as_it_was_written() {
    let json = r#"{"time_zone":"Europe/Dublin","weekly":{"mon":["08:00-20:00"],"fri":["08:00-12:30","13:15-20:00"]},"holidays":["2026-12-25"]}"#;
    let calendar: Calendar = serde_json::from_str(json).unwrap();

    assert_eq!(serde_json::to_string(&calendar).unwrap(), json);
    assert_eq!(calendar.hours_at(at("2026-11-27T14:00:00Z")), Some(period("13:15-20:00")));
    assert_eq!(calendar.place(), "Dublin");
    assert!(calendar.is_holiday(at("2026-12-25T12:00:00Z")));
}

#[test]
fn a_calendar_with_a_fault_is_refused_in_a_sentence() {
    for (json, words) in [
        (r#"{"time_zone":"","weekly":{}}"#, "there is no server time"),
        (r#"{"time_zone":"Mars/Base","weekly":{}}"#, "There is no time zone “Mars/Base”"),
        (r#"{"time_zone":"UTC","weekly":{"tues":[]}}"#, "unknown field `tues`"),
        (r#"{"time_zone":"UTC","weekly":{"tue":["8-20"]}}"#, "“8-20” is not an opening"),
    ] {
        let fault = serde_json::from_str::<Calendar>(json).unwrap_err().to_string();
        assert!(fault.contains(words), "{fault}");
    }
}

const ZONES: [&str; 12] = [
    "Europe/Paris",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Asia/Tehran",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
];

/// The definition itself, told minute by minute.
fn is_open_by_the_definition(calendar: &Calendar, at: Timestamp) -> bool {
    let local = TimeZone::get(calendar.zone_name()).unwrap().to_datetime(at);
    let minute = u16::try_from(local.hour()).unwrap() * 60 + u16::try_from(local.minute()).unwrap();
    let hours = |day: Date| {
        let index = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap();
        let off = calendar.holidays().contains(&day);
        calendar.weekly()[index].iter().filter(move |_| !off)
    };
    let today =
        hours(local.date()).any(|p| minute >= p.open_min() && (minute < p.close_min() || p.close_min() < p.open_min()));
    let mut last_night = hours(local.date().yesterday().unwrap());
    today || last_night.any(|p| p.close_min() < p.open_min() && minute < p.close_min())
}

fn any_period() -> impl Strategy<Value = Period> {
    (0..=1440_u16, 0..=1440_u16).prop_map(|(open, close)| Period::new(open, close).unwrap())
}

/// A calendar, and an instant within two days of a change of its clocks.
fn any_calendar_near_a_change() -> impl Strategy<Value = (Calendar, Timestamp)> {
    let zone = prop::sample::select(&ZONES[..]);
    let weekly = prop::array::uniform7(prop::collection::vec(any_period(), 0..3));
    (zone, weekly, 0..27_i64, -2880..2880_i64, prop::collection::vec(-3..4_i32, 0..3)).prop_map(
        |(zone, weekly, year, minutes, holidays)| {
            let after = at("2008-01-01T00:00:00Z") + SignedDuration::from_hours(year * 24 * 365);
            let zone_found = TimeZone::get(zone).unwrap();
            let change = zone_found.following(after).next().map_or(after, |t| t.timestamp());
            let day = zone_found.to_datetime(change).date();
            let whole = Timestamp::from_second(change.as_second() / 60 * 60).unwrap();
            let holidays = holidays.into_iter().map(|d| day + d.days());
            let calendar = Calendar::new(zone, weekly, holidays).unwrap();
            (calendar, whole + SignedDuration::from_mins(minutes))
        },
    )
}

fn minutes(count: i64) -> Span {
    Span::new().minutes(count)
}

proptest! {
    #[test]
    fn working_minutes_are_those_a_walker_counts((calendar, start) in any_calendar_near_a_change(), length in 0..3000_i64) {
        let walked = (0..length).filter(|m| is_open_by_the_definition(&calendar, start + minutes(*m))).count();
        let counted = calendar.minutes_between(start, start + minutes(length));
        prop_assert_eq!(usize::try_from(counted).unwrap(), walked);
    }

    #[test]
    fn a_change_is_the_first_minute_that_differs((calendar, start) in any_calendar_near_a_change()) {
        let open = is_open_by_the_definition(&calendar, start);
        prop_assert_eq!(calendar.is_open(start), open);
        prop_assert_eq!(calendar.hours_at(start).is_some(), open);
        let walked = (0..4000).map(|m| start + minutes(m)).find(|t| is_open_by_the_definition(&calendar, *t) != open);
        let change = calendar.next_change(start);
        match walked {
            Some(_) => prop_assert_eq!(change, walked),
            None => prop_assert!(change.is_none_or(|c| c >= start + minutes(4000))),
        }
    }

    #[test]
    fn time_adds_up((calendar, a) in any_calendar_near_a_change(), first in 0..9000_i64, second in 0..9000_i64) {
        let b = a + minutes(first);
        let c = b + minutes(second);
        let parts = calendar.minutes_between(a, b) + calendar.minutes_between(b, c);
        prop_assert_eq!(calendar.minutes_between(a, c), parts);
    }

    #[test]
    fn a_promise_falls_due_when_its_minutes_have_passed((calendar, start) in any_calendar_near_a_change(), work in 1..5000_i64) {
        let Some(due) = calendar.due(start, work) else {
            prop_assert!(calendar.next_open(start).is_none());
            return Ok(());
        };
        prop_assert_eq!(calendar.minutes_between(start, due), work);
        prop_assert_eq!(calendar.minutes_between(start, due - minutes(1)), work - 1);
        prop_assert!(calendar.due(start, work + 1) > Some(due));
        prop_assert!(calendar.due(start + minutes(1), work) >= Some(due));
    }
}
