//! The policy against the table of rights, cell by cell, and against nothing else.

use super::*;

/// The table of rights, as the tests of the pages read it too.
#[path = "../../../tests/it/rights/table.rs"]
mod table;
use table::{CANCEL, TABLE, VERBS};

const SEE: Action = Action::See;

/// Which row of the table speaks of an action on a thing; what none speaks of, nobody may.
fn row(action: Action, resource: Resource) -> Option<usize> {
    use Resource as R;
    match (action, resource) {
        (Action::See, R::Call | R::System | R::Site | R::History) => Some(0),
        (Action::See, R::Internal | R::StaffDetails) => Some(1),
        (Action::File | Action::PhoneHome, R::System | R::Site) | (Action::Comment, R::Call) => Some(2),
        (Action::Do(_) | Action::AssignOthers, R::Call) => Some(3),
        (Action::See | Action::Change | Action::Watch, R::Person) => Some(4),
        (Action::See | Action::Change, R::Calendar | R::Rule | R::Queue | R::Staffing) => Some(5),
        (Action::See | Action::Change, R::MaintenanceWindow)
        | (Action::See | Action::Ask | Action::Grant, R::RemoteAccess) => Some(6),
        (
            Action::See | Action::Change,
            R::Account | R::Contract | R::PartnerRelation | R::Device | R::Token | R::Store,
        ) => Some(7),
        (Action::See, R::Audit) => Some(8),
        _ => None,
    }
}

fn column(asker: Asker) -> Option<usize> {
    match asker {
        Asker::Nobody => None,
        Asker::Person(role) => Role::ALL.iter().position(|known| *known == role),
        Asker::Device => Some(9),
    }
}

#[expect(clippy::match_same_arms, reason = "the words are those of the table")]
fn expected(asker: Asker, action: Action, resource: Resource) -> Reach {
    // The table of rights is silent on it: whoever answers for a CAC, or for the house.
    if action == Action::Redact {
        let may = [Asker::Person(Role::CacLead), Asker::Person(Role::Admin)].contains(&asker);
        return of(may && resource == Resource::History, Reach::Everywhere);
    }
    // Silent on this too: who administers a customer's people says how their systems are reached.
    if action == Action::Change && resource == Resource::RemoteAccess {
        return of(asker == Asker::Person(Role::CustomerAdmin), Reach::Own);
    }
    let (Some(row), Some(column)) = (row(action, resource), column(asker)) else { return Reach::Nowhere };
    let cells = &TABLE[row].1;
    let cell = if cells[column] == "same" { cells[column - 1] } else { cells[column] };
    let phones = action == Action::PhoneHome;
    let reach = match cell {
        "—" => Reach::Nowhere,
        cell if (cell == "alarms only") != phones => Reach::Nowhere,
        "alarms only" => Reach::Own,
        "✓"
        | "✓ (their sites)"
        | "✓ relation's sites and dates"
        | "accept, reject, reopen"
        | "review verbs"
        | "CAC's" => Reach::Own,
        "●" => Reach::Everywhere,
        "see" => of(action == SEE, Reach::Everywhere),
        "own people" => of(action == SEE, Reach::Own),
        "see own contract" => of(action == SEE && resource == Resource::Contract, Reach::Own),
        "see own relation" => of(action == SEE && resource == Resource::PartnerRelation, Reach::Own),
        "window only" => of(resource == Resource::MaintenanceWindow, Reach::Own),
        "ask, ● windows" => of(action != Action::Grant, Reach::Everywhere),
        "own CAC; rules all leads" if action == SEE || resource == Resource::Rule => Reach::Everywhere,
        "own CAC; rules all leads" => Reach::Own,
        other => panic!("the table says {other:?}"),
    };
    match (action, asker) {
        (Action::Do(verb), Asker::Person(role)) => of(uses(verb, role), reach),
        // The customer lets somebody in, and asks nobody for it.
        (Action::Ask, Asker::Person(role)) if role.party() == Party::Customer => Reach::Nowhere,
        (Action::AssignOthers, Asker::Person(role)) => of(matches!(role, Role::CacLead | Role::DutyManager), reach),
        (Action::Watch, Asker::Person(role)) => of(role == Role::Admin, reach),
        _ => reach,
    }
}

fn of(may: bool, reach: Reach) -> Reach {
    if may { reach } else { Reach::Nowhere }
}

fn uses(verb: Verb, role: Role) -> bool {
    let who = VERBS.iter().find(|(name, _)| *name == verb.name()).map(|(_, who)| *who);
    let who = if verb == Verb::Cancel { Some(&CANCEL[..]) } else { who };
    who.is_some_and(|who| who.contains(&role.party().name()))
}

