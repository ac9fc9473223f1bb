//! What holds of every report, over short stretches with everything in them that can be.
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    oracle::{self, Counted, Second},
    *,
};

const START: i64 = 1_764_000_000;
const SPAN: i64 = 60;

fn at(second: i64) -> Timestamp {
    Timestamp::constant(START, 0) + SignedDuration::from_secs(second)
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (0..SPAN).prop_map(at)
}

/// Some of them are empty, as what was ended before it began.
fn periods() -> impl Strategy<Value = Period> {
    (instants(), -2..SPAN / 2)
        .prop_map(|(from, seconds)| Period { from, to: from + SignedDuration::from_secs(seconds) })
}

fn ends() -> impl Strategy<Value = Option<End>> {
    proptest::option::of((instants(), instants()).prop_map(|(at, recorded_at)| End { at, recorded_at }))
}

fn redundancies() -> impl Strategy<Value = Fact> {
    let states = prop_oneof![Just(Redundancy::Duplex), Just(Redundancy::Simplex), Just(Redundancy::Down)];
    (instants(), states).prop_map(|(at, state)| Fact::Redundancy { at, state, call: None })
}

fn annotations() -> impl Strategy<Value = Fact> {
    let says = prop_oneof![Just(Says::Up), Just(Says::Outage), Just(Says::Excluded)];
    let verdict = (instants(), prop::bool::weighted(0.8)).prop_map(|(at, accepted)| (at, accepted));
    (periods(), says, proptest::option::of(verdict)).prop_map(|(during, says, verdict)| {
        let verdict = verdict.map(|(at, accepted)| Verdict { at, by: Uuid::nil(), accepted });
        Fact::Annotated(Annotation { during, says, why: String::new(), who: Uuid::nil(), verdict })
    })
}

fn facts() -> impl Strategy<Value = Fact> {
    prop_oneof![
        3 => redundancies(),
        2 => (instants(), ends(), 1..4_i64).prop_map(|(from, until, call)| Fact::Critical { from, until, call }),
        2 => (instants(), ends()).prop_map(|(from, until)| Fact::Silence { from, until, call: None }),
        2 => periods().prop_map(|during| Fact::Work { during, window: Uuid::nil(), title: String::new() }),
        2 => annotations(),
    ]
}

fn evidence() -> impl Strategy<Value = Vec<Evidence>> {
    let withdrawn = proptest::option::weighted(0.2, instants());
    let one = (instants(), withdrawn, facts());
    vec(one.prop_map(|(recorded_at, withdrawn_at, fact)| Evidence { recorded_at, withdrawn_at, fact }), 0..9)
}

/// Everything a report is made of: the evidence, the installation, the period, the instant it is made as of.
fn cases() -> impl Strategy<Value = (Vec<Evidence>, Timestamp, Period, Timestamp)> {
    (evidence(), (0..SPAN / 2).prop_map(at), periods(), (SPAN / 3..SPAN + 5).prop_map(at))
}

fn report(evidence: &[Evidence], installed_at: Timestamp, period: Period, as_of: Timestamp) -> Report {
    Observed { installed_at, evidence }.report(period, as_of)
}

fn seconds(from: Timestamp, to: Timestamp) -> impl Iterator<Item = Timestamp> {
    let length = to.duration_since(from).as_secs().max(0);
    (0..length).map(move |second| from + SignedDuration::from_secs(second))
}

