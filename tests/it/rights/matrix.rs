//! Every kind of person, in and out of scope, tries every verb and every page: the table of rights says how it ends.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use super::{
    house::{Asker, House, ROLES, Where},
    table::{CANCEL, TABLE, VERBS},
};
use crate::page::Page;

/// How a request ended, as far as rights go: a refusal for another reason is a right that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Let,
    /// In sight, and not theirs to do.
    Forbidden,
    /// As if there were nothing.
    Nothing,
    /// As if nobody had asked.
    SignIn,
}

fn end(page: &Page) -> End {
    match page.status {
        StatusCode::UNAUTHORIZED => End::SignIn,
        StatusCode::SEE_OTHER if page.location().starts_with("/session/") => End::SignIn,
        StatusCode::FORBIDDEN => End::Forbidden,
        StatusCode::NOT_FOUND => End::Nothing,
        status => {
            assert!(!status.is_server_error(), "{}", page.body);
            End::Let
        }
    }
}

/// What the rules say of a verb of the lifecycle, for whoever did not file the call.
fn may_use(role: &str, verb: &str) -> bool {
    let Some(column) = ROLES.iter().position(|known| *known == role) else { return false };
    if TABLE[3].1[column] == "—" {
        return false;
    }
    let party = match role {
        "customer" | "customer_admin" => "customer",
        "partner" | "partner_admin" => "partner",
        _ => "staff",
    };
    let who = VERBS.iter().find(|(name, _)| *name == verb).map_or(&[][..], |(_, who)| who);
    // Whoever filed it may take it back; here staff did.
    let who = if verb == "cancel" { &CANCEL[2..] } else { who };
    who.contains(&party)
}

fn expected(asker: &Asker, may: bool) -> End {
    match asker.stands {
        Where::Nowhere => End::SignIn,
        Where::Outside => End::Nothing,
        Where::Inside if may && !asker.reads => End::Let,
        Where::Inside => End::Forbidden,
    }
}

type Form = &'static [(&'static str, &'static str)];

/// The noun of each verb, and what of the form tells it from the others.
const NOUNS: [(&str, &str, Form); 21] = [
    ("acknowledge", "acknowledgement", &[]),
    ("assign", "assignment", &[]),
    ("comment", "entries", &[("kind", "comment")]),
    ("note", "entries", &[("kind", "note")]),
    ("ask_customer", "question", &[]),
    ("hold", "hold", &[("hold_reason", "part")]),
    ("resume", "hold", &[("action", "resume")]),
    ("change_severity", "severity", &[("severity", "1")]),
    ("take_review", "review", &[("action", "take")]),
    ("pass_on", "review", &[("action", "pass")]),
    ("dismiss", "review", &[("action", "dismiss")]),
    ("hand_over", "handover", &[("queue", "emea-os")]),
    ("accept_handover", "handover", &[("action", "accept")]),
    ("restore", "restoration", &[]),
    ("resolve", "resolution", &[("resolution_code", "fixed"), ("cause", "dust")]),
    ("reject_solution", "rejection", &[]),
    ("accept", "closure", &[]),
    ("close", "closure", &[]),
    ("reopen", "reopening", &[]),
    ("cancel", "cancellation", &[]),
    ("answer", "", &[]),
];

