//! The words against the rule that decides: whatever they say, they say the same.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::domain::access::Scope;

const NOW: i64 = 50;

fn at(days: i64) -> Timestamp {
    Timestamp::from_second(days * 86_400).unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Three customers with two sites each, and a partner.
fn customer() -> impl Strategy<Value = Uuid> {
    (1..=3u128).prop_map(id)
}

fn site() -> impl Strategy<Value = Uuid> {
    (11..=12u128).prop_map(id)
}

fn instant() -> impl Strategy<Value = Timestamp> {
    select(vec![10, 30, 49, NOW, 51, 70]).prop_map(at)
}

fn relation() -> impl Strategy<Value = PartnerRelation> {
    let history = select(HistoryScope::ALL.to_vec());
    let times = (option::of(instant()), instant(), option::of(instant()));
    (any::<u128>(), customer(), option::of(site()), history, times).prop_map(
        |(n, customer_id, site_id, history, (history_from, valid_from, valid_to))| PartnerRelation {
            id: id(n),
            customer_id,
            site_id,
            history,
            history_from,
            valid_from,
            valid_to,
        },
    )
}

fn membership() -> impl Strategy<Value = Membership> {
    (select(Role::ALL.to_vec()), customer(), option::of(vec(site(), 0..2)))
        .prop_map(|(role, account_id, sites)| Membership { id: id(99), account_id, role, cac: None, sites })
}

fn thing() -> impl Strategy<Value = Thing> {
    prop_oneof![
        4 => (customer(), site(), instant()).prop_map(|(customer, site, opened_at)| Thing::Call { customer, site, opened_at }),
        2 => (customer(), site()).prop_map(|(customer, site)| Thing::Place { customer, site }),
        1 => Just(Thing::Queue),
    ]
}

fn shut() -> impl Strategy<Value = Shut> {
    let rarely = || option::weighted(0.1, instant());
    (rarely(), rarely()).prop_map(|(disabled_at, ended_at)| Shut { disabled_at, ended_at })
}

/// What the scope and the policy say, which every read of the portal obeys.
fn decided(membership: &Membership, relations: &[PartnerRelation], shut: Shut, thing: Thing) -> bool {
    let scope = Scope::of(membership, relations, at(NOW));
    let asker = Asker::Person(membership.role);
    let sees = match thing {
        Thing::Call { customer, site, opened_at } => scope.contains(customer, site, opened_at),
        Thing::Place { customer, site } => scope.contains(customer, site, Timestamp::MAX),
        Thing::Queue => policy::may(asker, Action::See, Resource::Queue, Relation::Foreign).is_ok(),
    };
    sees && shut == Shut::default()
}

const NAMES: Names<'static> =
    Names { person: "Claire", account: "Rhone", customer: "Acme", site: "LYON-2", thing: "C-2000001-2" };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn the_reasons_always_agree_with_the_scope(
        membership in membership(), relations in vec(relation(), 0..5), shut in shut(), thing in thing(),
    ) {
        let why = why(&membership, &relations, shut, thing, at(NOW));

        prop_assert_eq!(why.sees, decided(&membership, &relations, shut, thing), "{:?}", why);
        // A refusal names a reason against it, and a yes has none that stands alone.
        let against = why.steps.iter().filter(|step| !step.holds()).count();
        prop_assert!(why.sees || against > 0, "{:?}", why);
        prop_assert!(why.steps.iter().all(|step| !step.sentence(&NAMES).is_empty()));
        let alone = |step: &Step| !step.holds() && !matches!(step, Step::Relation { .. });
        prop_assert!(!why.sees || !why.steps.iter().any(alone), "{:?}", why);
    }

    #[test]
    fn who_sees_by_a_relation_sees_since_it_began(
        relations in vec(relation(), 1..5), customer in customer(), site in site(), opened_at in instant(),
    ) {
        let partner = Membership { id: id(99), account_id: id(7), role: Role::Partner, cac: None, sites: None };
        let why = why(&partner, &relations, Shut::default(), Thing::Call { customer, site, opened_at }, at(NOW));

        prop_assert_eq!(why.sees, why.since.is_some());
        prop_assert!(why.since.is_none_or(|since| since <= at(NOW)));
        prop_assert!(why.until.is_none_or(|until| until > at(NOW)));
    }
}

#[test]
fn the_sentences_say_what_decided() {
    let (acme, lyon) = (id(1), id(11));
    let partner = Membership { id: id(99), account_id: id(7), role: Role::Partner, cac: None, sites: None };
    let relation = PartnerRelation {
        id: id(5),
        customer_id: acme,
        site_id: Some(lyon),
        history: HistoryScope::FromDate,
        history_from: Some(at(30)),
        valid_from: at(10),
        valid_to: None,
    };
    let told = |relations: &[PartnerRelation], opened: i64| {
        let thing = Thing::Call { customer: acme, site: lyon, opened_at: at(opened) };
        let why = why(&partner, relations, Shut::default(), thing, at(NOW));
        let words: Vec<String> = why.steps.iter().map(|step| step.sentence(&NAMES)).collect();
        (why.sees, words.join(" "))
    };

    assert_eq!(told(&[], 40), (false, "Rhone has no relation with Acme.".to_owned()));
    assert_eq!(
        told(std::slice::from_ref(&relation), 20),
        (
            false,
            "C-2000001-2 was opened on 21 Jan 1970 00:00 UTC; the relation shows only what began from \
             31 Jan 1970 00:00 UTC on."
                .to_owned()
        )
    );
    assert_eq!(
        told(&[relation], 40),
        (
            true,
            "Rhone serves Acme since 11 Jan 1970 00:00 UTC and sees what began from 31 Jan 1970 00:00 UTC on. \
             Claire is not limited to some sites."
                .to_owned()
        )
    );
}

#[test]
fn what_somebody_may_do_with_it_is_what_the_policy_says() {
    let read = |role| parts(role).map(|(_, may)| may);
    assert_eq!(read(Role::Customer), [true, false, false, true, true]);
    assert_eq!(read(Role::Partner), [true, false, false, true, true]);
    assert_eq!(read(Role::Engineer), [true, true, true, true, true]);
    assert_eq!(read(Role::Auditor), [true, true, true, false, false]);
}
