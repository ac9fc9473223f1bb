//! Planned work: who plans it, what it keeps from making calls, and what is heard of it when it is over.

mod changed;
mod ended;
mod planned;

use jiff::SignedDuration;
use meridian::clock::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    faults::number,
    person::Person,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

/// A site in Paris where it is 15:33, some systems, a gateway that speaks for all of them, and who works there.
struct World {
    portal: TestApp,
    lyon: Place,
    systems: Vec<Uuid>,
    gateway: String,
    claire: Person,
    ilse: Person,
}

/// Nothing is closed behind the back of a test: it says when the sweep comes.
async fn world(db: PgPool, systems: usize) -> World {
    let portal = TestApp::with(Clock::held_at(MONDAY_AFTERNOON.parse().unwrap()), db, false).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let mut made = Vec::new();
    for n in 0..systems {
        made.push(portal.system(lyon, &serial(n), &format!("rail-{n}")).await);
    }
    let gateway = portal.credential(lyon, None).await;
    let claire = portal.person(lyon.customer, "Claire Dubois", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    World { portal, lyon, systems: made, gateway, claire, ilse }
}

fn serial(n: usize) -> String {
    format!("FT-4400-{n:04}")
}

fn event(id: &str, kind: &str, system: usize, component: &str, time: &str) -> Value {
    let mut event = json!({"specversion": "1.0", "id": id, "source": format!("/systems/{}", serial(system)),
        "type": format!("meridian.alarm.{kind}"), "subject": component,
        "data": {"code": "psu", "severity": "error", "summary": "AC input lost", "state": "broken"}});
    if !time.is_empty() {
        event["time"] = json!(time);
    }
    event
}

/// From 15:00 to 18:00 by the clock of the site.
fn this_afternoon(systems: &[usize]) -> Value {
    let systems: Vec<String> = systems.iter().map(|n| serial(*n)).collect();
    json!({"site": "LYON-2", "systems": (!systems.is_empty()).then_some(systems), "title": "Firmware",
           "reason": "Both enclosures, Claire", "from": "2026-11-23T15:00", "to": "2026-11-23T18:00"})
}

impl World {
    async fn plan(&self, body: &Value) -> Value {
        let page = self.claire.api("POST", "/maintenance-windows", Some(body)).await;
        assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
        page.json()
    }

    async fn send(&self, events: &[Value]) -> Vec<Value> {
        let answer = self.portal.ingest("/ingest/alarms", &self.gateway, Value::from(events).to_string()).await.json();
        answer["results"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// What becomes of an alarm of that system that breaks now.
    async fn raise(&self, id: &str, system: usize, component: &str) -> Value {
        self.send(&[event(id, "raised", system, component, &self.portal.now().to_string())]).await.remove(0)
    }

    fn wait(&self, minutes: i64) {
        self.portal.app.clock.advance(SignedDuration::from_mins(minutes));
    }

    async fn calls(&self) -> i64 {
        number(&self.portal.pool, "SELECT count(*) FROM call").await
    }

    async fn kept_back(&self) -> i64 {
        number(&self.portal.pool, "SELECT count(*) FROM fault WHERE cleared_at IS NULL AND call_id IS NULL").await
    }

    async fn report(&self) -> Value {
        self.portal.pool.fetch_one("SELECT report FROM maintenance_occurrence").await.unwrap().get(0)
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn alarms_of_a_system_in_a_window_make_no_call_and_are_kept(db: PgPool) {
    let world = world(db, 2).await;
    let window = world.plan(&this_afternoon(&[0])).await;
    assert_eq!(window["in_force"], true, "{window}");
    assert_eq!(window["ends_at"], "2026-11-23T17:00:00.000000Z");

    let own = world.raise("1", 0, "psu/1").await;
    let other = world.raise("2", 1, "psu/1").await;

    assert_eq!((&own["disposition"], &own["call"]), (&"suppressed".into(), &Value::Null), "{own}");
    assert_eq!(other["disposition"], "opened", "{other}");
    assert_eq!((world.calls().await, world.kept_back().await), (1, 1));
    assert_eq!(world.raise("1", 0, "psu/1").await["disposition"], "suppressed", "the same message, the same answer");
    let page = world.claire.get("/systems/FT-4400-0000").await.body;
    assert!(page.contains("In maintenance until <time datetime=\"2026-11-23T17:00:00Z\">18:00</time>"), "{page}");
    assert!(page.contains("1 suppressed"), "{page}");
    let page = world.claire.get(&format!("/maintenance-windows/{}", window["id"].as_str().unwrap())).await.body;
    assert!(page.contains("AC input lost") && page.contains("stands"), "{page}");
    assert!(!world.claire.get("/systems/FT-4400-0001").await.body.contains("In maintenance until"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_window_of_the_site_is_for_everything_that_stands_there(db: PgPool) {
    let world = world(db, 2).await;
    world.plan(&this_afternoon(&[])).await;

    assert_eq!(world.raise("1", 0, "psu/1").await["disposition"], "suppressed");
    assert_eq!(world.raise("2", 1, "psu/1").await["disposition"], "suppressed");
    let nice = world.portal.site(world.lyon.customer, "NICE-9", "Europe/Paris", "EMEA").await;
    let coast = world.portal.system(nice, "FT-6500-0009", "coast").await;
    let credential = world.portal.credential(nice, Some(coast)).await;
    let mut alarm = event("3", "raised", 0, "psu/1", &world.portal.now().to_string());
    alarm["source"] = json!("/systems/FT-6500-0009");
    let answer = world.portal.ingest("/ingest/alarms", &credential, alarm.to_string()).await.json();

    assert_eq!(answer["results"][0]["disposition"], "opened", "{answer}");
    assert!(world.ilse.get("/sites/LYON-2").await.body.contains("In maintenance until"));
    assert!(!world.ilse.get("/sites/NICE-9").await.body.contains("In maintenance until"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_fault_that_has_an_open_call_goes_on_folding(db: PgPool) {
    let world = world(db, 1).await;
    let call = world.raise("1", 0, "psu/1").await["call"].clone();
    world.plan(&this_afternoon(&[0])).await;
    world.wait(10);

    let again = world.raise("2", 0, "psu/1").await;
    let another = world.raise("3", 0, "fan/2").await;

    assert_eq!((&again["disposition"], &again["call"]), (&"folded".into(), &call), "{again}");
    assert_eq!(another["disposition"], "suppressed", "{another}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn late_alarms_are_judged_by_their_own_time_and_none_is_lost(db: PgPool) {
    let world = world(db, 1).await;
    world.plan(&this_afternoon(&[0])).await;
    world.wait(30);
    let late = |id: &str, kind: &str, component: &str, time: &str| event(id, kind, 0, component, time);

    let before = world.send(&[late("1", "raised", "psu/1", "2026-11-23T13:00:00Z")]).await.remove(0);
    assert_eq!(before["disposition"], "opened", "it broke before the work began: {before}");

    world.portal.app.clock.advance(SignedDuration::from_hours(3));
    meridian::actions::end_windows(&world.portal.app).await.unwrap();
    let standing = world.send(&[late("2", "raised", "fan/1", "2026-11-23T15:30:00Z")]).await.remove(0);
    assert_eq!(standing["disposition"], "opened", "it may still stand: {standing}");
    let over =
        [late("3", "raised", "disk/1", "2026-11-23T15:30:00Z"), late("4", "cleared", "disk/1", "2026-11-23T15:40:00Z")];
    let over: Vec<Value> = world.send(&over).await.iter().map(|answer| answer["disposition"].clone()).collect();
    assert_eq!(over, ["suppressed", "cleared"], "broken and mended while it was worked on");
    assert_eq!(world.kept_back().await, 0);
    assert_eq!(world.raise("5", 0, "disk/1").await["disposition"], "opened");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_end_that_comes_before_its_beginning_leaves_nothing_standing(db: PgPool) {
    let world = world(db, 1).await;
    world.plan(&this_afternoon(&[0])).await;
    world.portal.app.clock.advance(SignedDuration::from_hours(3));
    meridian::actions::end_windows(&world.portal.app).await.unwrap();

    let turned = [
        event("1", "cleared", 0, "disk/1", "2026-11-23T15:40:00Z"),
        event("2", "raised", 0, "disk/1", "2026-11-23T15:30:00Z"),
    ];
    let turned: Vec<Value> = world.send(&turned).await.iter().map(|answer| answer["disposition"].clone()).collect();

    assert_eq!(turned, ["cleared", "suppressed"]);
    assert_eq!((world.calls().await, world.kept_back().await), (0, 0));
    let redundancy = "SELECT count(*) FROM system WHERE redundancy <> 'duplex'";
    assert_eq!(number(&world.portal.pool, redundancy).await, 0);
    assert_eq!(world.raise("3", 0, "disk/1").await["disposition"], "opened");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_comes_again_follows_the_clock_of_the_place_when_that_jumps(db: PgPool) {
    let world = world(db, 1).await;
    let sundays = json!({"site": "LYON-2", "systems": [serial(0)], "title": "Backup", "reason": "Every week",
                         "repeats": "weekly", "weekdays": ["sun"], "at": "02:30", "duration_minutes": 90,
                         "valid_from": "2027-03-15"});
    let window = world.plan(&sundays).await;
    let starts: Vec<&str> =
        window["next"].as_array().unwrap().iter().map(|o| o["starts_at"].as_str().unwrap()).take(3).collect();
    let expected = ["2027-03-21T01:30:00.000000Z", "2027-03-28T01:00:00.000000Z", "2027-04-04T00:30:00.000000Z"];
    assert_eq!(starts, expected, "{window}");

    let until = |text: &str| text.parse::<jiff::Timestamp>().unwrap().duration_since(world.portal.now());
    world.portal.app.clock.advance(until("2027-03-28T00:59:00Z"));
    assert_eq!(world.raise("1", 0, "psu/1").await["disposition"], "opened");
    world.wait(1);
    assert_eq!(world.raise("2", 0, "fan/1").await["disposition"], "suppressed", "half past two is skipped");
    world.wait(89);
    assert_eq!(world.raise("3", 0, "fan/2").await["disposition"], "suppressed");
    world.wait(1);
    assert_eq!(world.raise("4", 0, "fan/3").await["disposition"], "opened");
}
