//! The whole history of a system and of a site, as it is known and as it was.

use serde_json::{Value, json};
use sqlx::{Executor, PgPool};

use crate::{
    person::Person,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

struct World {
    portal: TestApp,
    claire: Person,
    stranger: Person,
    ilse: Person,
    lyon: Place,
    credential: String,
}

async fn world(db: PgPool) -> World {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let other = portal.customer("Boreal Bank", "OSLO-1", "Europe/Oslo", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    portal.system(acme, "FT-4400-2211", "rail-core-b").await;
    portal.system(other, "FT-2700-0001", "vault").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let stranger = portal.person(other.customer, "Sven Berg", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let credential = portal.credential(acme, Some(system)).await;
    World { portal, claire, stranger, ilse, lyon: acme, credential }
}

impl World {
    async fn call_home(&self, id: &str, kind: &str, data: Value) {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210",
                           "type": format!("meridian.alarm.{kind}"), "subject": "11/2", "data": data});
        let page = self.portal.ingest("/ingest/alarms", &self.credential, event.to_string()).await;
        assert_eq!(page.status, 202, "{}", page.body);
    }
}

async fn happened(person: &Person, path: &str) -> Vec<Value> {
    let page = person.api("GET", path, None).await;
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    page.json()["data"].as_array().unwrap().clone()
}

fn kinds(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["kind"].as_str().unwrap()).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn everything_that_happened_stands_in_one_order(db: PgPool) {
    let world = world(db).await;
    let lost =
        json!({"code": "board-broken", "severity": "error", "summary": "Board 11/2 is broken", "state": "simplex"});
    world.call_home("1", "raised", lost.clone()).await;
    world.portal.app.clock.advance(jiff::SignedDuration::from_mins(30));
    world.call_home("2", "cleared", lost).await;
    world.portal.app.clock.advance(jiff::SignedDuration::from_mins(30));
    world.call_home("3", "raised", json!({"code": "x", "severity": "info", "summary": "Firmware was read"})).await;
    world.portal.app.clock.advance(jiff::SignedDuration::from_mins(30));
    let number = world.claire.file("FT-4400-2210", "3", "It rattles").await;

    let rows = happened(&world.claire, "/systems/FT-4400-2210/timeline").await;

    let newest: Vec<&str> = kinds(&rows).into_iter().take(3).collect();
    assert_eq!(newest, ["call", "alarm", "redundancy"], "{rows:?}");
    assert_eq!((&rows[0]["call"], &rows[0]["state"]), (&json!(number), &json!("new")));
    assert_eq!(rows[1]["what"], "Firmware was read");
    assert_eq!(rows[2]["state"], "duplex");
    let lost = rows.iter().find(|row| row["state"] == "simplex").unwrap();
    assert!(lost["call"].is_string(), "what took the redundancy is told: {lost}");
    assert_eq!(kinds(&rows).iter().filter(|kind| **kind == "contract").count(), 2, "installed and covered: {rows:?}");
    assert_eq!(kinds(&happened(&world.claire, "/systems/FT-4400-2210/timeline?kind=alarm").await), ["alarm"]);

    let site = happened(&world.ilse, "/sites/LYON-2/timeline?kind=call").await;
    assert_eq!(site.len(), 2);
    assert_eq!(site[0]["system"], "FT-4400-2210");
    for path in ["/systems/FT-4400-2210/timeline", "/sites/LYON-2/timeline"] {
        assert_eq!(world.stranger.api("GET", path, None).await.status, 404);
    }
    for path in ["/systems/FT-4400-2210/history", "/sites/LYON-2/history"] {
        assert_eq!(world.stranger.get(path).await.status, 404);
        let page = world.claire.get(path).await;
        assert!(page.body.contains("Running without redundancy") && page.body.contains(&number), "{}", page.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_history_can_be_read_as_it_was_known_at_any_moment(db: PgPool) {
    let world = world(db).await;
    let number = world.claire.file("FT-4400-2210", "3", "It rattles").await;
    let clock = world.portal.app.clock.clone();
    let then = clock.now() + jiff::SignedDuration::from_mins(10);
    clock.advance(jiff::SignedDuration::from_hours(1));
    for verb in [
        json!({"verb": "acknowledge"}),
        json!({"verb": "change_severity", "severity": 2, "reason": "Worse"}),
        json!({"verb": "resolve", "resolution_code": "fixed", "cause": "A loose fan", "text": "Fastened"}),
    ] {
        let page = world.ilse.api("POST", &format!("/calls/{number}/transitions"), Some(&verb)).await;
        assert!(page.status.is_success(), "{}", page.body);
    }
    world.claire.file("FT-4400-2210", "4", "Later").await;

    let path = "/systems/FT-4400-2210/timeline?kind=call";
    let now = happened(&world.claire, path).await;
    let before = happened(&world.claire, &format!("{path}&as_of={then}")).await;
    let page = world.claire.get(&format!("/systems/FT-4400-2210/history?as_of={then}")).await;

    assert_eq!(now.len(), 2);
    assert_eq!((&now[1]["state"], &now[1]["severity"]), (&json!("resolved"), &json!(2)));
    assert_eq!(now[1]["outcome"], "A loose fan");
    assert_eq!(before.len(), 1, "{before:?}");
    assert_eq!((&before[0]["state"], &before[0]["severity"]), (&json!("new"), &json!(3)));
    assert!(before[0]["outcome"].is_null() && before[0]["over_at"].is_null(), "{before:?}");
    assert!(page.body.contains("as it was known") && !page.body.contains("Later"), "{}", page.body);
    let wrong = world.claire.api("GET", &format!("{path}&as_of=soon"), None).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_page_of_a_history_goes_on_where_the_last_one_ended(db: PgPool) {
    let world = world(db.clone()).await;
    for n in 0..7 {
        world.claire.file("FT-4400-2210", "4", &format!("Fan {n}")).await;
        world.call_home(&format!("i{n}"), "raised", json!({"code": "x", "severity": "info", "summary": "read"})).await;
    }
    let whole = happened(&world.claire, "/systems/FT-4400-2210/timeline?limit=200").await;

    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/systems/FT-4400-2210/timeline?limit=3&cursor={cursor}");
        let page = world.claire.api("GET", &path, None).await.json();
        seen.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(seen, whole);
    assert_eq!(whole.len(), 7 + 7 + 2);
    db.execute("SELECT 1").await.unwrap();
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_history_can_be_taken_away_in_three_kinds_of_file(db: PgPool) {
    let world = world(db).await;
    world.claire.file("FT-4400-2210", "3", "=1+1").await;
    let path = |format: &str| format!("/systems/FT-4400-2210/history?kind=call&format={format}");

    let csv = world.claire.get(&path("csv")).await;
    let ndjson = world.claire.get(&path("ndjson")).await;
    let xlsx = world.claire.get(&path("xlsx")).await;

    assert!(csv.body.starts_with("at,kind,system,call,") && csv.body.contains("'=1+1"), "{}", csv.body);
    let row: Value = serde_json::from_str(ndjson.body.trim()).unwrap();
    assert_eq!((&row["what"], &row["system"]), (&json!("=1+1"), &json!("FT-4400-2210")));
    assert!(xlsx.body.starts_with("PK"), "a workbook is a zip file");
    assert_eq!(world.claire.get(&path("pdf")).await.status, 422);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_long_history_is_taken_away_whole_and_that_it_was_is_written_down(db: PgPool) {
    let world = world(db.clone()).await;
    let turns = "INSERT INTO redundancy_change (customer_id, system_id, at, site_id, redundancy)
                 SELECT customer_id, id, timestamptz '2025-01-01' + n * interval '1 hour', site_id,
                        CASE n % 2 WHEN 0 THEN 'duplex' ELSE 'simplex' END
                 FROM system, generate_series(1, 2500) n WHERE serial = 'FT-4400-2210'";
    db.execute(turns).await.unwrap();

    for (format, lines) in [("csv", 2_501), ("ndjson", 2_500)] {
        let path = format!("/systems/FT-4400-2210/history?kind=redundancy&format={format}");
        let body = world.claire.get(&path).await.body;
        assert_eq!(body.lines().count(), lines, "{format}");
        let whole: std::collections::BTreeSet<&str> = body.lines().collect();
        assert_eq!(whole.len(), lines, "no row came twice");
    }
    let ada = world.portal.staff("Ada Admin", "admin").await;
    let audit = ada.api("GET", "/audit", None).await.json();
    let taken = audit["data"].as_array().unwrap().iter().filter(|deed| deed["kind"] == "history_exported").count();
    assert_eq!(taken, 2, "{audit}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_of_a_whole_site_stands_in_its_history(db: PgPool) {
    let world = world(db).await;
    let gateway = world.portal.credential(world.lyon, None).await;
    let event = json!({"specversion": "1.0", "id": "1", "source": "/sites/LYON-2", "type": "meridian.alarm.raised",
                       "data": {"code": "cooling", "severity": "error", "summary": "The room is hot"}});
    assert_eq!(world.portal.ingest("/ingest/alarms", &gateway, event.to_string()).await.status, 202);

    let rows = happened(&world.claire, "/sites/LYON-2/timeline?kind=call").await;
    assert_eq!((&rows[0]["what"], &rows[0]["system"]), (&json!("The room is hot"), &Value::Null));
    for format in ["", "csv", "ndjson", "xlsx"] {
        let page = world.claire.get(&format!("/sites/LYON-2/history?format={format}")).await;
        assert_eq!(page.status, 200, "{format}: {}", page.body);
        assert!(format == "xlsx" || page.body.contains("The room is hot"), "{format}: {}", page.body);
    }
}
