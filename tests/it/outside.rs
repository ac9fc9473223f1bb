//! What the customer and the partner never read of a call: who of ours has to do with it, and other calls.

use jiff::SignedDuration;
use meridian::{actions, clock::Clock};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    faults::change,
    live::Ear,
    person::Person,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

/// Half an hour before EMEA closes, on a Wednesday; AMER is awake.
const EVENING: &str = "2026-11-25T19:30:00Z";

struct World {
    portal: TestApp,
    claire: Person,
    petra: Person,
    erik: Person,
}

/// A customer, their partner, and an engineer of EMEA.
async fn world(db: PgPool, at: &str) -> World {
    let portal = TestApp::with(Clock::held_at(at.parse().unwrap()), db, false).await;
    let acme: Place = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let partner = portal.partner("Roche Services", acme, false).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let petra = portal.person(partner, "Petra Roche", "partner").await;
    let erik = portal.staff("Erik Holm", "engineer").await;
    change(&portal.pool, "UPDATE membership SET cac_code = 'EMEA' WHERE role = $1", &["engineer".to_owned()]).await;
    World { portal, claire, petra, erik }
}

/// Everything that somebody can read of one call.
async fn everything(reader: &Person, number: &str) -> String {
    let mut read = String::new();
    for path in ["", "/history", "/routing", "/clocks"] {
        let answer = reader.api("GET", &format!("/calls/{number}{path}"), None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        read.push_str(&answer.body);
    }
    for path in ["", "/routing"] {
        read.push_str(&reader.get(&format!("/calls/{number}{path}")).await.body);
    }
    read.push_str(&reader.api("GET", "/calls", None).await.body);
    read.push_str(&reader.get("/").await.body);
    read
}

async fn history(reader: &Person, number: &str) -> Vec<Value> {
    let answer = reader.api("GET", &format!("/calls/{number}/history"), None).await;
    answer.json()["data"].as_array().unwrap().clone()
}

fn changed<'a>(history: &'a [Value], verb: &str) -> &'a Value {
    let line = history.iter().find(|line| line["verb"] == verb);
    &line.unwrap_or_else(|| panic!("no {verb} in {history:?}"))["change"]
}

fn fields(change: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = change.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_is_told_first_and_what_else_is_open_stays_between_the_desks(db: PgPool) {
    let World { portal, claire, petra, erik } = world(db, MONDAY_AFTERNOON).await;
    let first = claire.file("FT-4400-2210", "2", "Disk 3 gone").await;
    let taken = json!({"verb": "assign", "assignee": erik.id});
    assert_eq!(erik.api("POST", &format!("/calls/{first}/transitions"), Some(&taken)).await.status, StatusCode::OK);
    portal.app.clock.advance(SignedDuration::from_mins(10));
    let later = (portal.now() - SignedDuration::from_mins(5)).to_string();
    let from_now = "UPDATE partner_relation SET history = 'from_date', history_from = $1::timestamptz";
    change(&portal.pool, from_now, &[later]).await;

    let second = claire.file("FT-4400-2210", "2", "Disk 4 gone too").await;

    assert_eq!(petra.get(&format!("/calls/{first}")).await.status, StatusCode::NOT_FOUND);
    let told = everything(&erik, &second).await;
    for inside in [first.as_str(), &erik.id.to_string(), "Told first to the engineer", "about the same subject is open"]
    {
        assert!(told.contains(inside), "the desk does not read {inside}");
    }
    let told = everything(&petra, &second).await;
    assert!(!told.contains(&first), "the partner reads the number of a call that is not there for them");
    for (reader, told) in [("partner", told), ("customer", everything(&claire, &second).await)] {
        for secret in [&erik.id.to_string(), "Told first to the engineer", "about the same subject is open"] {
            assert!(!told.contains(secret), "the {reader} reads {secret}");
        }
        assert!(told.contains("EMEA is open") && told.contains("looks after Paris and has the call"), "{told}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn each_change_tells_outsiders_what_is_named_for_it_and_nothing_more(db: PgPool) {
    let World { portal: _portal, claire, petra, erik } = world(db, MONDAY_AFTERNOON).await;
    let first = claire.file("FT-4400-2210", "2", "Disk 3 gone").await;
    let taken = json!({"verb": "assign", "assignee": erik.id});
    assert_eq!(erik.api("POST", &format!("/calls/{first}/transitions"), Some(&taken)).await.status, StatusCode::OK);
    let number = claire.file("FT-4400-2210", "2", "Disk 4 gone too").await;
    let lower = json!({"verb": "change_severity", "severity": 3, "reason": "It runs on one disk."});
    for verb in [&taken, &lower] {
        let answer = erik.api("POST", &format!("/calls/{number}/transitions"), Some(verb)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    let inside = history(&erik, &number).await;
    assert_eq!(changed(&inside, "route")["engineer"], erik.id.to_string());
    assert_eq!(changed(&inside, "assign")["assignee"], erik.id.to_string());
    for reader in [&claire, &petra] {
        let told = history(reader, &number).await;
        let filed = ["available_24x7", "contact", "external_number", "severity", "subject", "title", "verb"];
        assert_eq!(fields(changed(&told, "file")), filed);
        let routed = ["accept_by", "also_partner", "cac", "chip", "plain", "queue", "verb", "wait_until", "why"];
        assert_eq!(fields(changed(&told, "route")), routed);
        assert_eq!(changed(&told, "assign"), &json!({"verb": "assign"}));
        assert_eq!(changed(&told, "change_severity"), &json!({"verb": "change_severity", "from": 2, "to": 3}));
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn until_when_the_next_center_must_accept_is_between_the_centers(db: PgPool) {
    let World { portal, claire, petra, erik } = world(db, EVENING).await;
    let number = claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    portal.app.clock.advance(SignedDuration::from_mins(31));
    assert_eq!(actions::hand_over_at_close(&portal.app).await.unwrap(), 1);

    let inside = history(&erik, &number).await;
    assert!(changed(&inside, "hand_over")["shift"]["accept_by"].is_string(), "{inside:?}");
    for reader in [&claire, &petra] {
        let told = history(reader, &number).await;
        let handed = changed(&told, "hand_over");
        assert_eq!(fields(handed), ["queue", "shift", "verb"]);
        assert_eq!(fields(&handed["shift"]), ["boundary_at", "from", "sun", "to"]);
        assert_eq!(handed["shift"]["boundary_at"], "2026-11-25T20:00:00.000000Z");
        assert!(handed["shift"]["sun"]["plain"].is_string(), "{handed}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_stream_of_an_outsider_has_topics_and_positions_only(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let partner = portal.partner("Roche Services", acme, false).await;
    let petra = portal.person(partner, "Petra Roche", "partner").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let erik = portal.staff("Erik Holm", "engineer").await;
    let mut ears = [Ear::of(&claire, "mine", None).await, Ear::of(&petra, "mine", None).await];

    let number = claire.file("FT-4400-2210", "2", "Disk 3 gone").await;
    let taken = json!({"verb": "assign", "assignee": erik.id});
    assert_eq!(erik.api("POST", &format!("/calls/{number}/transitions"), Some(&taken)).await.status, StatusCode::OK);

    for ear in &mut ears {
        for _ in ["filed", "routed", "assigned"] {
            assert_eq!(fields(&ear.next_event().await.data), ["pos", "topic"]);
        }
    }
}
