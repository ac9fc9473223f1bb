//! The lifecycle against the table of the house rules, state by state; and the fold over random lives.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    access::{Actor, Party},
    handover::Handed,
    number::CallNumber,
    remote::{self, Event},
    severity::Severity,
};

/// Verb, from, to (`same` keeps), who: as the rules have it, for a call that no partner reviews.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("edit", "new open awaiting_customer on_hold resolved", "same", "customer partner staff"),
    ("acknowledge", "new", "open", "staff"),
    ("assign", "new", "open", "staff"),
    ("assign", "open awaiting_customer on_hold", "same", "staff"),
    ("comment", "new open on_hold resolved closed", "same", "customer partner staff hub"),
    ("comment", "awaiting_customer", "same", "staff"),
    ("comment", "awaiting_customer", "open", "customer partner hub"),
    ("note", "new open awaiting_customer on_hold resolved closed", "same", "staff"),
    ("ask_customer", "open", "awaiting_customer", "staff"),
    ("answer", "awaiting_customer", "open", "customer partner hub"),
    ("hold", "open", "on_hold", "staff"),
    ("resume", "on_hold", "open", "staff"),
    ("change_severity", "new open awaiting_customer on_hold resolved", "same", "staff"),
    ("hand_over", "new open awaiting_customer on_hold", "same", "staff timer"),
    ("accept_handover", "new open awaiting_customer on_hold", "same", "staff"),
    ("restore", "open awaiting_customer on_hold", "same", "staff"),
    ("resolve", "open awaiting_customer on_hold", "resolved", "staff"),
    ("reject_solution", "resolved", "open", "customer partner"),
    ("accept", "resolved", "closed", "customer partner"),
    ("close", "resolved", "closed", "staff timer"),
    ("reopen", "closed", "open", "customer partner staff"),
    ("cancel", "new open awaiting_customer on_hold resolved", "cancelled", "staff"),
    // The customer of these calls is the one who filed them.
    ("cancel", "new", "cancelled", "customer"),
    // These calls are about a silence as well.
    ("playbook_step", "new open awaiting_customer on_hold", "same", "staff partner"),
];

const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

fn actor(party: Party) -> Actor {
    Actor { party, id: Some(Uuid::from_u128(party as u128 + 1)) }
}

fn filing() -> Filing {
    Filing {
        title: "Fan 2 below threshold".into(),
        severity: Severity::Moderate,
        subject: None,
        contact: String::new(),
        available_24x7: false,
        service_level: None,
        alarm_id: None,
        external_number: None,
    }
}

fn identity() -> Identity {
    Identity {
        customer_id: Uuid::from_u128(100),
        id: Uuid::from_u128(101),
        number: CallNumber::from_serial(2_000_001),
        site_id: Uuid::from_u128(102),
        system_id: None,
    }
}

fn handed() -> Handed {
    Handed { from: Some("EMEA".into()), to: Some("APAC".into()), accept_by: Some(NOW) }
}

fn call(status: Status, review: Option<Review>) -> Call {
    let mut call = Call::file(identity(), &filing(), &actor(Party::Customer), NOW, NOW);
    call.version = 1;
    call.status = status;
    call.review = review;
    call.course.playbook = Some(Playbook::default());
    call.course.handed = status.is_worked().then(handed);
    call.ended_at = status.is_ended().then_some(NOW);
    call
}

