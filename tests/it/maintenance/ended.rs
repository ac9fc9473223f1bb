//! When a window is over: what still stands is heard of once, whoever looks and however often.

use jiff::SignedDuration;
use meridian::{actions, app::App, clock::Clock, config::Config, store::Store};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool};

use super::{World, event, serial, this_afternoon, world};
use crate::faults::{PATIENCE, Wire, eventually, is_true, number};

impl World {
    async fn node(&self, options: sqlx::postgres::PgConnectOptions) -> App {
        let store = Store::connect(options, 2).await.unwrap();
        App::new(store, Clock::held_at(self.portal.now()), Config::default()).await.unwrap()
    }

    pub(super) async fn over(&self) -> usize {
        actions::end_windows(&self.portal.app).await.unwrap()
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_still_stands_gets_one_call_and_what_is_over_none(db: PgPool) {
    let world = world(db, 2).await;
    let window = world.plan(&this_afternoon(&[])).await;
    for (id, system, component) in [("1", 0, "psu/1"), ("2", 0, "psu/1"), ("3", 0, "fan/2"), ("4", 1, "psu/1")] {
        world.wait(1);
        world.raise(id, system, component).await;
    }
    world.wait(1);
    world.send(&[event("5", "cleared", 0, "fan/2", &world.portal.now().to_string())]).await;
    assert_eq!(world.over().await, 0, "it is not over yet");
    assert_eq!(world.calls().await, 0);

    world.portal.app.clock.advance(SignedDuration::from_hours(3));
    assert_eq!((world.over().await, world.over().await), (1, 0));

    assert_eq!((world.calls().await, world.kept_back().await), (2, 0));
    let report = world.report().await;
    assert_eq!(
        (&report["alarms"], &report["standing"], &report["over"]),
        (&json!(4), &json!(2), &json!(1)),
        "{report}"
    );
    assert_eq!(report["systems"], json!([{"serial": serial(0), "alarms": 3}, {"serial": serial(1), "alarms": 1}]));
    let call = report["calls"][0]["call"].as_str().unwrap().to_owned();
    let shown = world.claire.get(&format!("/calls/{call}")).await.body;
    assert!(shown.contains("It began during the maintenance “Firmware”, which is over."), "{shown}");
    let page = world.claire.get(&format!("/maintenance-windows/{}", window["id"].as_str().unwrap())).await.body;
    let line = "4 alarms made no call; 2 faults still stood at its end, 1 over by then.";
    assert!(page.contains(line) && page.contains(&call), "{page}");
    assert!(world.claire.get("/systems/FT-4400-0000").await.body.contains(line), "and so does the system's");
    assert!(world.claire.get("/sites/LYON-2").await.body.contains(line), "and the site's");
    world.wait(5);
    let again = world.raise("6", 0, "psu/1").await;
    assert_eq!((&again["disposition"], &again["call"]), (&json!("folded"), &json!(call)), "it folds like any other");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn two_nodes_that_sweep_at_once_report_once(db: PgPool) {
    let world = world(db, 3).await;
    world.plan(&this_afternoon(&[])).await;
    for n in 0..3 {
        world.raise(&n.to_string(), n, "psu/1").await;
    }
    world.portal.app.clock.advance(SignedDuration::from_hours(3));
    let options = || (*world.portal.pool.connect_options()).clone();
    let (one, other) = (world.node(options()).await, world.node(options()).await);

    let (a, b) = tokio::join!(actions::end_windows(&one), actions::end_windows(&other));

    assert_eq!(a.unwrap() + b.unwrap(), 1);
    assert_eq!((world.calls().await, world.kept_back().await), (3, 0));
    assert_eq!(number(&world.portal.pool, "SELECT count(*) FROM history WHERE kind = 'file'").await, 3);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_node_that_dies_halfway_leaves_everything_to_the_next_one(db: PgPool) {
    let world = world(db, 2).await;
    world.plan(&this_afternoon(&[])).await;
    world.raise("1", 0, "psu/1").await;
    world.raise("2", 1, "psu/1").await;
    world.portal.app.clock.advance(SignedDuration::from_hours(3));
    let wire = Wire::to(&world.portal.pool).await;
    let dying = world.node(wire.options()).await;

    // It has given both their calls, and is killed before anything is committed.
    wire.hold_answers_from("INSERT INTO maintenance_occurrence");
    let task = tokio::spawn(async move { actions::end_windows(&dying).await });
    let halfway = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                   AND state = 'idle in transaction' AND query LIKE 'INSERT INTO maintenance_occurrence%')";
    eventually("it is halfway", PATIENCE, async || is_true(&world.portal.pool, halfway).await).await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
                AND state = 'idle in transaction'";
    world.portal.pool.execute(kill).await.unwrap();
    task.abort();
    assert_eq!((world.calls().await, world.kept_back().await), (0, 2), "as if nobody had begun");

    assert_eq!(world.over().await, 1);
    assert_eq!((world.calls().await, world.kept_back().await), (2, 0));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_site_that_comes_back_broken_is_one_call(db: PgPool) {
    let world = world(db, 12).await;
    world.plan(&this_afternoon(&[])).await;
    let all: Vec<_> =
        (0..12).map(|n| event(&n.to_string(), "raised", n, "psu/1", &world.portal.now().to_string())).collect();
    world.send(&all).await;
    world.portal.app.clock.advance(SignedDuration::from_hours(3));

    assert_eq!(world.over().await, 1);

    let worked = number(&world.portal.pool, "SELECT count(*) FROM call WHERE status IN ('new', 'open')").await;
    let of_one = number(&world.portal.pool, "SELECT count(DISTINCT call_id) FROM fault").await;
    assert_eq!((worked, of_one, world.kept_back().await), (1, 1, 0));
    let report = world.report().await;
    let calls: std::collections::BTreeSet<_> =
        report["calls"].as_array().unwrap().iter().map(|line| line["call"].as_str().unwrap()).collect();
    assert_eq!(calls.len(), 1, "{report}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn while_another_window_runs_for_it_nothing_is_reported(db: PgPool) {
    let world = world(db, 1).await;
    world.plan(&this_afternoon(&[])).await;
    let mut longer = this_afternoon(&[0]);
    longer["to"] = json!("2026-11-23T20:00");
    world.plan(&longer).await;
    world.raise("1", 0, "psu/1").await;

    world.portal.app.clock.advance(SignedDuration::from_hours(3));
    assert_eq!(world.over().await, 1);
    assert_eq!((world.calls().await, world.kept_back().await), (0, 1));
    world.portal.app.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(world.over().await, 1);
    assert_eq!((world.calls().await, world.kept_back().await), (1, 0));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_is_done_early_ends_it_and_hears_at_once(db: PgPool) {
    let world = world(db, 1).await;
    let window = world.plan(&this_afternoon(&[0])).await;
    let path = format!("/maintenance-windows/{}", window["id"].as_str().unwrap());
    world.raise("1", 0, "psu/1").await;
    world.wait(20);

    let ended = world.claire.post(&format!("{path}/end"), &[]).await;

    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
    assert_eq!((world.calls().await, world.kept_back().await), (1, 0));
    let page = world.claire.get(&path).await.body;
    assert!(page.contains("ended it before its time") && page.contains("1 fault still stood at its end"), "{page}");
    assert_eq!(world.raise("2", 0, "fan/1").await["disposition"], "opened");
    let again = world.claire.post(&format!("{path}/end"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("This window is over"), "{}", again.body);
    assert_eq!(world.over().await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_had_a_call_before_the_window_opens_that_one_again(db: PgPool) {
    let world = world(db, 1).await;
    let call = world.raise("1", 0, "psu/1").await["call"].as_str().unwrap().to_owned();
    let other = world.raise("2", 0, "fan/2").await["call"].as_str().unwrap().to_owned();
    let now = || world.portal.now().to_string();
    world.wait(1);
    world.send(&[event("3", "cleared", 0, "psu/1", &now()), event("4", "cleared", 0, "fan/2", &now())]).await;
    let status =
        async |call: &str| world.ilse.api("GET", &format!("/calls/{call}"), None).await.json()["status"].clone();
    assert_eq!((status(&call).await, status(&other).await), (json!("resolved"), json!("resolved")));
    world.wait(5);
    world.plan(&this_afternoon(&[0])).await;
    for (id, component) in [("5", "psu/1"), ("6", "fan/2")] {
        assert_eq!(world.raise(id, 0, component).await["disposition"], "suppressed");
    }
    world.wait(1);
    world.send(&[event("7", "cleared", 0, "fan/2", &now())]).await;
    assert_eq!((status(&call).await, status(&other).await), (json!("resolved"), json!("resolved")));

    world.portal.app.clock.advance(SignedDuration::from_hours(3));
    assert_eq!(world.over().await, 1);

    assert_eq!((world.calls().await, world.kept_back().await), (2, 0));
    assert_eq!((status(&call).await, status(&other).await), (json!("open"), json!("resolved")));
    let report = world.report().await;
    assert_eq!(report["calls"][0]["call"], json!(call), "{report}");
    let again = world.raise("8", 0, "fan/2").await;
    assert_eq!((&again["disposition"], &again["call"]), (&json!("folded"), &json!(other)), "{again}");
    assert_eq!(status(&other).await, "open", "also what came and went in it finds its call");
}