/// What is recorded later about what is known: ends, verdicts and withdrawals that it had not.
fn learned_later(mut one: Evidence, later: Timestamp) -> Evidence {
    match &mut one.fact {
        Fact::Critical { until, .. } | Fact::Silence { until, .. } => {
            until.get_or_insert(End { at: at(20), recorded_at: later });
        }
        Fact::Annotated(annotation) => {
            annotation.verdict.get_or_insert(Verdict { at: later, by: Uuid::max(), accepted: true });
        }
        Fact::Redundancy { .. } | Fact::Work { .. } => {}
    }
    one.withdrawn_at.get_or_insert(later);
    one
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn intervals_follow_each_other_from_the_beginning_to_the_end((evidence, installed, period, as_of) in cases()) {
        let Report { covered, intervals, figures, .. } = report(&evidence, installed, period, as_of);
        let mut reached = covered.from;
        for interval in &intervals {
            prop_assert_eq!(interval.during.from, reached);
            prop_assert!(!interval.during.is_empty());
            reached = interval.during.to;
        }
        prop_assert_eq!(reached, covered.to);
        let expected = Period { from: period.from.max(installed), to: period.to.min(as_of) };
        let as_expected = covered == expected || (covered.is_empty() && expected.is_empty());
        prop_assert!(as_expected);
        prop_assert_eq!(figures.covered, covered.length());
        for two in intervals.windows(2) {
            prop_assert!(two[0].state != two[1].state || !two[0].evidence().eq(two[1].evidence()));
        }
    }

    #[test]
    fn every_second_counts_as_it_does_on_its_own((evidence, installed, period, as_of) in cases()) {
        let Report { covered, intervals, figures, .. } = report(&evidence, installed, period, as_of);
        let found: Vec<State> = intervals
            .iter()
            .flat_map(|one| seconds(one.during.from, one.during.to).map(|_| one.state))
            .collect();
        let line: Vec<Second> =
            seconds(installed, covered.to).map(|now| oracle::second(&evidence, now, as_of)).collect();
        let skipped = usize::try_from(covered.from.duration_since(installed).as_secs().max(0)).unwrap();
        let expected: Vec<State> = line.iter().skip(skipped).map(|second| second.state).collect();
        prop_assert_eq!(found, expected);
        let counted = oracle::count(&line, |place| place >= skipped);
        let (began, ended) = (figures.outages, figures.restored);
        prop_assert_eq!(Counted { began, ended, length_of_ended: figures.restoring.as_secs() }, counted);
    }

    #[test]
    fn every_state_but_up_has_what_decided_it((evidence, installed, period, as_of) in cases()) {
        for interval in report(&evidence, installed, period, as_of).intervals {
            prop_assert!(interval.state == State::Up || interval.decided_by.is_some(), "{:?}", interval);
            for one in interval.evidence() {
                prop_assert!(evidence.iter().any(|given| given.known(as_of).as_ref() == Some(one)));
            }
        }
    }

    #[test]
    fn the_order_in_which_evidence_comes_does_not_matter(
        ((evidence, installed, period, as_of), shuffled) in
            cases().prop_flat_map(|case| (Just(case.clone()), Just(case.0).prop_shuffle())),
    ) {
        let twice: Vec<Evidence> = shuffled.iter().chain(&evidence).cloned().collect();
        let expected = report(&evidence, installed, period, as_of);
        prop_assert_eq!(&report(&shuffled, installed, period, as_of), &expected);
        prop_assert_eq!(&report(&twice, installed, period, as_of), &expected, "told twice");
    }

    #[test]
    fn what_is_recorded_later_changes_nothing(
        (evidence, installed, period, as_of) in cases(),
        more in evidence(),
    ) {
        let later = as_of + SignedDuration::from_secs(1);
        let mut all: Vec<Evidence> = evidence.iter().cloned().map(|one| learned_later(one, later)).collect();
        all.extend(more.into_iter().map(|one| Evidence { recorded_at: later, withdrawn_at: None, ..one }));
        let old = report(&evidence, installed, period, as_of);
        prop_assert_eq!(report(&all, installed, period, as_of), old);
    }

    #[test]
    fn the_parts_of_a_period_add_up_to_it((evidence, installed, period, as_of) in cases(), cut in instants()) {
        let cut = cut.max(period.from).min(period.to.max(period.from));
        let figures = |from, to| report(&evidence, installed, Period { from, to }, as_of).figures;
        let parts = figures(period.from, cut) + figures(cut, period.to);
        prop_assert_eq!(parts, figures(period.from, period.to));
    }

    #[test]
    fn what_is_shown_adds_up((evidence, installed, period, as_of) in cases()) {
        let Report { covered, intervals, figures, .. } = report(&evidence, installed, period, as_of);
        let of = |state| -> SignedDuration {
            intervals.iter().filter(|one| one.state == state).map(|one| one.during.length()).sum()
        };
        prop_assert_eq!(State::ALL.map(of).into_iter().sum::<SignedDuration>(), covered.length());
        prop_assert_eq!(figures.uptime(), of(State::Up) + of(State::Unheard) + of(State::Exposed));
        prop_assert_eq!(figures.service_time(), figures.uptime() + of(State::Outage));
        prop_assert!(figures.availability().is_none_or(|share| share.up <= share.of));
    }
}