/// One change of each verb that the table judges.
fn changes() -> Vec<Change> {
    vec![
        Change::Edit(Box::new(Edits { title: Some(Edited::to("Fan 3".into())), ..Edits::default() })),
        Change::Acknowledge,
        Change::Assign { assignee: None },
        Change::Comment { wants_severity: None },
        Change::Note,
        Change::AskCustomer,
        Change::Answer,
        Change::Hold { reason: HoldReason::Vendor },
        Change::Resume,
        Change::ChangeSeverity { from: Severity::Moderate, to: Severity::Serious, missed: Vec::new() },
        Change::TakeReview,
        Change::PassOn,
        Change::Dismiss,
        Change::HandOver { queue: "apac-hardware".into(), shift: None },
        Change::AcceptHandover,
        Change::Restore,
        Change::Resolve { code: "fixed".into(), cause: "dust".into() },
        Change::RejectSolution,
        Change::Accept,
        Change::Close { code: CloseCode::Solved },
        Change::Reopen,
        Change::Cancel { duplicate_of: None },
        Change::PlaybookStep { step: Step::CallSite, found: Some(Found::LineDown) },
    ]
}

fn expected(verb: &str, from: Status, party: Party) -> Option<Status> {
    let has = |list: &str, word: &str| list.split(' ').any(|w| w == word);
    let row = TABLE.iter().find(|(v, f, _, who)| *v == verb && has(f, from.name()) && has(who, party.name()))?;
    if row.2 == "same" { Some(from) } else { Status::from_name(row.2) }
}

#[test]
fn every_verb_in_every_state_for_everybody_is_as_the_table_says() {
    for change in changes() {
        for status in Status::ALL {
            for party in Party::ALL {
                let verb = change.verb().name();
                let found = decide(&call(status, None), &change, &actor(party), NOW).ok().map(|(to, _)| to);
                assert_eq!(found, expected(verb, status, party), "{verb} by {party:?} on {status:?}");
            }
        }
    }
}

#[test]
fn a_handover_is_accepted_once_also_by_who_takes_the_call() {
    for change in [Change::AcceptHandover, Change::Assign { assignee: Some(Uuid::nil()) }] {
        let mut call = call(Status::Open, None);
        let line = |change| Line {
            seq: 2,
            actor: actor(Party::Staff),
            occurred_at: NOW,
            recorded_at: NOW,
            body: None,
            change,
            status: Status::Open,
            in_review: false,
            due: None,
        };
        call.apply(&line(change));
        assert_eq!(call.course.handed, None);
        let again = decide(&call, &Change::AcceptHandover, &actor(Party::Staff), NOW);
        assert_eq!(again, Err(Refused::NotHanded));
    }
}

#[test]
fn while_a_partner_reviews_only_review_verbs_decide_its_fate() {
    let review = Some(Review { accept_by: Some(NOW) });
    for party in Party::ALL {
        let reviewed = |change| decide(&call(Status::Open, review), &change, &actor(party), NOW);
        let partner = party == Party::Partner;
        assert_eq!(reviewed(Change::TakeReview).ok(), partner.then_some((Status::Open, true)), "{party:?}");
        assert_eq!(reviewed(Change::Dismiss).ok(), partner.then_some((Status::Cancelled, false)), "{party:?}");
        let passes = partner || party == Party::Timer;
        assert_eq!(reviewed(Change::PassOn).ok(), passes.then_some((Status::New, false)), "{party:?}");
        let resolve = Change::Resolve { code: "fixed".into(), cause: "dust".into() };
        assert_eq!(reviewed(resolve).ok(), partner.then_some((Status::Resolved, true)), "{party:?}");
    }
    assert_eq!(
        decide(&call(Status::Open, review), &Change::Assign { assignee: None }, &actor(Party::Staff), NOW),
        Err(Refused::InReview)
    );
}

#[test]
fn review_verbs_need_a_review() {
    for change in [Change::TakeReview, Change::PassOn, Change::Dismiss] {
        let refused = decide(&call(Status::Open, None), &change, &actor(Party::Partner), NOW);
        assert_eq!(refused, Err(Refused::NotInReview));
    }
}

#[test]
fn a_closed_call_opens_again_for_thirty_days() {
    let closed = call(Status::Closed, None);
    let reopened = |days: i64| {
        let now = NOW + SignedDuration::from_hours(24 * days);
        decide(&closed, &Change::Reopen, &actor(Party::Customer), now)
    };
    assert_eq!(reopened(30), Ok((Status::Open, false)));
    assert_eq!(reopened(31), Err(Refused::TooLate));
}

