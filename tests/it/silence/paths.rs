//! What is told of the ways home, and since when a system is exposed.

use serde_json::json;
use sqlx::{Executor, PgPool, Row};

use super::{World, serial};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_agent_tells_how_its_spool_is(db: PgPool) {
    let world = World::new(db, 1).await;
    let data = json!({"spool_depth": 12, "oldest_s": 7_200, "dropped": 0, "clock_offset_s": -4, "version": "0.1.0"});
    world.say(None, "heartbeat", &data).await;
    world.hear(0, "test").await;
    world.wait(3);
    world.say(None, "report", &json!({"note": "all well"})).await;

    let system = world.ilse.api("GET", &format!("/systems/{}", serial(0)), None).await.json();
    let path = &system["path"];
    let agent = &path["agents"][0];
    assert_eq!((agent["speaks_for"].as_str(), agent["spool_depth"].as_i64()), (Some("site"), Some(12)), "{path}");
    assert_eq!((agent["dropped"].as_i64(), agent["clock_offset_seconds"].as_i64()), (Some(0), Some(-4)));
    assert!(
        path["last_test_at"].is_string() && agent["last_heard_at"].as_str() > agent["reported_at"].as_str(),
        "{path}"
    );
    assert_eq!(system["expected_every_minutes"], 60);
    for page in [format!("/systems/{}", serial(0)), "/sites/LYON-2".to_owned()] {
        let body = world.ilse.get(&page).await.body;
        for words in ["12 wait, the oldest for 2 h", "4 s fast", "version 0.1.0"] {
            assert!(body.contains(words), "{page} {words}: {body}");
        }
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_word_that_lay_in_the_spool_replaces_no_newer_one(db: PgPool) {
    let world = World::new(db, 1).await;
    world.say(None, "heartbeat", &json!({"spool_depth": 3})).await;
    let old = json!({"specversion": "1.0", "id": "old", "source": "/agents/LYON-2", "type": "meridian.heartbeat",
                     "time": "2026-11-23T01:00:00Z", "data": {"spool_depth": 900}});
    world.portal.ingest("/ingest/alarms", &world.gateway, old.to_string()).await;

    assert_eq!(world.count("SELECT spool_depth FROM way_home").await, 3);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_system_is_exposed_from_its_first_fault_to_its_last(db: PgPool) {
    let world = World::new(db, 1).await;
    let fault = async |kind: &str, component: &str, state: &str| {
        let data = json!({"code": format!("lost-{component}"), "severity": "error", "summary": "Lost",
                          "component": component, "state": state});
        world.say(Some(0), kind, &data).await;
    };
    fault("alarm.raised", "11/2", "broken").await;
    world.wait(60);
    fault("alarm.raised", "11/3", "down").await;
    world.wait(60);
    let page = async || world.ilse.get(&format!("/systems/{}", serial(0))).await.body;
    assert!(page().await.contains("down for 1 h"));

    fault("alarm.cleared", "11/3", "online").await;
    world.wait(72);

    assert!(page().await.contains("running without redundancy for 3 h 12 min"), "{}", page().await);
    let call = world.ilse.api("GET", "/calls?limit=1", None).await.json()["data"][0]["number"].clone();
    let call = world.ilse.get(&format!("/calls/{}", call.as_str().unwrap())).await.body;
    assert!(call.contains("running without redundancy for 3 h 12 min"), "{call}");
    fault("alarm.raised", "11/4", "broken").await;
    fault("alarm.cleared", "11/2", "online").await;
    world.wait(8);
    assert!(page().await.contains("running without redundancy for 3 h 20 min"), "another fault makes no difference");
    fault("alarm.cleared", "11/4", "online").await;
    assert_eq!(world.count("SELECT count(*) FROM system WHERE exposed_since IS NULL").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_whose_fault_comes_and_goes_says_so_wherever_it_is_listed(db: PgPool) {
    let world = World::new(db, 1).await;
    let data = json!({"code": "psu", "severity": "error", "summary": "AC input lost", "component": "psu/1"});
    for _ in 0..4 {
        world.wait(1);
        world.say(Some(0), "alarm.raised", &data).await;
        world.wait(1);
        world.say(Some(0), "alarm.cleared", &data).await;
    }
    world.say(Some(0), "alarm.raised", &data).await;

    let call = world.call().await;
    let queue = format!("/queues/{}", call["queue"].as_str().unwrap());
    let call = format!("/calls/{}", call["number"].as_str().unwrap());
    for page in ["/calls?status=any", &queue, &call, "/board", "/sites/LYON-2", &format!("/systems/{}", serial(0))] {
        let body = world.ilse.get(page).await.body;
        assert!(body.contains(">flapping</span>"), "{page}: {body}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_looks_for_silence_reads_an_index_of_those_whose_time_is_up(db: PgPool) {
    let ask = "EXPLAIN SELECT customer_id, site_id FROM system
               WHERE coalesce(silence_check_at, installed_at) <= '2026-11-23' AND heartbeat_minutes IS NOT NULL
               ORDER BY coalesce(silence_check_at, installed_at) LIMIT 200";
    let mut session = db.acquire().await.unwrap();
    session
        .execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan")
        .await
        .unwrap();

    let plan: Vec<String> = session.fetch_all(ask).await.unwrap().iter().map(|row| row.get(0)).collect();

    assert!(plan.iter().any(|line| line.contains("Index Scan using silence_due")), "{plan:?}");
    assert!(!plan.iter().any(|line| line.contains("Sort")), "{plan:?}");
}
