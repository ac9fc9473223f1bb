use super::*;
use crate::domain::severity::Severity;
use crate::router::{Facts, Rules};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn standard() -> Router {
    Router::new(Rules::standard().unwrap()).unwrap()
}

fn held(queue: &str, since: &str) -> Held {
    Held { queue: queue.into(), subject: Some("hardware".into()), region: "EMEA".into(), since: at(since) }
}

fn moves(from: &str, until: &str, held: &Held) -> Vec<String> {
    let moves = standard().journey(held, at(from), at(until));
    moves.iter().map(|(at, h)| format!("{at} {}", h.queue)).collect()
}

#[test]
fn at_the_close_of_its_cac_a_call_goes_to_whoever_is_awake_longest() {
    let call = held("emea-hardware", "2026-11-25T12:00:00Z");

    assert_eq!(standard().handover(&call, at("2026-11-25T19:59:59Z")), None);
    let handover = standard().handover(&call, at("2026-11-25T20:00:30Z")).unwrap();

    assert_eq!((handover.queue.as_str(), handover.boundary_at), ("amer-hardware", at("2026-11-25T20:00:00Z")));
    assert_eq!(handover.said(), "EMEA closed; AMER has it from here.");
    assert_eq!(
        handover.why,
        [
            "EMEA closed at 20:00 Dublin",
            "AMER is awake longest, open till 20:00 New York",
            "Subject hardware → AMER hardware"
        ]
    );
    assert_eq!(handover.chip, "EMEA closed, AMER open till 20:00");
}

#[test]
fn a_call_goes_round_the_globe_and_no_opening_pulls_it_back() {
    let call = held("emea-hardware", "2026-11-25T12:00:00Z");
    // APAC opens at 23:00 while AMER has it, EMEA at 08:00 while APAC has it: nothing moves then.
    assert_eq!(
        moves("2026-11-25T12:00:00Z", "2026-11-27T12:00:00Z", &call),
        [
            "2026-11-25T20:00:00Z amer-hardware",
            "2026-11-26T01:00:00Z apac-hardware",
            "2026-11-26T11:00:00Z emea-hardware",
            "2026-11-26T20:00:00Z amer-hardware",
            "2026-11-27T01:00:00Z apac-hardware",
            "2026-11-27T11:00:00Z emea-hardware",
        ]
    );
}

#[test]
fn at_the_weekend_duty_has_it_and_the_first_to_open_takes_it() {
    let call = held("amer-hardware", "2026-11-27T22:00:00Z");
    assert_eq!(
        moves("2026-11-27T22:00:00Z", "2026-11-30T12:00:00Z", &call),
        ["2026-11-28T01:00:00Z duty", "2026-11-29T23:00:00Z apac-hardware", "2026-11-30T11:00:00Z emea-hardware",]
    );
    let friday = standard().handover(&call, at("2026-11-28T01:00:00Z")).unwrap();
    assert_eq!(friday.said(), "AMER closed and no other region is open; our duty manager has it from here.");
    let monday = standard().handover(&held("duty", "2026-11-28T01:00:00Z"), at("2026-11-29T23:00:00Z")).unwrap();
    assert_eq!(monday.said(), "APAC has opened and has it from here.");
}

#[test]
fn the_boundary_is_the_close_also_for_who_comes_late() {
    let call = held("emea-hardware", "2026-11-23T12:00:00Z");
    let late = standard().handover(&call, at("2026-11-26T06:00:00Z")).unwrap();
    assert_eq!((late.boundary_at, late.queue.as_str()), (at("2026-11-25T20:00:00Z"), "apac-hardware"));
    // Put by hand where nobody is any more: that was the moment.
    let call = held("emea-hardware", "2026-11-26T05:00:00Z");
    assert_eq!(standard().handover(&call, at("2026-11-26T06:00:00Z")).unwrap().boundary_at, call.since);
}

#[test]
fn what_belongs_to_no_cac_stays_where_it_is() {
    for queue in ["renewals-emea", "partner", "imported-team"] {
        assert_eq!(standard().handover(&held(queue, "2026-11-25T12:00:00Z"), at("2026-11-26T03:00:00Z")), None);
    }
    let unknown = Held { region: "MOON".into(), ..held("duty", "2026-11-25T12:00:00Z") };
    assert_eq!(standard().handover(&unknown, at("2026-11-26T03:00:00Z")), None);
}

#[test]
fn what_somebody_gave_to_duty_by_hand_stays_there_until_somebody_opens() {
    let given = held("duty", "2026-11-25T12:00:00Z");
    assert_eq!(standard().handover(&given, at("2026-11-25T12:30:00Z")), None);
    let (when, handover) = standard().next_handover(&given, at("2026-11-25T12:30:00Z")).unwrap();
    assert_eq!((when, handover.queue.as_str()), (at("2026-11-25T13:00:00Z"), "amer-hardware"));
}