#[test]
fn the_filer_takes_back_what_nobody_has_begun() {
    let filer = actor(Party::Customer);
    let colleague = Actor { id: Some(Uuid::from_u128(7)), ..filer };
    let cancel = Change::Cancel { duplicate_of: None };
    assert!(decide(&call(Status::New, None), &cancel, &filer, NOW).is_ok());
    assert!(decide(&call(Status::Open, None), &cancel, &filer, NOW).is_err());
    assert!(decide(&call(Status::New, None), &cancel, &colleague, NOW).is_err());
}

#[test]
fn nobody_answers_closes_only_after_the_reminder() {
    let close = Change::Close { code: CloseCode::NoAnswer };
    let mut waiting = call(Status::AwaitingCustomer, None);
    assert!(decide(&waiting, &close, &Actor::TIMER, NOW).is_err());
    waiting.reminded_at = Some(NOW);
    assert_eq!(decide(&waiting, &close, &Actor::TIMER, NOW), Ok((Status::Closed, false)));
}

#[test]
fn a_clear_ends_only_what_no_person_has_touched() {
    let clear = Change::ClearAlarm { alarm_id: Uuid::nil(), summary: String::new() };
    let mut machine = call(Status::New, None);
    machine.course.human_touched = false;
    let device = actor(Party::Device);
    assert_eq!(decide(&machine, &clear, &device, NOW), Ok((Status::Resolved, false)));
    machine.course.human_touched = true;
    assert_eq!(decide(&machine, &clear, &device, NOW), Ok((Status::New, false)));
}

#[test]
fn the_menu_offers_exactly_what_the_table_allows() {
    for status in Status::ALL {
        for party in Party::ALL {
            let open = verbs_open(&call(status, None), &actor(party), NOW);
            // What is put right is sent as fields, and stands in no menu.
            for change in changes().into_iter().filter(|change| change.verb() != Verb::Edit) {
                let allowed = decide(&call(status, None), &change, &actor(party), NOW).is_ok();
                assert_eq!(open.contains(&change.verb()), allowed, "{change:?} by {party:?} on {status:?}");
            }
        }
    }
}

#[test]
fn names_are_read_back_and_stored_changes_too() {
    for verb in Verb::ALL {
        assert_eq!(Verb::from_name(verb.name()), Some(verb));
    }
    for change in changes() {
        let stored = serde_json::to_value(&change).unwrap();
        assert_eq!(stored["verb"], change.verb().name());
        assert_eq!(serde_json::from_value::<Change>(stored).unwrap(), change);
    }
}

/// A life: what somebody tries next, and how long after.
fn tries() -> impl Strategy<Value = Vec<(usize, usize, i64)>> {
    prop::collection::vec((0..changes().len(), 0..Party::ALL.len(), 0i64..200_000), 0..60)
}

/// Lives through the tries that the table allows; answers the history.
fn live(tries: &[(usize, usize, i64)]) -> Vec<Line> {
    let first = Line {
        seq: 1,
        actor: actor(Party::Customer),
        occurred_at: NOW,
        recorded_at: NOW,
        body: None,
        change: Change::File(Box::new(filing())),
        status: Status::New,
        in_review: false,
        due: None,
    };
    let (mut lines, mut now) = (vec![first], NOW);
    let mut call = Call::rebuild(identity(), &lines).unwrap();
    for (change, party, seconds) in tries {
        now += SignedDuration::from_secs(*seconds);
        let (change, actor) = (changes()[*change].clone(), actor(Party::ALL[*party]));
        let Ok((status, in_review)) = decide(&call, &change, &actor, now) else { continue };
        let line = Line {
            seq: call.version + 1,
            actor,
            occurred_at: now,
            recorded_at: now,
            body: Some("words".into()),
            change,
            status,
            in_review,
            due: None,
        };
        call.apply(&line);
        lines.push(line);
    }
    lines
}

