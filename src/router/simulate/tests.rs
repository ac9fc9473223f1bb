use jiff::Timestamp;

use super::*;
use crate::domain::calendar::{Calendar, Period};
use crate::domain::severity::Severity;
use crate::router::{Rules, RulesError};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn router(rules: Rules) -> Router {
    Router::new(rules).unwrap()
}

fn standard() -> Rules {
    Rules::standard().unwrap()
}

/// Busy in the day, quiet at night and at weekends.
fn hours() -> [u32; 168] {
    std::array::from_fn(|hour| match (hour / 24, hour % 24) {
        (5 | 6, _) => 1,
        (_, 8..20) => 20,
        _ => 4,
    })
}

fn year(count: u64, seed: u64) -> Year {
    synthetic_year(at("2026-11-23T00:00:00Z"), count, seed, &Profile::like(&standard(), hours()))
}

fn call(name: &str, severity: Severity, at: Timestamp, promise: Option<Timestamp>) -> Asked {
    Asked { name: name.into(), facts: Facts::plain("EMEA", "Europe/Paris", severity, at), promise }
}

/// Dublin works on Saturdays too.
fn with_saturdays() -> Rules {
    let mut rules = standard();
    let hours = Calendar::on_workdays("Europe/Dublin", &[1, 2, 3, 4, 5, 6], &[Period::PRIME], []).unwrap();
    rules.calendars[1].calendar = hours;
    rules
}

#[test]
fn unchanged_rules_make_no_difference() -> Result<(), RulesError> {
    let report = simulate(&Router::new(standard())?, &Router::new(standard())?, year(20_000, 7));

    assert_eq!(report.calls, 20_000);
    assert!(report.is_unchanged() && report.moved.is_empty(), "{report:?}");
    assert_eq!(report.duty_pages.before, report.duty_pages.after);
    assert!(report.queues.values().all(|load| load.hours_before == load.hours_after));
    Ok(())
}

#[test]
fn work_on_saturdays_takes_calls_from_the_duty_manager_and_keeps_their_promises() {
    let saturday = at("2026-11-28T12:00:00Z");
    let due = at("2026-11-28T16:00:00Z");
    let calls = [
        call("C-1", Severity::Critical, saturday, Some(due)),
        call("C-2", Severity::Moderate, saturday, Some(due)),
        call("C-3", Severity::Moderate, at("2026-11-26T12:00:00Z"), Some(due)),
    ];
    let report = simulate(&router(standard()), &router(with_saturdays()), calls);

    assert_eq!((report.calls, report.moved_count, report.waits_changed), (3, 1, 1));
    assert_eq!(
        report.moved,
        [Move {
            name: "C-1".into(),
            at: saturday,
            severity: Severity::Critical,
            from_queue: "duty".into(),
            to_queue: "emea-general".into(),
            why_before: "duty: no CAC open".into(),
            why_after: "home CAC, open till 20:00".into(),
        }]
    );
    assert_eq!(report.duty_pages, Change { before: 1, after: 0 });
    assert_eq!((report.promises.gained, report.promises.lost), (1, 0));
    assert_eq!(report.promises.possible, Change { before: 2, after: 3 });
    assert_eq!(report.queues["emea-general"].calls, Change { before: 2, after: 3 });
    assert_eq!(report.queues["emea-general"].hours_after[12], 3);

    let calls = [call("C-2", Severity::Moderate, saturday, Some(due))];
    let back = simulate(&router(with_saturdays()), &router(standard()), calls);
    assert_eq!((back.promises.gained, back.promises.lost), (0, 1));
    assert_eq!(back.promises.lost_calls[0].first_after, Some(at("2026-11-30T08:00:00Z")));
}

#[test]
fn the_lines_are_cut_and_the_count_is_not() {
    let mut rules = standard();
    for queue in &mut rules.queues {
        queue.slug = format!("{}-2", queue.slug);
    }
    let report = simulate(&router(standard()), &router(rules), year(2_000, 1));

    assert_eq!(report.moved.len(), 500);
    assert!(report.moved_count > 1_500, "{}", report.moved_count);
    let sums = report.queues.values().fold((0, 0), |sum, load| (sum.0 + load.calls.before, sum.1 + load.calls.after));
    assert_eq!(sums, (2_000, 2_000));
}

#[test]
fn the_same_seed_makes_the_same_year_and_another_one_does_not() {
    let once: Vec<_> = year(500, 3).collect();

    assert_eq!(once, year(500, 3).collect::<Vec<_>>());
    assert_ne!(once, year(500, 4).collect::<Vec<_>>());
    assert_eq!((once.len(), once[0].name.as_str(), once[499].name.as_str()), (500, "#1", "#500"));
}

#[test]
fn a_made_up_year_has_the_shape_it_was_given() {
    let calls: Vec<_> = year(20_000, 5).collect();
    let share = |of: &dyn Fn(&Asked) -> bool| calls.iter().filter(|c| of(c)).count() * 100 / calls.len();

    let local = |call: &Asked| {
        let wall = crate::domain::calendar::zone(&call.facts.site_zone).unwrap().to_datetime(call.facts.at);
        (wall.weekday().to_monday_zero_offset(), wall.hour())
    };
    // Of 1,488 parts of a week, 1,200 are prime hours and 48 the weekend.
    assert!((78..=82).contains(&share(&|c| local(c).0 < 5 && (8..20).contains(&local(c).1))));
    assert!((2..=4).contains(&share(&|c| local(c).0 > 4)));
    assert!((4..=6).contains(&share(&|c| c.facts.severity == Severity::Critical)));
    assert!((32..=35).contains(&share(&|c| c.facts.region == "APAC")));
    assert!((1..=3).contains(&share(&|c| !c.facts.covered)));
    assert!((23..=27).contains(&share(&|c| c.facts.subject.is_none())));
    assert!(calls.iter().all(|c| c.promise.is_some_and(|due| due > c.facts.at)));
    let (first, last) = (calls[0].facts.at, calls[19_999].facts.at);
    assert!(last.duration_since(first).as_hours() > 360 * 24);
}

#[test]
fn a_year_without_sites_has_no_calls() {
    let mut profile = Profile::like(&standard(), hours());
    profile.sites.clear();
    assert_eq!(synthetic_year(at("2026-11-23T00:00:00Z"), 10, 1, &profile).count(), 0);
}
