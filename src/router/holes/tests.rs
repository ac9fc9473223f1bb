use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::calendar::{Calendar, Period};
use crate::router::{ACCEPT_MINUTES, Cac, Facts, NamedCalendar, Queue, Rules};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn standard() -> Router {
    Router::new(Rules::standard().unwrap()).unwrap()
}

fn year() -> (Timestamp, Timestamp) {
    (at("2026-11-23T00:00:00Z"), at("2027-11-23T00:00:00Z"))
}

#[test]
fn the_weekends_of_three_weekday_centers_are_one_line_for_each_season() {
    let (from, until) = year();
    let report = standard().hole_report(from, until);

    let lines: Vec<_> = report.patterns.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "AMER, APAC, EMEA, severity 1, 2: every Sat 00:00 – Sun 23:00 UTC, 34 times from 20 Mar 2027 to 6 Nov 2027 (no CAC open)",
            "AMER, APAC, EMEA, severity 1, 2: every Sat 01:00 – Sun 23:00 UTC, 18 times from 28 Nov 2026 to 20 Nov 2027 (no CAC open)",
        ]
    );
    assert_eq!(report.exceptions, []);
    let emea = report.regions.iter().find(|r| r.region == "EMEA").unwrap();
    assert_eq!(emea.minutes, 34 * 47 * 60 + 18 * 46 * 60);
}

#[test]
fn a_holiday_is_an_exception_and_not_a_pattern() {
    let mut rules = Rules::standard().unwrap();
    for named in &mut rules.calendars {
        let zone = named.calendar.zone_name().to_owned();
        let christmas = ["2026-12-25".parse().unwrap()];
        named.calendar = Calendar::on_workdays(&zone, &[1, 2, 3, 4, 5], &[Period::PRIME], christmas).unwrap();
    }
    let (from, until) = year();
    let report = Router::new(rules).unwrap().hole_report(from, until);

    let lines: Vec<_> = report.exceptions.iter().map(ToString::to_string).collect();
    let christmas = "Fri 25 Dec 2026 01:00 – Sun 27 Dec 2026 23:00 UTC";
    assert_eq!(lines, [format!("AMER, APAC, EMEA, severity 1, 2: {christmas} (no CAC open)")]);
    assert_eq!(report.patterns[1].times, 17);
}

#[test]
fn a_center_without_a_queue_for_the_rest_leaves_every_severity_alone() {
    let mut rules = Rules::standard().unwrap();
    rules.queues.retain(|queue| queue.slug != "apac-general");
    let (from, until) = (at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z"));
    let holes = Router::new(rules).unwrap().holes(from, until);

    // Tokyo works until 11:00 UTC and again from 23:00 UTC on.
    let mild = |h: &&&Hole| h.severities == [Severity::Moderate, Severity::Minor];
    let apac: Vec<_> = holes.iter().filter(|h| h.region == "APAC").collect();
    assert!(apac.iter().all(|h| h.why == "no queue for it"), "{apac:?}");
    let alone: SignedDuration = apac.iter().filter(mild).map(|h| h.until.duration_since(h.from)).sum();
    let together: Vec<_> = apac.iter().filter(|h| h.severities == Severity::ALL).collect();
    assert!(alone > SignedDuration::from_hours(11) && !together.is_empty());
}

#[test]
fn a_region_without_a_center_is_one_hole_from_end_to_end() {
    let mut rules = Rules::standard().unwrap();
    rules.regions.push("LATAM".into());
    let (from, until) = year();
    let holes = Router::new(rules).unwrap().holes(from, until);

    let latam: Vec<_> = holes.iter().filter(|h| h.region == "LATAM").collect();
    assert_eq!(latam.len(), 1);
    assert_eq!((latam[0].from, latam[0].until, latam[0].why.as_str()), (from, until, "unknown region"));
    assert_eq!(latam[0].severities, Severity::ALL);
}

#[test]
fn somebody_who_never_sleeps_leaves_no_hole() {
    let rules = Rules {
        regions: vec!["EMEA".into()],
        duty_manager: "duty".into(),
        calendars: vec![NamedCalendar {
            name: "always".into(),
            calendar: Calendar::on_workdays("Europe/Dublin", &[1, 2, 3, 4, 5, 6, 7], &[Period::ALL_DAY], []).unwrap(),
        }],
        cacs: vec![Cac {
            code: "EMEA".into(),
            region: "EMEA".into(),
            name: None,
            calendar: "always".into(),
            accept_minutes: ACCEPT_MINUTES,
        }],
        queues: vec![Queue {
            slug: "emea-general".into(),
            cac: "EMEA".into(),
            subjects: vec!["*".into()],
            languages: Vec::new(),
        }],
    };
    let (from, until) = year();

    assert!(Router::new(rules).unwrap().hole_report(from, until).is_empty());
}

/// The holes are exact: at every quarter of an hour the router itself is asked.
#[test]
fn a_call_is_the_duty_managers_exactly_within_the_holes() {
    let mut rules = Rules::standard().unwrap();
    rules.regions.push("LATAM".into());
    rules.queues.retain(|queue| queue.slug != "apac-general");
    let router = Router::new(rules).unwrap();
    for (from, until) in
        [("2026-12-24T00:07:00Z", "2026-12-29T00:00:00Z"), ("2027-03-12T00:07:00Z", "2027-03-30T00:00:00Z")]
    {
        let (from, until) = (at(from), at(until));
        let holes = router.holes(from, until);
        let quarters = (0..).map(|n| from + SignedDuration::from_mins(15 * n)).take_while(|t| *t < until);
        for (at, region) in quarters.flat_map(|at| router.rules().regions.iter().map(move |region| (at, region))) {
            for severity in Severity::ALL {
                let within =
                    |h: &&Hole| h.region == *region && h.severities.contains(&severity) && h.from <= at && at < h.until;
                let on_duty = router.route(&Facts::plain(region, "UTC", severity, at)).queue == "duty";
                assert_eq!(holes.iter().filter(within).count(), usize::from(on_duty), "{region} {severity} {at}");
            }
        }
    }
}