proptest! {
    #[test]
    fn the_row_is_the_fold_of_its_history(tries in tries()) {
        let lines = live(&tries);
        let call = Call::rebuild(identity(), &lines).unwrap();
        let last = lines.last().unwrap();
        prop_assert_eq!(call.version, last.seq);
        prop_assert_eq!(call.status, last.status);
        prop_assert_eq!(call.ended_at.is_some(), call.status.is_ended());
        prop_assert_eq!(call.course.pauses.iter().any(|p| p.to.is_none()), call.status.pauses());
    }

    #[test]
    fn pauses_are_in_order_and_never_overlap(tries in tries()) {
        let call = Call::rebuild(identity(), &live(&tries)).unwrap();
        let pauses = &call.course.pauses;
        for pair in pauses.windows(2) {
            prop_assert!(pair[0].to.is_some_and(|to| to <= pair[1].from), "{pauses:?}");
        }
    }

    #[test]
    fn a_stored_history_folds_to_the_same_call(tries in tries()) {
        let lines = live(&tries);
        let stored: Vec<Line> = lines
            .iter()
            .map(|line| {
                let change = serde_json::from_value(serde_json::to_value(&line.change).unwrap()).unwrap();
                Line { change, ..line.clone() }
            })
            .collect();
        prop_assert_eq!(Call::rebuild(identity(), &lines), Call::rebuild(identity(), &stored));
    }
}

#[test]
fn what_comes_back_to_a_queue_is_there_since_then() {
    let mut call = call(Status::Open, None);
    let hour = |hours: i64| NOW + SignedDuration::from_hours(hours);
    call.course.queue_since = Some(hour(1));
    let mut write = |at: Timestamp, party: Party, change: Change, status: Status| {
        let (actor, body) = (actor(party), Some("Words.".to_owned()));
        let seq = call.version + 1;
        call.apply(&Line {
            seq,
            actor,
            occurred_at: at,
            recorded_at: at,
            body,
            change,
            status,
            in_review: false,
            due: None,
        });
        call.course.here_since()
    };

    let resolve = || Change::Resolve { code: "fixed".into(), cause: "dust".into() };
    assert_eq!(write(hour(2), Party::Staff, resolve(), Status::Resolved), Some(hour(1)));
    assert_eq!(write(hour(9), Party::Customer, Change::RejectSolution, Status::Open), Some(hour(9)));
    let severe = Change::ChangeSeverity { from: Severity::Moderate, to: Severity::Critical, missed: Vec::new() };
    assert_eq!(write(hour(10), Party::Staff, severe, Status::Open), Some(hour(9)), "another severity moves nothing");
    assert_eq!(write(hour(11), Party::Staff, resolve(), Status::Resolved), Some(hour(9)));
    assert_eq!(write(hour(12), Party::Customer, Change::RejectSolution, Status::Open), Some(hour(12)));
    let given = Change::HandOver { queue: "apac-hardware".into(), shift: None };
    assert_eq!(write(hour(13), Party::Staff, given, Status::Open), Some(hour(13)));
}

#[test]
fn remote_access_moves_no_call_and_only_the_living_are_opened() {
    for step in remote::Step::ALL {
        let change = Change::RemoteAccess(Box::new(Event { access: Uuid::nil(), step, until: None, hours: None }));
        for status in Status::ALL {
            for party in Party::ALL {
                let found = decide(&call(status, None), &change, &actor(party), NOW).ok();
                let theirs = [Party::Customer, Party::Staff, Party::Timer].contains(&party);
                let wanted = theirs && !(status.is_ended() && step.opens());
                assert_eq!(found, wanted.then_some((status, false)), "{step:?} by {party:?} on {status:?}");
            }
        }
        let stored = serde_json::to_value(&change).unwrap();
        assert_eq!(serde_json::from_value::<Change>(stored).unwrap(), change);
    }
}
