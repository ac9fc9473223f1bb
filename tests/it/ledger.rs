//! Sent is the sum of what became of it, at any moment, and what was never heard has a number.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool};

use crate::{
    person::Person,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

mod plans;
mod whole;

/// A site with two systems and a gateway that numbers what it sends.
pub struct World {
    pub portal: TestApp,
    pub acme: Place,
    pub gateway: String,
    pub ilse: Person,
    pub claire: Person,
    pub stranger: Person,
}

pub async fn world(db: PgPool) -> World {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-1", "rail-a").await;
    portal.system(acme, "FT-2", "rail-b").await;
    let gateway = portal.credential(acme, None).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let other = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let stranger = portal.person(other.customer, "Janis Berzins", "customer_admin").await;
    World { portal, acme, gateway, ilse, claire, stranger }
}

pub fn event(number: i64, serial: &str, kind: &str, severity: &str) -> Value {
    json!({"specversion": "1.0", "id": format!("m-{number}"), "source": format!("/systems/{serial}"),
           "type": format!("meridian.{kind}"), "subject": "11/2", "sequence": format!("{number:020}"),
           "spool": "spool-lyon", "data": {"code": "fan", "severity": severity, "summary": "Fan 2 below threshold"}})
}

impl World {
    pub async fn send(&self, events: &[Value]) -> Value {
        self.portal.ingest("/ingest/alarms", &self.gateway, Value::from(events).to_string()).await.json()
    }

    async fn ledger(&self, of: &str) -> Value {
        self.ilse.api("GET", &format!("{of}/ledger"), None).await.json()
    }

    async fn gaps(&self, of: &str) -> Value {
        self.ledger(of).await["gaps"].clone()
    }
}

fn range(from: i64, to: i64) -> Value {
    json!({"spool": "spool-lyon", "from": from, "to": to})
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_sent_is_the_sum_of_what_became_of_it(db: PgPool) {
    let world = world(db).await;
    world
        .send(&[
            event(1, "FT-1", "alarm.raised", "error"),
            event(2, "FT-1", "alarm.raised", "error"),
            event(2, "FT-1", "alarm.raised", "error"),
            event(3, "FT-1", "alarm.raised", "info"),
            event(4, "FT-1", "alarm.cleared", "error"),
            event(5, "FT-1", "heartbeat", "info"),
            event(6, "FT-2", "test", "info"),
            event(7, "FT-9", "alarm.raised", "error"),
            event(8, "FT-2", "no such type", "error"),
        ])
        .await;

    let of_system = world.ledger("/systems/FT-1").await;
    let of_site = world.ledger("/sites/LYON-2").await;

    let parts = json!({"opened": 1, "folded": 1, "informational": 1, "cleared": 1, "heartbeat": 1});
    assert_eq!((&of_system["sent"], &of_system["dispositions"]), (&json!(5), &parts), "{of_system}");
    assert_eq!(of_site["sent"], 8, "{of_site}");
    assert_eq!((&of_site["dispositions"]["quarantined"], &of_site["dispositions"]["rejected"]), (&json!(1), &json!(1)));
    assert_eq!((&of_system["adds_up"], &of_site["adds_up"]), (&json!(true), &json!(true)));
    assert_eq!(of_site["gaps"], json!([]), "what was kept was heard, too");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn numbers_that_were_never_heard_are_shown_until_they_come(db: PgPool) {
    let world = world(db).await;
    let heard = |number: i64| event(number, "FT-1", "heartbeat", "info");
    world.send(&[heard(3), heard(4), heard(9)]).await;
    assert_eq!(world.gaps("/systems/FT-1").await, json!([range(1, 2), range(5, 8)]));
    assert_eq!(world.gaps("/sites/LYON-2").await, json!([range(1, 2), range(5, 8)]));
    assert_eq!(world.gaps("/systems/FT-2").await, json!([]), "it has sent nothing");
    let page = world.claire.get("/systems/FT-1/alarms").await.body;
    assert!(page.contains("6 never heard") && page.contains("5 to 8"), "{page}");

    world.send(&[heard(7), event(1, "FT-2", "heartbeat", "info")]).await;
    let left = json!([range(2, 2), range(5, 6), range(8, 8)]);
    assert_eq!(world.gaps("/systems/FT-1").await, left, "the other system spoke through the same spool");
    world.send(&[heard(8), heard(6), heard(5), heard(2)]).await;

    assert_eq!(world.gaps("/systems/FT-1").await, json!([]));
    let spools = world.ledger("/systems/FT-2").await["spools"].clone();
    assert_eq!(spools, json!([{"name": "spool-lyon", "highest": 9, "heard": 9}]));
    assert!(!world.claire.get("/systems/FT-1/alarms").await.body.contains("never heard"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_message_that_comes_again_under_another_number_leaves_no_gap(db: PgPool) {
    let world = world(db).await;
    let first = event(1, "FT-1", "alarm.raised", "error");
    let again = |number: usize| {
        let mut event = first.clone();
        event["sequence"] = json!(format!("{number:020}"));
        event
    };
    world.send(&[first.clone(), again(2)]).await;
    world.send(&[again(3), event(5, "FT-1", "heartbeat", "info")]).await;
    world.send(&[again(3)]).await;

    let ledger = world.ledger("/systems/FT-1").await;
    assert_eq!((&ledger["sent"], &ledger["gaps"]), (&json!(2), &json!([range(4, 4)])), "{ledger}");
    assert_eq!(ledger["spools"], json!([{"name": "spool-lyon", "highest": 5, "heard": 4}]));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_message_that_was_kept_and_received_after_all_counts_once(db: PgPool) {
    let world = world(db).await;
    let stray = event(1, "FT-3", "alarm.raised", "error");
    world.send(std::slice::from_ref(&stray)).await;
    assert_eq!(world.ledger("/sites/LYON-2").await["dispositions"], json!({"quarantined": 1}));

    // As a release does it: the system is known by now, and the message is received as it came.
    world.portal.system(world.acme, "FT-3", "rail-c").await;
    let copy = "INSERT INTO alarm (customer_id, id, site_id, system_id, source, source_id, format, kind, fingerprint, code,
                                   severity, component, summary, occurred_at, received_at, disposition, body)
                SELECT k.customer_id, gen_random_uuid(), k.site_id, s.id, k.source, k.source_id, k.format, 'raised', 'f',
                       'fan', 'info', '', 'Fan', k.received_at, k.received_at, 'informational', k.body
                FROM kept_message k JOIN system s ON s.serial = 'FT-3'";
    world.portal.pool.execute(copy).await.unwrap();

    let site = world.ledger("/sites/LYON-2").await;
    assert_eq!((&site["sent"], &site["dispositions"]), (&json!(1), &json!({"informational": 1})), "{site}");
    let list = world.ilse.api("GET", "/systems/FT-3/alarms", None).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn messages_are_found_by_what_they_say_and_what_became_of_them(db: PgPool) {
    let world = world(db).await;
    let mut disk = event(2, "FT-1", "alarm.raised", "critical");
    disk["subject"] = json!("1/4");
    disk["data"] = json!({"code": "disk", "severity": "critical", "summary": "Disk 4 is 100% full"});
    world.send(&[event(1, "FT-1", "alarm.raised", "info"), disk]).await;
    world.portal.app.clock.advance(jiff::SignedDuration::from_hours(24));
    world.send(&[event(3, "FT-1", "heartbeat", "info"), event(4, "FT-1", "no such type", "info")]).await;
    world.claire.sign_in().await;

    for (query, found) in [
        ("", 3),
        ("q=disk", 1),
        ("q=100%25", 1),
        ("q=%25", 1),
        ("q=11", 2),
        ("code=fan", 2),
        ("component=1", 1),
        ("component=11", 2),
        ("component=1/4", 1),
        ("disposition=opened", 1),
        ("disposition=heartbeat&severity=info", 1),
        ("severity=critical", 1),
        ("from=2026-11-24", 1),
        ("to=2026-11-23", 2),
        ("from=2026-11-23T14:33:01Z&to=2026-11-30", 1),
    ] {
        let list = world.claire.api("GET", &format!("/systems/FT-1/alarms?{query}"), None).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), found, "{query}: {list}");
        let page = world.claire.get(&format!("/systems/FT-1/alarms?{query}")).await.body;
        assert_eq!(page.matches("<td data-c=\"main\">").count(), found, "{query}: {page}");
    }
    for query in ["disposition=lost", "severity=loud", "from=yesterday", "cursor=here", "limit=0"] {
        let refused = world.claire.api("GET", &format!("/systems/FT-1/alarms?{query}"), None).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", refused.body);
    }
    let of_site = world.claire.get("/sites/LYON-2/alarms").await.body;
    assert_eq!(of_site.matches("<td data-c=\"main\">").count(), 4, "with what names no system: {of_site}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_list_goes_on_page_by_page_and_names_each_message_once(db: PgPool) {
    let world = world(db).await;
    for hour in 0..4 {
        let events: Vec<Value> = (0..40).map(|n| event(1 + hour * 40 + n, "FT-1", "heartbeat", "info")).collect();
        world.send(&events).await;
        world.portal.app.clock.advance(jiff::SignedDuration::from_mins(5));
    }
    let (mut address, mut seen) = ("/systems/FT-1/alarms".to_owned(), Vec::new());
    loop {
        let page = world.ilse.get(&address).await.body;
        seen.extend(page.split("/systems/FT-1/alarms/").skip(1).map(|rest| rest[..36].to_owned()));
        let Some(next) = page.split("href=\"?cursor=").nth(1) else { break };
        address = format!("/systems/FT-1/alarms?cursor={}", next.split('"').next().unwrap());
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (160, 160));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn staff_read_a_message_as_it_came_and_nobody_else_does(db: PgPool) {
    let world = world(db).await;
    world.send(&[event(1, "FT-1", "alarm.raised", "error"), event(2, "FT-9", "alarm.raised", "error")]).await;
    let id = async |path: &str| {
        let page = world.ilse.get(&format!("{path}/alarms")).await.body;
        page.split(&format!("{path}/alarms/")).nth(1).unwrap()[..36].to_owned()
    };
    let (of_system, of_site) = (id("/systems/FT-1").await, id("/sites/LYON-2").await);

    for (address, says) in [
        (format!("/systems/FT-1/alarms/{of_system}"), "&quot;spool-lyon&quot;"),
        (format!("/sites/LYON-2/alarms/{of_system}"), "&quot;id&quot;: &quot;m-1&quot;"),
        (format!("/sites/LYON-2/alarms/{of_site}"), "no system FT-9 is known"),
    ] {
        let page = world.ilse.get(&address).await;
        let body = page.body.replace("&#34;", "&quot;");
        assert!(page.status == StatusCode::OK && body.contains(says), "{address}: {body}");
        for other in [&world.claire, &world.stranger] {
            assert_eq!(other.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
    }
    let elsewhere = format!("/systems/FT-2/alarms/{of_system}");
    assert_eq!(world.ilse.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
    for address in ["/systems/FT-1/alarms", "/sites/LYON-2/alarms"] {
        let theirs = world.claire.get(address).await;
        assert!(theirs.status == StatusCode::OK && !theirs.body.contains("as it came"), "{}", theirs.body);
        assert_eq!(world.stranger.get(address).await.status, StatusCode::NOT_FOUND);
    }
    for address in ["/systems/FT-1/ledger", "/sites/LYON-2/ledger", "/systems/FT-1/alarms"] {
        assert_eq!(world.stranger.api("GET", address, None).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_partner_counts_what_came_since_they_serve(db: PgPool) {
    let world = world(db).await;
    world.send(&[event(1, "FT-1", "heartbeat", "info"), event(2, "FT-1", "heartbeat", "info")]).await;
    world.portal.app.clock.advance(jiff::SignedDuration::from_hours(1));
    let rhone = world.portal.partner("Rhone Systemes", world.acme, false).await;
    let from_now = format!("UPDATE partner_relation SET history = 'none', valid_from = '{}'", world.portal.now());
    world.portal.pool.execute(AssertSqlSafe(from_now)).await.unwrap();
    let paul = world.portal.person(rhone, "Paul Roche", "partner").await;
    world.send(&[event(3, "FT-1", "heartbeat", "info")]).await;

    let theirs = paul.api("GET", "/systems/FT-1/ledger", None).await.json();

    assert_eq!((&theirs["sent"], &theirs["adds_up"]), (&json!(1), &json!(true)), "{theirs}");
    assert_eq!(theirs["gaps"], json!([]), "what was heard before is not missing: {theirs}");
}