fn askers() -> Vec<Asker> {
    let people = Role::ALL.into_iter().map(Asker::Person);
    people.chain([Asker::Nobody, Asker::Device]).collect()
}

fn actions() -> Vec<Action> {
    use Action::{Ask, AssignOthers, Change, Comment, File, Grant, PhoneHome, Redact, See, Watch};
    let verbs = Verb::ALL.into_iter().map(Action::Do);
    verbs.chain([See, File, Comment, AssignOthers, PhoneHome, Change, Ask, Grant, Watch, Redact]).collect()
}

#[test]
fn every_cell_of_the_policy_is_what_the_table_says() {
    let mut cells = 0;
    for asker in askers() {
        for action in actions() {
            for resource in Resource::ALL {
                let reach = reach(asker, action, resource);
                assert_eq!(reach, expected(asker, action, resource), "{asker:?} {action:?} {resource:?}");
                cells += 1;
            }
        }
    }
    println!("{cells} cells of the policy are what the table says");
    assert_eq!(cells, 11 * (Verb::ALL.len() + 10) * 20);
}

#[test]
fn a_right_reaches_what_is_ones_own_or_everything_or_nothing() {
    for asker in askers() {
        for action in actions() {
            for resource in Resource::ALL {
                let reach = reach(asker, action, resource);
                let own = may(asker, action, resource, Relation::Own);
                let foreign = may(asker, action, resource, Relation::Foreign);
                let what = format!("{asker:?} {action:?} {resource:?}");
                assert_eq!(own.is_ok(), reach != Reach::Nowhere, "{what}");
                assert_eq!(foreign.is_ok(), reach == Reach::Everywhere, "{what}");
            }
        }
    }
}

#[test]
fn who_may_not_see_a_thing_is_not_told_that_there_is_one() {
    let customer = Asker::Person(Role::Customer);
    let change = Action::Change;

    assert_eq!(may(Asker::Nobody, SEE, Resource::Call, Relation::Own), Err(Denied::SignedOut));
    assert_eq!(may(customer, SEE, Resource::Call, Relation::Foreign), Err(Denied::OutOfSight));
    assert_eq!(may(customer, change, Resource::Store, Relation::Own), Err(Denied::OutOfSight));
    let auditor = may(Asker::Person(Role::Auditor), change, Resource::Store, Relation::Foreign);
    assert_eq!(auditor, Err(Denied::Role("You may look at this, and not change it.")));
}

#[test]
fn whoever_is_refused_a_thing_in_sight_is_told_whose_it_is() {
    let engineer = Asker::Person(Role::Engineer);
    let admin = Asker::Person(Role::Admin);
    let said = |asker, action, resource| may(asker, action, resource, Relation::Own).unwrap_err().to_string();

    assert!(said(engineer, Action::AssignOthers, Resource::Call).contains("a lead gives them"));
    assert!(said(admin, Action::File, Resource::System).contains("filed by customers"));
    assert!(said(admin, Action::Comment, Resource::Call).contains("write to a call"));
    assert!(said(Asker::Person(Role::Auditor), Action::Watch, Resource::Person).contains("Only an administrator"));
    assert!(said(engineer, Action::Redact, Resource::History).contains("Only a CAC lead"));
    assert!(said(admin, Action::Do(Verb::Resolve), Resource::Call).contains("not yours to do"));
}

#[test]
fn nobody_makes_somebody_who_reaches_further_than_they_do() {
    use Role::{Admin, CacLead, Customer, CustomerAdmin, Engineer, Partner, PartnerAdmin};
    for role in Role::ALL {
        for made in Role::ALL {
            let expected = match role {
                Admin => true,
                CustomerAdmin => [Customer, CustomerAdmin].contains(&made),
                PartnerAdmin => [Partner, PartnerAdmin].contains(&made),
                CacLead => [Engineer, CacLead].contains(&made),
                _ => false,
            };
            assert_eq!(may_make(role, made), expected, "{role:?} makes {made:?}");
        }
    }
}

/// The table here is the table of the rules, where the rules are at hand.
#[test]
fn the_table_is_the_one_in_the_rules() {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/rules.md");
    let Ok(rules) = std::fs::read_to_string(rules) else {
        println!("skipped: ../shared/rules.md is not here");
        return;
    };
    for (name, cells) in TABLE {
        let line = format!("| {name} | {} |", cells.join(" | "));
        assert!(rules.contains(&line), "the rules have no line {line}");
    }
}
