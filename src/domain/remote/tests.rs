//! Every state, every step, every party: against a table that is written down here once more.

use super::*;

const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

/// From, step, who, to; whatever is not here is refused. `none` is before there is an access.
const TABLE: &[(&str, Step, &str, State)] = &[
    ("none", Step::Ask, "staff", State::Asked),
    ("none", Step::Grant, "customer staff", State::Granted),
    ("asked", Step::Grant, "customer staff", State::Granted),
    ("asked", Step::Decline, "customer staff", State::Declined),
    ("asked", Step::Withdraw, "staff", State::Withdrawn),
    ("asked", Step::CallOver, "timer", State::Lapsed),
    ("granted", Step::Grant, "customer staff", State::Granted),
    ("granted", Step::BeginUse, "staff", State::Granted),
    ("granted", Step::End, "customer staff", State::Ended),
    ("granted", Step::CallOver, "timer", State::Ended),
    // With the actor inside.
    ("granted inside", Step::Grant, "customer staff", State::Granted),
    ("granted inside", Step::EndUse, "staff", State::Granted),
    ("granted inside", Step::End, "customer staff", State::Ended),
    ("granted inside", Step::CallOver, "timer", State::Ended),
    // When its time is over, and no sweep has come by yet.
    ("asked late", Step::Decline, "customer staff", State::Declined),
    ("asked late", Step::Withdraw, "staff", State::Withdrawn),
    ("asked late", Step::Lapse, "timer", State::Lapsed),
    ("asked late", Step::CallOver, "timer", State::Lapsed),
    ("granted late", Step::End, "customer staff", State::Ended),
    ("granted late", Step::Expire, "timer", State::Expired),
    ("granted late", Step::CallOver, "timer", State::Ended),
];

fn actor(party: Party) -> Actor {
    Actor { party, id: party.is_person().then(|| Uuid::from_u128(party as u128 + 1)) }
}

fn access(state: State, late: bool, inside: Option<Actor>) -> Access {
    let until = if late { NOW } else { NOW + SignedDuration::from_secs(1) };
    Access { state, until, inside: inside.and_then(|actor| actor.id).into_iter().collect() }
}

/// Every way an access can stand for an actor, by the names of the table.
fn standings(actor: Actor) -> Vec<(String, Option<Access>)> {
    let mut all = vec![("none".to_owned(), None)];
    for state in State::ALL {
        all.push((state.name(), Some(access(state, false, None))));
        all.push((format!("{} late", state.name()), Some(access(state, true, None))));
    }
    all.push(("granted inside".to_owned(), Some(access(State::Granted, false, Some(actor)))));
    all
}

#[test]
fn every_step_in_every_state_for_everybody_is_as_the_table_says() {
    let mut allowed = 0;
    for step in Step::ALL {
        for party in Party::ALL {
            for (name, access) in standings(actor(party)) {
                let found = after(access.as_ref(), step, &actor(party), NOW).ok();
                let has = |who: &str| who.split(' ').any(|one| one == party.name());
                let row = TABLE.iter().find(|(from, s, who, _)| *from == name && *s == step && has(who));
                assert_eq!(found, row.map(|row| row.3), "{step:?} by {party:?} when {name}");
                allowed += usize::from(found.is_some());
            }
        }
    }
    let told: usize = TABLE.iter().map(|row| row.2.split(' ').count()).sum();
    assert_eq!(allowed, told, "a row of the table that is never asked");
}

#[test]
fn what_is_over_never_stands_again() {
    for state in State::ALL.into_iter().filter(|state| !state.stands()) {
        for step in Step::ALL {
            for party in Party::ALL {
                let again = after(Some(&access(state, false, None)), step, &actor(party), NOW);
                assert!(again.is_err(), "{step:?} by {party:?} brought back what was {state:?}");
            }
        }
    }
}

#[test]
fn nobody_is_in_when_the_time_is_over() {
    assert!(access(State::Granted, false, None).in_force(NOW));
    assert!(!access(State::Granted, true, None).in_force(NOW), "at its very end it is over");
    for state in State::ALL.into_iter().filter(|state| *state != State::Granted) {
        assert!(!access(state, false, None).in_force(NOW), "{state:?}");
    }
}

#[test]
fn the_timer_does_what_is_due_and_the_table_allows_it() {
    for state in State::ALL {
        for (late, call_over) in [(false, false), (false, true), (true, false), (true, true)] {
            let access = access(state, late, None);
            let Some(step) = due(&access, call_over, NOW) else {
                assert!(!state.stands() || !(late || call_over), "{state:?} is left standing");
                continue;
            };
            let led = after(Some(&access), step, &Actor::TIMER, NOW);
            assert!(led.is_ok_and(|to| !to.stands()), "{step:?} on {state:?}");
        }
    }
}

#[test]
fn a_grant_is_at_most_seven_days_long() {
    let day = |days: i64| NOW + SignedDuration::from_hours(24 * days);
    let second = SignedDuration::from_secs(1);

    assert_eq!(end_of(Length::Hours(24), NOW), Ok(day(1)));
    assert_eq!(end_of(Length::Until(day(7)), NOW), Ok(day(7)));
    assert!(end_of(Length::Until(day(7) + second), NOW).is_err());
    assert!(end_of(Length::Until(NOW), NOW).is_err());
    for hours in [-1, 0, 2, 25] {
        assert!(end_of(Length::Hours(hours), NOW).is_err(), "{hours}");
    }
}

#[test]
fn names_are_read_back() {
    for state in State::ALL {
        assert_eq!(State::from_name(&state.name()), Some(state));
    }
    for step in Step::ALL {
        assert_eq!(Step::from_name(&step.name()), Some(step));
    }
}
