//! Two pieces of evidence of the same stretch, every pair of kinds in both orders.
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;

const FROM: Timestamp = Timestamp::constant(1_764_000_000, 0);
const TO: Timestamp = Timestamp::constant(1_764_000_060, 0);
const STRETCH: Period = Period { from: FROM, to: TO };

const KINDS: [&str; 11] = [
    "duplex",
    "simplex",
    "down",
    "critical",
    "silence",
    "work",
    "proposed",
    "rejected",
    "accepted up",
    "accepted outage",
    "accepted excluded",
];

/// By row the first, by column the second, whose verdict is later: (U)p, u(N)heard, (E)xposed, (O)utage, (P)lanned,
/// e(X)cluded.
const STATES: [&str; 11] = [
    "UEOONUUUUOX",
    "EEOOEPEEUOX",
    "OOOOOPOOUOX",
    "OOOOOPOOUOX",
    "NEOONPNNUOX",
    "UPPPPUUUUOX",
    "UEOONUUUUOX",
    "UEOONUUUUOX",
    "UUUUUUUUUOX",
    "OOOOOOOOUOX",
    "XXXXXXXXUOX",
];

fn letter(state: State) -> char {
    match state {
        State::Up => 'U',
        State::Unheard => 'N',
        State::Exposed => 'E',
        State::Outage => 'O',
        State::Planned => 'P',
        State::Excluded => 'X',
    }
}

fn annotated(says: Says, accepted: Option<bool>, at: Timestamp) -> Fact {
    let verdict = accepted.map(|accepted| Verdict { at, by: Uuid::nil(), accepted });
    Fact::Annotated(Annotation { during: STRETCH, says, why: String::new(), who: Uuid::nil(), verdict })
}

fn fact(kind: &str, place: i64) -> Fact {
    let verdict_at = FROM + SignedDuration::from_secs(place);
    let call = place;
    match kind {
        "duplex" => Fact::Redundancy { at: FROM, state: Redundancy::Duplex, call: Some(call) },
        "simplex" => Fact::Redundancy { at: FROM, state: Redundancy::Simplex, call: Some(call) },
        "down" => Fact::Redundancy { at: FROM, state: Redundancy::Down, call: Some(call) },
        "critical" => Fact::Critical { from: FROM, until: None, call },
        "silence" => Fact::Silence { from: FROM, until: None, call: Some(call) },
        "work" => Fact::Work { during: STRETCH, window: Uuid::nil(), title: String::new() },
        "proposed" => annotated(Says::Outage, None, verdict_at),
        "rejected" => annotated(Says::Outage, Some(false), verdict_at),
        "accepted up" => annotated(Says::Up, Some(true), verdict_at),
        "accepted outage" => annotated(Says::Outage, Some(true), verdict_at),
        "accepted excluded" => annotated(Says::Excluded, Some(true), verdict_at),
        other => panic!("{other}"),
    }
}

fn state(facts: impl IntoIterator<Item = Fact>) -> State {
    let evidence = facts.into_iter().map(|fact| Evidence { recorded_at: FROM, withdrawn_at: None, fact });
    let evidence: Vec<Evidence> = evidence.collect();
    let report = Observed { installed_at: FROM, evidence: &evidence }.report(STRETCH, TO);
    assert_eq!(report.intervals.len(), 1, "{evidence:?}");
    report.intervals[0].state
}

#[test]
fn every_pair_counts_as_the_table_says() {
    for (first, row) in KINDS.iter().zip(STATES) {
        for (second, expected) in KINDS.iter().zip(row.chars()) {
            let found = letter(state([fact(first, 1), fact(second, 2)]));
            assert_eq!(found, expected, "{first}, then {second}");
        }
    }
}

#[test]
fn planned_work_gives_way_to_no_pair_but_to_what_is_accepted() {
    for (first, row) in KINDS.iter().zip(STATES) {
        for (second, alone) in KINDS.iter().zip(row.chars()) {
            let accepted = first.starts_with("accepted") || second.starts_with("accepted");
            let planned = !accepted && "NEO".contains(alone);
            let found = letter(state([fact("work", 0), fact(first, 1), fact(second, 2)]));
            assert_eq!(found, if planned { 'P' } else { alone }, "{first}, then {second}");
        }
    }
}
