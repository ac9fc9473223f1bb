//! What comes in one message or at one moment is received together, and nobody's part is mixed up with another's.

use futures_util::future::join_all;
use meridian::domain::number::CallNumber;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};

use crate::{
    faults::number,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

fn serial(n: usize) -> String {
    format!("FT-4400-{n:04}")
}

fn broken(system: usize, component: &str) -> Value {
    json!({"specversion": "1.0", "id": format!("{system}/{component}"), "source": format!("/systems/{}", serial(system)),
           "type": "meridian.alarm.raised", "subject": component,
           "data": {"code": "power", "severity": "error", "summary": "AC input lost"}})
}

async fn site(portal: &TestApp, code: &str, systems: std::ops::Range<usize>) -> (Place, String) {
    let place = portal.customer(&format!("Customer of {code}"), code, "Europe/Paris", "EMEA").await;
    for n in systems {
        portal.system(place, &serial(n), &format!("rail-{n:03}")).await;
    }
    (place, portal.credential(place, None).await)
}

async fn send(portal: &TestApp, gateway: &str, events: Vec<Value>) -> Vec<Value> {
    let answer = portal.ingest("/ingest/alarms", gateway, Value::from(events).to_string()).await.json();
    answer["results"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

const CALL: &str = "SELECT count(*) FROM call JOIN call_number n ON n.number = call.number AND n.call_id = call.id
    WHERE call.version = (SELECT max(seq) FROM history h WHERE h.customer_id = call.customer_id AND h.call_id = call.id)";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn calls_that_begin_in_one_message_know_of_each_other(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let (_, gateway) = site(&portal, "LYON-2", 0..2).await;

    let told = send(&portal, &gateway, vec![broken(0, "1"), broken(1, "1"), broken(0, "2")]).await;

    let calls: Vec<&str> = told.iter().map(|one| one["call"].as_str().unwrap()).collect();
    assert!(told.iter().all(|one| one["disposition"] == "opened"), "{told:?}");
    let same = "SELECT n.number, d.inputs #>> '{same_incident,call}' AS same
        FROM routing_decision d JOIN call_number n USING (call_id) ORDER BY n.number";
    let named = |serial: i64| CallNumber::from_serial(serial).to_string();
    let rows = portal.pool.fetch_all(same).await.unwrap();
    let same: Vec<(String, Option<String>)> = rows.iter().map(|row| (named(row.get(0)), row.get(1))).collect();
    let told_same = |call: &str| same.iter().find(|(number, _)| number == call).unwrap().1.clone();
    assert_eq!(calls.iter().map(|call| told_same(call)).collect::<Vec<_>>(), [None, None, Some(calls[0].to_owned())]);
    assert_eq!(number(&portal.pool, CALL).await, 3, "each is its own number and its own history");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_storm_that_comes_in_one_message_is_one_call(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let (_, gateway) = site(&portal, "LYON-2", 0..8).await;
    let (_, other) = site(&portal, "TURIN-1", 20..21).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;

    let alone = send(&portal, &other, vec![broken(20, "1")]).await;
    let told = send(&portal, &gateway, (0..8).map(|n| broken(n, "psu/1")).collect()).await;

    let storm = told[7]["call"].as_str().unwrap();
    let dispositions: Vec<&str> = told.iter().map(|one| one["disposition"].as_str().unwrap()).collect();
    assert_eq!(dispositions, [&["opened"; 5][..], &["folded"; 3][..]].concat());
    assert!(told[4..].iter().all(|one| one["call"] == storm), "{told:?}");
    let faults = ilse.api("GET", &format!("/calls/{storm}/faults"), None).await.json();
    assert_eq!([&faults["standing"], &faults["systems"]], [8, 8], "{faults}");
    for one in &told[..4] {
        let call = ilse.api("GET", &format!("/calls/{}", one["call"].as_str().unwrap()), None).await.json();
        assert_eq!(call["status"], "cancelled", "{call}");
    }
    let call = ilse.api("GET", &format!("/calls/{}", alone[0]["call"].as_str().unwrap()), None).await.json();
    assert_eq!(call["status"], "new", "another customer's call is left as it is: {call}");
    assert_eq!(number(&portal.pool, CALL).await, 6);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_sends_at_the_same_moment_is_taken_for_nobody_else(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let (_, lyon) = site(&portal, "LYON-2", 0..1).await;
    let (_, turin) = site(&portal, "TURIN-1", 20..21).await;

    let senders = [(&lyon, 0), (&turin, 20), (&"md_nobody".to_owned(), 0)];
    let (portal, senders) = (&portal, &senders);
    let sent = join_all((0..30).map(|n| async move {
        let (secret, system) = senders[n % senders.len()];
        let event = Value::from(vec![broken(system, &format!("part-{n}"))]).to_string();
        portal.ingest("/ingest/alarms", secret, event).await.status.as_u16()
    }))
    .await;

    let expected: Vec<u16> = (0..30).map(|n| if n % 3 == 2 { 401 } else { 202 }).collect();
    assert_eq!(sent, expected);
    let astray = "SELECT count(*) FROM alarm a JOIN system s ON s.customer_id = a.customer_id AND s.id = a.system_id
        WHERE a.source <> '/systems/' || s.serial OR a.disposition = 'quarantined'";
    let own = "SELECT count(*) FROM alarm a JOIN system s ON s.customer_id = a.customer_id AND s.id = a.system_id
        WHERE a.source = '/systems/' || s.serial";
    assert_eq!([number(&portal.pool, astray).await, number(&portal.pool, own).await], [0, 20]);
}
