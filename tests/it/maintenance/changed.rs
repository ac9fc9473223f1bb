//! What becomes of a window that runs, or that was called off, when somebody changes its plan.

use jiff::Timestamp;
use meridian::store::relations;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::{World, serial, this_afternoon, world};
use crate::page::Page;

fn path(window: &Value) -> String {
    format!("/maintenance-windows/{}", window["id"].as_str().unwrap())
}

impl World {
    /// Whatever it is by now.
    async fn patch(&self, path: &str, change: &Value) -> Page {
        self.claire.api_with("PATCH", path, Some(change), &[("if-match", "*")]).await
    }

    async fn changed(&self, path: &str, change: &Value) -> Value {
        let page = self.patch(path, change).await;
        assert_eq!(page.status, StatusCode::OK, "{change}: {}", page.body);
        page.json()
    }

    fn wait_until(&self, at: &str) {
        let at: Timestamp = at.parse().unwrap();
        self.portal.app.clock.advance(at.duration_since(self.portal.now()));
    }

    async fn call_off(&self, path: &str, at: &str) {
        let at = at.parse::<Timestamp>().unwrap().as_microsecond().to_string();
        let page = self.claire.post(&format!("{path}/occurrences/removal"), &[("planned_at", at.as_str())]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    }
}

fn daily(at: &str, minutes: i64) -> Value {
    json!({"site": "LYON-2", "title": "Backup", "reason": "Every day", "repeats": "weekly", "at": at,
        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "duration_minutes": minutes})
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_runs_is_neither_postponed_nor_made_longer_than_a_window_lasts(db: PgPool) {
    let world = world(db, 1).await;
    let window = world.plan(&this_afternoon(&[0])).await;
    let path = path(&window);
    world.wait(60);

    for (change, field) in [
        (json!({"from": "2026-11-30T15:00", "to": "2026-11-30T18:00"}), "from"),
        // Of that plan it would be 31 days, and with what has run already it is more.
        (json!({"from": "2026-11-23T16:30", "to": "2026-12-24T16:00"}), "to"),
    ] {
        let refused = world.patch(&path, &change).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{change}: {}", refused.body);
        assert_eq!(refused.json()["errors"][0]["field"], field, "{}", refused.body);
    }
    let now = world.claire.api("GET", &path, None).await.json();
    assert_eq!(now["ends_at"], "2026-11-23T17:00:00.000000Z", "{now}");

    // It has begun when it has begun, so that it does not come again once somebody ends it.
    world.changed(&path, &json!({"from": "2026-11-23T15:30", "to": "2026-11-23T19:00"})).await;
    let ended = world.claire.api("POST", &format!("{path}/end"), Some(&json!({}))).await;
    assert_eq!((ended.status, &ended.json()["next"]), (StatusCode::OK, &json!([])), "{}", ended.body);
    assert_eq!(world.raise("1", 0, "psu/1").await["disposition"], "opened");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_called_off_does_not_come_back_with_a_change(db: PgPool) {
    let world = world(db, 1).await;
    let window = world.plan(&daily("16:00", 120)).await;
    let path = path(&window);
    world.call_off(&path, "2026-11-23T15:00:00Z").await;
    world.wait_until("2026-11-23T15:33:00Z");

    let changed = world.changed(&path, &json!({"reason": "Every day but this one"})).await;
    assert_eq!(changed["starts_at"], "2026-11-24T15:00:00.000000Z", "{changed}");
    world.call_off(&path, "2026-11-24T15:00:00Z").await;
    let changed = world.changed(&path, &json!({"reason": "Every day but these two"})).await;
    assert_eq!(changed["starts_at"], "2026-11-25T15:00:00.000000Z", "{changed}");
    assert_eq!(world.raise("1", 0, "psu/1").await["disposition"], "opened");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_taken_out_of_a_running_window_gets_its_calls_at_once(db: PgPool) {
    let world = world(db, 3).await;
    let window = world.plan(&this_afternoon(&[])).await;
    let path = path(&window);
    for n in 0..3 {
        world.raise(&n.to_string(), n, "psu/1").await;
    }
    world.wait(5);

    world.changed(&path, &json!({"systems": [serial(0), serial(1)]})).await;
    assert_eq!((world.calls().await, world.kept_back().await), (1, 2));
    let again = world.raise("3", 2, "psu/1").await;
    assert_eq!(again["disposition"], "folded", "{again}");
    let call = world.claire.get(&format!("/calls/{}", again["call"].as_str().unwrap())).await.body;
    assert!(call.contains("It began during the maintenance “Firmware”, which is for it no more."), "{call}");
    world.changed(&path, &json!({"systems": [serial(1)]})).await;
    assert_eq!((world.calls().await, world.kept_back().await), (2, 1));
    world.changed(&path, &json!({"systems": null})).await;
    assert_eq!((world.calls().await, world.kept_back().await), (2, 1));

    world.wait_until("2026-11-23T17:00:00Z");
    assert_eq!(world.over().await, 1);
    assert_eq!((world.calls().await, world.kept_back().await), (3, 0));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_end_that_was_moved_stays_where_the_plan_changes(db: PgPool) {
    let world = world(db, 1).await;
    let window = world.plan(&daily("15:00", 180)).await;
    let path = path(&window);
    let moved = world.changed(&path, &json!({"to": "2026-11-23T19:30"})).await;
    assert_eq!(moved["ends_at"], "2026-11-23T18:30:00.000000Z", "{moved}");

    for change in [json!({"reason": "It takes longer"}), json!({"duration_minutes": 60})] {
        let changed = world.changed(&path, &change).await;
        assert_eq!(changed["ends_at"], "2026-11-23T18:30:00.000000Z", "{change}: {changed}");
    }
    world.wait_until("2026-11-23T18:30:00Z");
    assert_eq!(world.over().await, 1);
    let next = world.claire.api("GET", &path, None).await.json();
    assert_eq!(next["ends_at"], "2026-11-24T15:00:00.000000Z", "those that come are as planned: {next}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_has_looked_at_an_older_window_does_not_end_it(db: PgPool) {
    let world = world(db, 1).await;
    let window = world.plan(&this_afternoon(&[0])).await;
    let path = path(&window);
    let tag = |window: &Value| format!("\"{}\"", window["version"]);
    let changed = world.changed(&path, &json!({"reason": "More to do"})).await;

    let (old, end) = (tag(&window), format!("{path}/end"));
    for (method, address) in [("DELETE", &path), ("POST", &end)] {
        for old in [old.as_str(), "\"what\""] {
            let body = json!({});
            let stale = world.claire.api_with(method, address, Some(&body), &[("if-match", old)]).await;
            assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{method} {old}: {}", stale.body);
            assert_eq!(stale.json()["version"], changed["version"], "with the present state: {}", stale.body);
        }
    }
    assert_eq!(world.raise("1", 0, "psu/1").await["disposition"], "suppressed");
    let seen = tag(&changed);
    let ended = world.claire.api_with("POST", &end, Some(&json!({})), &[("if-match", &seen)]).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_partner_reads_nothing_that_was_over_before_it_came(db: PgPool) {
    let world = world(db, 1).await;
    let over = world.plan(&this_afternoon(&[0])).await;
    let mut tomorrow = this_afternoon(&[]);
    (tomorrow["from"], tomorrow["to"]) = (json!("2026-11-24T15:00"), json!("2026-11-24T18:00"));
    let coming = world.plan(&tomorrow).await;
    world.wait_until("2026-11-23T18:30:00Z");
    world.over().await;
    let rhone = world.portal.account("partner", "Rhone Systemes").await;
    let relation = relations::NewRelation {
        customer_id: world.lyon.customer,
        id: Uuid::now_v7(),
        partner_id: rhone,
        site_id: Some(world.lyon.site),
        first_line: false,
        accept_minutes: 30,
        history: "none",
        history_from: None,
        valid_from: "2026-11-23T18:00:00Z".parse().unwrap(),
        valid_to: None,
    };
    let mut tx = world.portal.app.store.begin_write().await.unwrap();
    relations::insert(&mut tx, &relation).await.unwrap();
    tx.commit().await.unwrap();
    let paul = world.portal.person(rhone, "Paul", "partner").await;

    let listed = paul.api("GET", "/maintenance-windows", None).await.json();
    let ids: Vec<&Value> = listed["data"].as_array().unwrap().iter().map(|window| &window["id"]).collect();
    assert_eq!(ids, [&coming["id"]], "{listed}");
    assert_eq!(paul.api("GET", &path(&coming), None).await.status, StatusCode::OK);
    for answer in [paul.api("GET", &path(&over), None).await, paul.get(&path(&over)).await] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    }
    let index = paul.get("/maintenance-windows").await.body;
    let shown = |window: &Value| index.contains(window["id"].as_str().unwrap());
    assert!(shown(&coming) && !shown(&over), "{index}");
}

fn typed<'a>(version: &'a str, from: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("site", "LYON-2"),
        ("version", version),
        ("limit", "some"),
        ("systems", "FT-4400-0000"),
        ("title", "Firmware"),
        ("reason", "Another one"),
        ("zone", "Europe/Paris"),
        ("repeats", "once"),
        ("from", from),
        ("from_at", "2027-10-31T01:30:00Z"),
        ("to", "2027-10-31T04:30"),
        ("to_at", "2027-10-31T03:30:00Z"),
    ]
}

/// In Paris it is half past two twice on 31 October 2027: at 00:30 and at 01:30 UTC.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_time_that_comes_twice_is_read_as_the_one_that_was_shown(db: PgPool) {
    let world = world(db, 1).await;
    let mut night = this_afternoon(&[0]);
    (night["from"], night["to"]) = (json!("2027-10-31T01:30:00Z"), json!("2027-10-31T03:30:00Z"));
    let late = path(&world.plan(&night).await);
    let page = world.claire.get(&format!("{late}/plan")).await.body;
    assert!(page.contains("value=\"2027-10-31T02:30\"") && page.contains("value=\"2027-10-31T01:30:00Z\""), "{page}");
    for (from, starts_at, why) in [
        ("2027-10-31T02:30", "2027-10-31T01:30:00.000000Z", "nobody has changed it"),
        ("2027-10-31T02:45", "2027-10-31T00:45:00.000000Z", "a new one is the first of the two"),
    ] {
        let version = world.claire.api("GET", &late, None).await.json()["version"].to_string();
        let saved = world.claire.post(&format!("{late}/plan"), &typed(&version, from)).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let now = world.claire.api("GET", &late, None).await.json();
        assert_eq!(
            (&now["starts_at"], &now["ends_at"]),
            (&json!(starts_at), &json!("2027-10-31T03:30:00.000000Z")),
            "{why}: {now}"
        );
    }

    (night["from"], night["to"]) = (json!("2027-10-31T00:00:00Z"), json!("2027-10-31T00:30:00Z"));
    let early = path(&world.plan(&night).await);
    world.wait_until("2027-10-31T00:10:00Z");
    world.claire.sign_in().await;
    let page = world.claire.get(&early).await.body;
    assert!(page.contains("name=\"to_at\" value=\"2027-10-31T01:30:00Z\""), "{page}");
    for (to, ends_at, why) in [
        ("2027-10-31T02:30", "2027-10-31T01:30:00.000000Z", "as the page has proposed it"),
        ("2027-10-31T03:30", "2027-10-31T02:30:00.000000Z", "what is typed is by the clock"),
    ] {
        let form = [("to", to), ("to_at", "2027-10-31T01:30:00Z")];
        let moved = world.claire.post(&format!("{early}/extension"), &form).await;
        assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.body);
        let now = world.claire.api("GET", &early, None).await.json();
        assert_eq!(now["ends_at"], ends_at, "{why}: {now}");
    }
}