/// Partners do some things only with what they have for review.
fn severity_for(role: &str, verb: &str) -> &'static str {
    let reviews = ["take_review", "pass_on", "dismiss", "ask_customer", "resolve"].contains(&verb);
    if role.starts_with("partner") && reviews { "3" } else { "2" }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_verb_ends_for_everybody_as_the_rules_say(db: PgPool) {
    let house = House::open(db).await;
    // What is refused changes nothing, so one call of each kind does for all of that.
    let (two, three) = (house.call("2").await, house.call("3").await);
    let mut tried = 0;
    for asker in &house.askers {
        for (verb, noun, form) in NOUNS {
            let severity = severity_for(asker.role, verb);
            let wanted = expected(asker, may_use(asker.role, verb));
            let shared = if severity == "2" { &two } else { &three };
            let number = if wanted == End::Let { house.call(severity).await } else { shared.clone() };

            let mut body = json!({"verb": verb, "body": "x", "reason": "x"});
            for (name, value) in form {
                body[name] = json!(value);
            }
            let path = format!("/calls/{number}/transitions");
            let told = asker.person.api("POST", &path, Some(&body)).await;
            assert_eq!(end(&told), wanted, "{} does {verb} by API: {} {}", asker.what, told.status, told.body);
            tried += 1;

            // One address, two verbs: which of them is meant depends on who asks.
            let other = verb == "answer" || (noun == "closure" && (verb == "close") != (may_use(asker.role, "close")));
            if other || !asker.browses {
                continue;
            }
            let mut fields = vec![("body", "x"), ("reason", "x")];
            fields.extend(form);
            let page = asker.person.post(&format!("/calls/{number}/{noun}"), &fields).await;
            let house_role = ["admin", "auditor"].contains(&asker.role) && noun == "closure";
            if !house_role {
                assert_eq!(end(&page), wanted, "{} does {verb} by form: {} {}", asker.what, page.status, page.body);
            }
            tried += 1;
        }
    }
    println!("{tried} attempts at a verb ended as the rules say");
    assert!(tried > 800, "{tried}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_reading_ends_for_everybody_as_the_rules_say(db: PgPool) {
    let house = House::open(db).await;
    let number = house.call("3").await;
    let api = |path: &str| format!("/api/v1{path}");
    let mut addresses: Vec<String> = ["", "/history", "/routing", "/clocks"]
        .iter()
        .map(|rest| api(&format!("/calls/{number}{rest}")))
        .chain(["", "/history", "/alarms", "/ledger"].iter().map(|rest| api(&format!("/systems/FT-4400-2210{rest}"))))
        .collect();
    addresses.extend([format!("/calls/{number}"), format!("/calls/{number}/faults"), api("/sites/LYON-2/ledger")]);
    let pages = ["/systems/FT-4400-2210", "/systems/FT-4400-2210/alarms", "/sites/LYON-2", "/sites/LYON-2/alarms"];
    addresses.extend(pages.map(str::to_owned));
    addresses.push("/systems/FT-4400-2210/tests".to_owned());
    for asker in &house.askers {
        for address in &addresses {
            let Some(page) = read(asker, address).await else { continue };
            let wanted = match asker.stands {
                Where::Inside => End::Let,
                _ => expected(asker, true),
            };
            assert_eq!(end(&page), wanted, "{} reads {address}: {}", asker.what, page.body);
        }
    }
}

/// Rooms of the house: which row of the table opens them, and to how much of it.
const SEE: &[&str] = &["●", "see", "own CAC; rules all leads"];
const IN: &[&str] = &["✓", "●", "see", "ask, ● windows"];
/// Whoever has windows sees a list of them, if only of their own.
const WINDOWS: &[&str] = &["✓", "window only", "ask, ● windows", "●", "see"];
const ROOMS: [(&str, usize, &[&str]); 18] = [
    ("/queues", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/queues/emea-hardware", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/api/v1/queues", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/api/v1/queues/emea-hardware/calls", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/routing", 5, SEE),
    ("/routing/versions", 5, SEE),
    ("/routing/versions/1", 5, SEE),
    ("/calendars/emea.ics", 5, SEE),
    ("/handovers", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/api/v1/handovers", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/admin/imports", 7, &["●", "see"]),
    ("/remote-access", 6, IN),
    ("/api/v1/remote-access", 6, IN),
    ("/admin/devices", 7, &["●", "see"]),
    ("/api/v1/devices", 7, &["●", "see"]),
    ("/admin/messages", 8, &["see"]),
    ("/maintenance-windows", 6, WINDOWS),
    ("/api/v1/maintenance-windows", 6, WINDOWS),
];

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_rooms_of_the_house_open_to_whom_the_rules_say(db: PgPool) {
    let house = House::open(db).await;
    house.portal.app.clock.advance(SignedDuration::from_secs(1));
    for asker in &house.askers {
        for (address, row, opens) in ROOMS {
            let Some(page) = read(asker, address).await else { continue };
            let column = ROLES.iter().position(|role| *role == asker.role);
            let cell = column.map_or("—", |column| TABLE[row].1[column]);
            let wanted = match asker.stands {
                Where::Nowhere => End::SignIn,
                _ if opens.contains(&cell) => End::Let,
                _ => End::Nothing,
            };
            assert_eq!(end(&page), wanted, "{} opens {address}: {}", asker.what, page.body);
        }
    }
}

/// Pages are for browsers, the API for tokens.
async fn read(asker: &Asker, address: &str) -> Option<Page> {
    match address.strip_prefix("/api/v1") {
        Some(path) => Some(asker.person.api("GET", path, None).await),
        None if asker.browses => Some(asker.person.get(address).await),
        None => None,
    }
}
