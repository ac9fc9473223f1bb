//! Worked by hand, in June 2026 where nothing else is said: 30 days are 720 hours.
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `10 08:00` of June.
fn june(text: &str) -> Timestamp {
    at(&format!("2026-06-{}:00Z", text.replace(' ', "T")))
}

fn during(from: &str, to: &str) -> Period {
    Period { from: june(from), to: june(to) }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn recorded(recorded_at: Timestamp, fact: Fact) -> Evidence {
    Evidence { recorded_at, withdrawn_at: None, fact }
}

fn redundancy(text: &str, state: Redundancy) -> Evidence {
    recorded(june(text), Fact::Redundancy { at: june(text), state, call: Some(7) })
}

fn end(at: Timestamp) -> End {
    End { at, recorded_at: at }
}

fn critical(from: Timestamp, until: Timestamp) -> Evidence {
    recorded(from, Fact::Critical { from, until: Some(end(until)), call: 1_234_567 })
}

fn outage(from: &str, to: &str) -> Evidence {
    critical(june(from), june(to))
}

fn silence(from: &str, to: &str) -> Evidence {
    recorded(june(from), Fact::Silence { from: june(from), until: Some(end(june(to))), call: None })
}

fn work(from: &str, to: &str) -> Evidence {
    recorded(june("01 00:00"), Fact::Work { during: during(from, to), window: Uuid::nil(), title: "Firmware".into() })
}

fn dispute(from: &str, to: &str, says: Says, accepted: Option<&str>) -> Evidence {
    let verdict = accepted.map(|day| Verdict { at: june(day), by: Uuid::max(), accepted: true });
    let during = during(from, to);
    let why = "The line of the customer was cut.".to_owned();
    recorded(during.to, Fact::Annotated(Annotation { during, says, why, who: Uuid::nil(), verdict }))
}

fn of(year_month: (i16, i8), as_of: &str, evidence: &[Evidence]) -> Report {
    let system = Observed { installed_at: at("2024-01-01T00:00:00Z"), evidence };
    system.report(month(&TimeZone::UTC, year_month.0, year_month.1).unwrap(), at(as_of))
}

fn of_june(evidence: &[Evidence]) -> Report {
    of((2026, 6), "2026-07-02T00:00:00Z", evidence)
}

fn states(report: &Report) -> Vec<State> {
    report.intervals.iter().map(|interval| interval.state).collect()
}

fn shown(figures: &Figures) -> String {
    figures.availability().unwrap().to_string()
}

#[test]
fn a_system_of_which_nobody_has_heard_anything_is_up() {
    let report = of_june(&[]);

    assert_eq!(report.figures, Figures { covered: hours(720), ..Figures::default() });
    assert_eq!(states(&report), [State::Up]);
    assert_eq!((report.figures.mttr(), report.figures.mtbf()), (None, None));
    assert_eq!(shown(&report.figures), "100 %");
}

#[test]
fn four_hours_of_june_are_two_nines() {
    let figures = of_june(&[outage("10 08:00", "10 12:00")]).figures;

    // 4 / 720 = 0.5556 %, which leaves 99.4444 %. It failed once in 716 hours of operation.
    assert_eq!((figures.outages, figures.downtime), (1, hours(4)));
    assert_eq!((figures.mttr(), figures.mtbf()), (Some(hours(4)), Some(hours(716))));
    assert_eq!((shown(&figures).as_str(), figures.availability().unwrap().nines()), ("99.44 %", Some(2)));
}

#[test]
fn the_mean_of_one_hour_and_three_is_two() {
    let figures = of_june(&[outage("10 08:00", "10 09:00"), outage("20 08:00", "20 11:00")]).figures;

    // MTTR (1 + 3) / 2; MTBF (720 − 4) / 2.
    assert_eq!((figures.mttr(), figures.mtbf()), (Some(hours(2)), Some(hours(358))));
}

#[test]
fn time_without_redundancy_is_exposed_and_up() {
    let lost = [redundancy("10 00:00", Redundancy::Simplex), redundancy("12 06:00", Redundancy::Duplex)];
    let report = of_june(&lost);

    // Two days and six hours.
    assert_eq!(report.figures.exposure, hours(54));
    assert_eq!(shown(&report.figures), "100 %");
    assert_eq!(states(&report), [State::Up, State::Exposed, State::Up]);
}

#[test]
fn what_is_reported_down_and_critical_is_one_outage() {
    let told = [
        redundancy("10 08:00", Redundancy::Down),
        outage("10 08:05", "10 11:00"),
        redundancy("10 10:00", Redundancy::Duplex),
    ];
    let report = of_june(&told);

    // Down from 8 to 10, critical from 8:05 to 11: three hours, in three pieces.
    let whole = Outage { from: june("10 08:00"), until: Some(june("10 11:00")), downtime: hours(3) };
    assert_eq!(report.outages, [whole]);
    assert_eq!((report.figures.outages, report.figures.mttr()), (1, Some(hours(3))));
    assert_eq!(states(&report), [State::Up, State::Outage, State::Outage, State::Outage, State::Up]);
}

#[test]
fn every_minute_has_its_evidence_and_what_decided_comes_first() {
    let told = [silence("10 06:00", "10 10:00"), outage("10 08:00", "10 09:00")];
    let report = of_june(&told);

    let found: Vec<Vec<&Evidence>> = report.intervals.iter().map(|one| one.evidence().collect()).collect();
    let [quiet, call] = &told;
    assert_eq!(found, [vec![], vec![quiet], vec![call, quiet], vec![quiet], vec![]]);
    assert_eq!(report.intervals[2].during, during("10 08:00", "10 09:00"));
    assert_eq!(report.intervals[0].decided_by, None);
}

#[test]
fn of_two_calls_the_one_that_has_stood_longer_decides() {
    let told = [outage("10 08:00", "10 12:00"), critical(june("10 09:00"), june("10 10:00"))];
    let report = of_june(&told);

    assert_eq!(report.intervals[2].evidence().collect::<Vec<_>>(), told.iter().collect::<Vec<_>>());
}

#[test]
fn silence_is_an_outage_only_where_a_call_says_so() {
    let figures = of_june(&[silence("10 00:00", "10 06:00"), outage("10 02:00", "10 03:00")]).figures;

    // Six hours of silence, one of them an outage. The other five are up: 719 / 720.
    assert_eq!((figures.unheard, figures.downtime), (hours(5), hours(1)));
    assert_eq!(figures.uptime(), hours(719));
}

#[test]
fn planned_work_takes_away_what_is_worse_than_up() {
    let told = [
        work("10 20:00", "11 00:00"),
        redundancy("10 21:00", Redundancy::Down),
        redundancy("10 22:00", Redundancy::Simplex),
        redundancy("10 23:00", Redundancy::Duplex),
    ];
    let report = of_june(&told);

    // Of four hours the first and the last are up: two are planned, and 718 are owed.
    assert_eq!((report.figures.planned, report.figures.service_time()), (hours(2), hours(718)));
    assert_eq!((report.figures.outages, shown(&report.figures).as_str()), (0, "100 %"));
    assert_eq!(states(&report), [State::Up, State::Up, State::Planned, State::Planned, State::Up, State::Up]);
}

#[test]
fn work_that_takes_longer_than_planned_is_an_outage_from_then_on() {
    let report = of_june(&[work("10 20:00", "10 22:00"), outage("10 21:00", "10 23:30")]);

    // An hour is planned, 90 minutes are not: 717.5 / 719 = 99.7914 %.
    assert_eq!((report.figures.planned, report.figures.downtime), (hours(1), minutes(90)));
    assert_eq!(report.outages[0].from, june("10 22:00"));
    assert_eq!(shown(&report.figures), "99.79 %");
}

#[test]
fn planned_work_on_a_system_that_is_down_does_not_make_two_outages_of_one() {
    let report = of_june(&[outage("10 08:00", "10 14:00"), work("10 10:00", "10 12:00")]);

    // Six hours, two of them planned.
    let one = Outage { from: june("10 08:00"), until: Some(june("10 14:00")), downtime: hours(4) };
    assert_eq!(report.outages, [one]);
    assert_eq!((report.figures.outages, report.figures.mttr()), (1, Some(hours(4))));
}

#[test]
fn an_outage_over_midnight_of_the_first_began_in_one_month_and_ended_in_the_next() {
    let told = [critical(at("2026-05-31T22:00:00Z"), june("01 03:00"))];
    let (may, june) = (of((2026, 5), "2026-07-02T00:00:00Z", &told).figures, of_june(&told).figures);

    // Two hours in May and three in June; whoever waited for it to end waited for five.
    assert_eq!((may.downtime, may.outages, may.mttr()), (hours(2), 1, None));
    assert_eq!((june.downtime, june.outages, june.mttr()), (hours(3), 0, Some(hours(5))));
    assert_eq!((may.mtbf(), june.mtbf()), (Some(hours(744 - 2)), None));
}

#[test]
fn a_month_that_has_not_passed_counts_as_far_as_it_has() {
    let report = of((2026, 6), "2026-06-11T00:00:00Z", &[redundancy("10 12:00", Redundancy::Down)]);

    // Ten days, and the last twelve hours of them down.
    assert_eq!((report.figures.covered, report.figures.downtime), (hours(240), hours(12)));
    assert_eq!(report.outages[0].until, None);
    assert_eq!(report.figures.mttr(), None);
}

#[test]
fn a_system_is_owed_from_when_it_was_installed() {
    let evidence = [outage("20 22:00", "22 00:00")];
    let system = Observed { installed_at: june("21 00:00"), evidence: &evidence };
    let whole = month(&TimeZone::UTC, 2026, 6).unwrap();

    // Ten days are left, one of them down: 216 / 240.
    let report = system.report(whole, june("30 23:00") + hours(1));
    assert_eq!((report.figures.covered, report.figures.downtime), (hours(240), hours(24)));
    assert_eq!((shown(&report.figures).as_str(), report.outages[0].from), ("90 %", june("21 00:00")));

    let before = system.report(whole, june("15 00:00"));
    assert_eq!((before.intervals, before.figures.availability()), (vec![], None));
}

#[test]
fn a_dispute_is_shown_and_counts_once_it_is_accepted() {
    let told = [outage("10 08:00", "10 12:00"), dispute("10 08:00", "10 09:00", Says::Excluded, Some("12 00:00"))];
    let asked = of((2026, 6), "2026-06-11T00:00:00Z", &told);
    let answered = of_june(&told).figures;

    // Ten days with four hours down; then thirty days less one hour, with three hours down.
    assert_eq!((asked.figures.downtime, asked.figures.disputed), (hours(4), hours(1)));
    assert!(asked.intervals[1].is_disputed() && !asked.intervals[2].is_disputed());
    assert_eq!((answered.downtime, answered.excluded, answered.disputed), (hours(3), hours(1), hours(0)));
    assert_eq!((answered.outages, answered.service_time()), (1, hours(719)));
}

#[test]
fn of_two_answers_the_later_holds() {
    let told = [
        dispute("10 08:00", "10 12:00", Says::Outage, Some("14 00:00")),
        dispute("10 10:00", "10 14:00", Says::Up, Some("13 00:00")),
    ];
    let report = of_june(&told);

    // What was accepted on the 14th holds from 8 to 12, the other from 12 to 14.
    assert_eq!(report.figures.downtime, hours(4));
    assert_eq!(states(&report), [State::Up, State::Outage, State::Outage, State::Up, State::Up]);
}

#[test]
fn an_old_month_made_again_is_the_old_report() {
    let (then, later) = ("2026-07-02T00:00:00Z", at("2026-07-09T00:00:00Z"));
    let call = |until| recorded(june("30 20:00"), Fact::Critical { from: june("30 20:00"), until, call: 1 });
    let old = of((2026, 6), then, &[call(None), work("10 20:00", "10 22:00"), silence("10 21:00", "10 23:00")]);

    // Since then: the call ended at 21:00, the window turned out wrong, a stored alarm of the 5th came.
    let since = [
        call(Some(End { at: june("30 21:00"), recorded_at: later })),
        Evidence { withdrawn_at: Some(later), ..work("10 20:00", "10 22:00") },
        silence("10 21:00", "10 23:00"),
        recorded(later, Fact::Redundancy { at: june("05 00:00"), state: Redundancy::Simplex, call: None }),
    ];
    assert_eq!(of((2026, 6), then, &since), old);
    // 4 hours down become 1, 1 hour planned none, and what is exposed is so from the 5th on but for that hour.
    let new = of((2026, 6), "2026-07-10T00:00:00Z", &since).figures;
    assert_eq!((old.figures.downtime, old.figures.planned, old.figures.exposure), (hours(4), hours(1), hours(0)));
    assert_eq!((new.downtime, new.planned, new.exposure), (hours(1), hours(0), hours(26 * 24 - 1)));
}

#[test]
fn of_two_changes_at_one_instant_the_one_that_came_last_holds() {
    let late = Evidence { recorded_at: june("10 09:00"), ..redundancy("10 08:00", Redundancy::Duplex) };
    assert_eq!(of_june(&[late, redundancy("10 08:00", Redundancy::Down)]).figures.downtime, hours(0));
}

#[test]
fn a_report_reads_back_as_it_was_written() {
    let told = [outage("10 08:00", "10 12:00"), work("10 10:00", "10 11:00"), silence("12 00:00", "13 00:00")];
    let answered = dispute("10 08:00", "10 09:00", Says::Excluded, Some("12 00:00"));
    let report = of_june(&[&told[..], &[answered, redundancy("20 00:00", Redundancy::Simplex)]].concat());

    let written = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&written).unwrap(), report);
}