#[test]
fn the_next_turn_names_who_gives_and_who_takes() {
    let turn = |now: &str| standard().next_turn(at(now)).map(|t| (t.at.to_string(), t.from, t.to)).unwrap();
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(turn("2026-11-25T18:40:00Z"), ("2026-11-25T20:00:00Z".into(), code("EMEA"), code("AMER")));
    assert_eq!(turn("2026-11-28T00:30:00Z"), ("2026-11-28T01:00:00Z".into(), code("AMER"), None));
    assert_eq!(turn("2026-11-28T12:00:00Z"), ("2026-11-29T23:00:00Z".into(), None, code("APAC")));
}

#[test]
fn every_queue_without_anybody_is_forsaken() {
    let forsaken = standard().forsaken(at("2026-11-25T03:00:00Z"));
    assert!(forsaken.contains(&"emea-os".to_owned()) && forsaken.contains(&"duty".to_owned()));
    assert!(!forsaken.iter().any(|queue| queue.starts_with("apac")), "{forsaken:?}");
    assert!(!standard().forsaken(at("2026-11-28T12:00:00Z")).contains(&"duty".to_owned()));
}

#[test]
fn boundaries_are_every_opening_and_close() {
    let all = standard().boundaries(at("2026-11-25T08:00:00Z"), at("2026-11-26T08:00:00Z"));
    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
    let expected = [
        "2026-11-25T11:00:00Z",
        "2026-11-25T13:00:00Z",
        "2026-11-25T20:00:00Z",
        "2026-11-25T23:00:00Z",
        "2026-11-26T01:00:00Z",
        "2026-11-26T08:00:00Z",
    ];
    assert_eq!(all, expected);
}

#[test]
fn what_came_back_after_the_close_has_a_boundary_of_its_own() {
    let others = standard().handover(&held("emea-hardware", "2026-11-25T12:00:00Z"), at("2026-11-25T23:00:30Z"));
    let back = standard().handover(&held("emea-hardware", "2026-11-25T22:55:00Z"), at("2026-11-25T23:00:30Z"));
    let boundaries = (others.unwrap().boundary_at, back.unwrap().boundary_at);
    assert_eq!(boundaries, (at("2026-11-25T20:00:00Z"), at("2026-11-25T22:55:00Z")));
}

#[test]
fn whoever_files_and_whoever_hands_over_find_the_same_center() {
    let mut without = Rules::standard().unwrap();
    without.queues.retain(|queue| !["apac-hardware", "apac-general", "amer-storage"].contains(&queue.slug.as_str()));
    // 23:30 in London: APAC stays longer, but only AMER knows hardware.
    let night = Facts {
        subject: Some("hardware".into()),
        ..Facts::plain("EMEA", "Europe/Paris", Severity::Critical, at("2026-11-25T23:30:00Z"))
    };
    assert_eq!(Router::new(without.clone()).unwrap().route(&night).queue, "amer-hardware");
    let mut agreed = 0;
    for router in [standard(), Router::new(without).unwrap()] {
        for hour in 0..14 * 24 {
            let now = at("2026-10-19T00:30:00Z") + SignedDuration::from_hours(hour);
            for subject in ["hardware", "storage", "os"] {
                let facts = Facts { subject: Some(subject.into()), at: now, ..night.clone() };
                let held =
                    Held { subject: facts.subject.clone(), since: now, ..held("emea-general", "2026-10-19T00:30:00Z") };
                let Some(handover) = router.handover(&held, now) else { continue };
                let routed = router.route(&facts);
                assert_eq!((handover.queue, handover.to), (routed.queue, routed.cac), "{subject} at {now}");
                agreed += 1;
            }
        }
    }
    assert!(agreed > 1_000, "EMEA was hardly ever closed: {agreed}");
}

#[test]
fn where_nobody_awake_has_a_queue_the_reason_says_so() {
    let mut rules = Rules::standard().unwrap();
    rules.queues.retain(|queue| queue.cac == "EMEA");
    let facts = Facts {
        subject: Some("hardware".into()),
        ..Facts::plain("EMEA", "Europe/Paris", Severity::Critical, at("2026-11-25T23:30:00Z"))
    };
    let decision = Router::new(rules).unwrap().route(&facts);
    assert_eq!((decision.queue.as_str(), decision.chip()), ("duty", "duty: no queue for it"));
    assert!(decision.why.contains(&"No other CAC that is open has a queue for subject hardware".to_owned()));
}
