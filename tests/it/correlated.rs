//! Many messages, few calls: storms, parts of what is broken, faults that come and go, and loud ones.

mod grave;
mod late;

use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use meridian::{actions, store::faults};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    faults::{PATIENCE, eventually, is_true, number},
    person::Person,
    support::{MONDAY_AFTERNOON, TestApp},
};

/// A site with so many systems, and a gateway that speaks for all of them.
struct Site {
    portal: TestApp,
    gateway: String,
    ilse: Person,
}

const SYSTEMS: usize = 500;

async fn site(db: PgPool, systems: usize) -> Site {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    for n in 0..systems {
        portal.system(acme, &serial(n), &format!("rail-{n:03}")).await;
    }
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let gateway = portal.credential(acme, None).await;
    Site { portal, gateway, ilse }
}

fn serial(n: usize) -> String {
    format!("FT-4400-{n:04}")
}

fn event(id: &str, kind: &str, system: usize, component: &str, data: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": format!("/systems/{}", serial(system)),
           "type": format!("meridian.alarm.{kind}"), "subject": component, "data": data})
}

fn down() -> Value {
    json!({"code": "power", "severity": "critical", "summary": "AC input lost", "state": "broken"})
}

impl Site {
    /// What became of each event of one message.
    async fn send(&self, events: &[Value]) -> Vec<Value> {
        let answer = self.portal.ingest("/ingest/alarms", &self.gateway, Value::from(events).to_string()).await.json();
        answer["results"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    async fn one(&self, id: &str, kind: &str, component: &str, data: &Value) -> Value {
        self.send(&[event(id, kind, 0, component, data)]).await.remove(0)
    }

    async fn call(&self, number: &str) -> Value {
        self.ilse.api("GET", &format!("/calls/{number}"), None).await.json()
    }

    async fn faults(&self, number: &str) -> Value {
        self.ilse.api("GET", &format!("/calls/{number}/faults?limit=200"), None).await.json()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        number(&self.portal.pool, sql).await
    }

    fn wait(&self, minutes: i64) {
        self.portal.app.clock.advance(SignedDuration::from_mins(minutes));
    }
}

const WORKED: &str = "SELECT count(*) FROM call WHERE status IN ('new', 'open')";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_site_that_loses_power_is_one_call_that_lists_every_system(db: PgPool) {
    let site = site(db, SYSTEMS).await;

    let sent = stream::iter(0..SYSTEMS).map(|n| {
        site.portal.ingest(
            "/ingest/alarms",
            &site.gateway,
            event(&n.to_string(), "raised", n, "psu/1", &down()).to_string(),
        )
    });
    let answers: Vec<Value> = sent.buffer_unordered(20).map(|page| page.json()["results"][0].clone()).collect().await;

    assert_eq!(answers.len(), SYSTEMS);
    assert_eq!(site.count(WORKED).await, 1, "one call has all of them");
    assert_eq!(
        site.count(
            "SELECT count(*) FROM fault WHERE cleared_at IS NULL
        AND call_id = (SELECT id FROM call WHERE status = 'new')"
        )
        .await,
        500
    );
    let opened = answers.iter().filter(|answer| answer["disposition"] == "opened").count();
    assert!(opened <= 5, "{opened} calls were opened before anybody knew of the storm");
    let storm = answers.last().unwrap()["call"].as_str().unwrap();
    let faults = site.faults(storm).await;
    assert_eq!([&faults["alarms"], &faults["standing"], &faults["systems"]], [500, 500, 500], "{faults}");
    assert_eq!(faults["data"].as_array().unwrap().len(), 200, "a page of them");
    let next = format!("/calls/{storm}/faults?limit=200&cursor={}", faults["next_cursor"].as_str().unwrap());
    let next = site.ilse.api("GET", &next, None).await.json();
    assert_ne!(next["data"][0]["system"], faults["data"][0]["system"]);
    let page = site.ilse.get(&format!("/calls/{storm}")).await.body;
    assert!(page.contains("500 systems"), "{page}");

    let over = |n: usize| event(&format!("{n}-over"), "cleared", n, "psu/1", &down());
    site.send(&(0..300).map(over).collect::<Vec<_>>()).await;
    assert_eq!(
        (&site.call(storm).await["status"], &site.faults(storm).await["standing"]),
        (&"new".into(), &200.into())
    );
    site.send(&(300..SYSTEMS).map(over).collect::<Vec<_>>()).await;
    assert_eq!(
        (&site.call(storm).await["status"], &site.faults(storm).await["standing"]),
        (&"resolved".into(), &0.into())
    );
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn of_a_storm_nobody_is_told_twice(db: PgPool) {
    let site = site(db, 40).await;
    site.portal.app.clock.advance(SignedDuration::from_hours(24 * 5));
    let duty = site.portal.staff("Dora Day", "duty_manager").await;

    for n in 0..40 {
        site.send(&[event(&n.to_string(), "raised", n, "psu/1", &down())]).await;
    }

    let caught_up = "SELECT NOT EXISTS (SELECT FROM outbox)
        AND coalesce((SELECT pos FROM stream_reader WHERE name = 'notices'), 0) >= (SELECT max(pos) FROM stream)";
    eventually("everybody is told", PATIENCE, async || is_true(&site.portal.pool, caught_up).await).await;
    let told =
        site.count("SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM notification GROUP BY person_id) t");
    assert_eq!(told.await, 1, "each person has one notice");
    let of_duty = duty.get("/notifications").await.body;
    assert!(of_duty.contains("Storm"), "{of_duty}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn four_systems_are_four_calls(db: PgPool) {
    let site = site(db, 4).await;
    for n in 0..4 {
        let answer = site.send(&[event(&n.to_string(), "raised", n, "psu/1", &down())]).await.remove(0);
        assert_eq!(answer["disposition"], "opened");
    }
    assert_eq!(site.count(WORKED).await, 4);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_works_on_a_call_keeps_it_through_a_storm(db: PgPool) {
    let site = site(db, 8).await;
    let first = site.send(&[event("0", "raised", 0, "psu/1", &down())]).await.remove(0);
    let first = first["call"].as_str().unwrap().to_owned();
    let taken = json!({"verb": "assign", "assignee": site.ilse.id});
    site.ilse.api("POST", &format!("/calls/{first}/transitions"), Some(&taken)).await;

    for n in 1..8 {
        site.send(&[event(&n.to_string(), "raised", n, "psu/1", &down())]).await;
    }

    assert_eq!(site.call(&first).await["status"], "open");
    assert_eq!(site.count(WORKED).await, 2, "hers, and that of the storm");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_hangs_on_something_broken_is_no_call_of_its_own(db: PgPool) {
    let site = site(db, 1).await;
    let broken = json!({"code": "board", "severity": "critical", "summary": "Board broken", "state": "broken"});
    let part = json!({"code": "board", "severity": "critical", "summary": "Part of it", "state": "broken",
                      "reason": "parent-broken"});

    let parent = site.one("1", "raised", "11", &broken).await;
    let child = site.one("2", "raised", "11/2", &part).await;
    let stranger = site.one("3", "raised", "10/2", &part).await;
    let late = site.one("4", "raised", "10", &broken).await;

    assert_eq!([&parent["disposition"], &child["disposition"]], ["opened", "folded"]);
    assert_eq!(parent["call"], child["call"]);
    assert_eq!([&stranger["disposition"], &late["disposition"]], ["opened", "folded"], "the part was heard first");
    assert_eq!(stranger["call"], late["call"]);
    site.one("5", "cleared", "11", &broken).await;
    let number = parent["call"].as_str().unwrap();
    assert_eq!(site.call(number).await["status"], "new", "the part is still broken");
    site.one("6", "cleared", "11/2", &part).await;
    assert_eq!(site.call(number).await["status"], "resolved");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_fault_that_comes_and_goes_is_one_call_until_it_is_quiet(db: PgPool) {
    let site = site(db, 1).await;
    let number = site.one("first", "raised", "net/0", &down()).await["call"].as_str().unwrap().to_owned();
    for turn in 0..6 {
        site.wait(2);
        let cleared = site.one(&format!("{turn}-"), "cleared", "net/0", &down()).await;
        assert_eq!(cleared["disposition"], "cleared");
        site.wait(2);
        let raised = site.one(&format!("{turn}+"), "raised", "net/0", &down()).await;
        assert_eq!((&raised["disposition"], &raised["call"]), (&"folded".into(), &number.as_str().into()));
    }
    site.one("last", "cleared", "net/0", &down()).await;
    assert_eq!(site.faults(&number).await["flapping"], true);
    let call = site.call(&number).await;
    assert_eq!(call["status"], "open", "{call}");
    assert_eq!(call["reopened"], 2, "from the third time on it is not believed to be over");
    let page = site.ilse.get(&format!("/calls/{number}")).await.body;
    assert!(page.contains("flapping"), "{page}");

    site.wait(29);
    actions::believe_the_calm(&site.portal.app).await.unwrap();
    assert_eq!(site.call(&number).await["status"], "open");
    site.wait(2);
    actions::believe_the_calm(&site.portal.app).await.unwrap();
    assert_eq!(site.call(&number).await["status"], "resolved");
    assert_eq!(site.faults(&number).await["flapping"], false);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_loud_fault_does_not_fill_the_history_and_every_alarm_is_counted(db: PgPool) {
    let site = site(db, 1).await;
    let mut number = String::new();
    for n in 0..300 {
        let raised = site.one(&n.to_string(), "raised", "fan/2", &down()).await;
        raised["call"].as_str().unwrap().clone_into(&mut number);
    }
    assert_eq!(site.faults(&number).await["alarms"], 300);
    let history = site.count("SELECT count(*) FROM history").await;
    assert!(history < 30, "{history} lines");
    site.wait(11);
    actions::tell_murmurs(&site.portal.app).await.unwrap();
    let told = site.count("SELECT alarm_count::bigint FROM call").await;
    assert_eq!(told, 300, "the history tells of all of them");
    assert_eq!(site.faults(&number).await["alarms"], 300);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_fault_that_grows_worse_lifts_its_call(db: PgPool) {
    let site = site(db, 1).await;
    let warning = json!({"code": "power", "severity": "warning", "summary": "AC input is weak"});
    let number = site.one("1", "raised", "psu/1", &warning).await["call"].as_str().unwrap().to_owned();
    assert_eq!(site.call(&number).await["severity"], 3);
    site.one("2", "raised", "psu/1", &down()).await;
    assert_eq!(site.call(&number).await["severity"], 2);
    site.one("3", "raised", "psu/1", &warning).await;
    assert_eq!(site.call(&number).await["severity"], 2, "what is better is for a person to say");
}

/// Two lines that both told of the same alarms would count them twice.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_waited_for_a_call_knows_what_was_told_of_it_meanwhile(db: PgPool) {
    let site = site(db.clone(), 1).await;
    site.send(&[event("1", "raised", 0, "11/2", &json!({"code": "fan", "severity": "error"}))]).await;
    let call = db.fetch_one("SELECT customer_id, id FROM call").await.unwrap();
    let (customer, call): (Uuid, Uuid) = (call.get(0), call.get(1));
    db.execute(
        "INSERT INTO murmur SELECT customer_id, id, opened_at, opened_at, 2, 0, id, 'Fan 2' FROM call
         ON CONFLICT (customer_id, call_id) DO UPDATE SET raises = 2",
    )
    .await
    .unwrap();
    let mut telling = db.begin().await.unwrap();
    telling.execute("SELECT FROM call FOR UPDATE").await.unwrap();
    telling.execute("UPDATE murmur SET raises = 0").await.unwrap();

    let waiting = tokio::spawn({
        let db = db.clone();
        async move { faults::lock_calls(&mut db.begin().await.unwrap(), &[customer], &[call]).await.unwrap() }
    });
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock')";
    eventually("somebody waits for the call", PATIENCE, async || is_true(&db, waits).await).await;
    telling.commit().await.unwrap();

    assert_eq!(waiting.await.unwrap()[0].untold, (0, 0));
}
