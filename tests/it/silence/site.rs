//! A site of which nothing is heard.

use meridian::actions;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use super::{CALLS, HEARD, World, serial};

const OPEN: &str = "SELECT count(*) FROM call WHERE status = 'new'";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_site_that_loses_its_line_is_one_call_though_its_systems_fall_silent_one_by_one(db: PgPool) {
    let world = World::new(db, 4).await;
    for n in 0..4 {
        world.hear(n, "heartbeat").await;
        world.wait(12);
    }

    for _ in 0..12 {
        world.look().await;
        world.wait(15);
    }

    assert_eq!(world.count(CALLS).await, 1);
    let call = world.call().await;
    assert_eq!((call["title"].as_str(), call["severity"].as_i64()), (Some("No system of Paris calls home"), Some(2)));
    assert_eq!(world.count("SELECT count(*) FROM silence WHERE ended_at IS NULL").await, 4);
    let page = world.ilse.get("/sites/LYON-2").await.body;
    assert!(page.contains("No system of Paris calls home"), "{page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn one_that_is_silent_beside_others_that_are_heard_is_alone(db: PgPool) {
    let world = World::new(db, 3).await;
    for _ in 0..3 {
        world.wait(50);
        world.hear(1, "heartbeat").await;
        world.hear(2, "heartbeat").await;
        world.look().await;
    }

    assert_eq!(world.count(CALLS).await, 1);
    assert_eq!(world.call().await["title"], "rail-0 has stopped calling home");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_call_of_a_site_takes_what_nobody_has_touched(db: PgPool) {
    let world = World::new(db, 3).await;
    world.wait(100);
    world.hear(1, "heartbeat").await;
    world.hear(2, "heartbeat").await;
    world.wait(20);
    world.look().await;
    let own = world.call().await;
    world.wait(101);

    assert_eq!(world.look().await, 2);

    let site = world.call().await;
    assert_eq!(site["title"], "No system of Paris calls home");
    let number = own["number"].as_str().unwrap();
    let own = world.ilse.api("GET", &format!("/calls/{number}"), None).await.json();
    assert_eq!(own["status"], "cancelled");
    assert_eq!(world.verbs(&own).await.last().map(String::as_str), Some("join_storm"));
    assert_eq!(world.count("SELECT count(DISTINCT call_id) FROM silence WHERE ended_at IS NULL").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_call_of_a_site_leaves_what_people_have(db: PgPool) {
    let world = World::new(db, 2).await;
    world.wait(100);
    world.hear(1, "heartbeat").await;
    world.wait(20);
    world.look().await;
    let own = world.call().await["number"].as_str().unwrap().to_owned();
    world.ilse.post(&format!("/calls/{own}/assignment"), &[("assignee", "me")]).await;
    world.wait(101);
    world.look().await;

    let site = world.call().await["number"].as_str().unwrap().to_owned();
    assert!(world.ilse.get(&format!("/calls/{site}")).await.body.contains(&format!("{own} beside it")));
    assert_eq!(world.ilse.api("GET", &format!("/calls/{own}"), None).await.json()["status"], "open");

    world.hear(0, "heartbeat").await;
    assert_eq!(world.ilse.api("GET", &format!("/calls/{own}"), None).await.json()["status"], "open");
    assert_eq!(world.ilse.api("GET", &format!("/calls/{site}"), None).await.json()["status"], "resolved");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_site_is_heard_with_the_first_of_its_systems_and_the_others_have_their_time(db: PgPool) {
    let world = World::new(db, 3).await;
    world.wait(121);
    assert_eq!(world.look().await, 3);
    let site = world.call().await;

    world.hear(1, "heartbeat").await;

    assert_eq!((world.call().await["status"].clone(), world.count(OPEN).await), (json!("resolved"), 0));
    assert_eq!((world.state(0).await, world.state(1).await), (json!("awaited"), json!("heard")));
    assert_eq!(world.count(HEARD).await, 1);
    world.wait(60);
    world.hear(1, "heartbeat").await;
    world.hear(2, "heartbeat").await;
    assert_eq!(world.look().await, 0);
    world.wait(60);
    assert_eq!(world.look().await, 1);
    let alone = world.call().await;
    assert_ne!(alone["number"], site["number"]);
    assert!(alone.to_string().contains(&serial(0)), "{alone}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_was_worked_on_has_all_its_time_again_when_the_work_is_over(db: PgPool) {
    let world = World::new(db, 1).await;
    world.hear(0, "heartbeat").await;
    let plan = json!({"site": "LYON-2", "title": "Firmware", "reason": "x", "from": "2026-11-23T15:40",
                      "to": "2026-11-23T17:20"});
    let planned = world.ilse.api("POST", "/maintenance-windows", Some(&plan)).await;
    assert_eq!(planned.status, StatusCode::CREATED, "{}", planned.body);
    world.wait(110);
    assert_eq!(actions::end_windows(&world.portal.app).await.unwrap(), 1);

    world.wait(15);
    assert_eq!(world.look().await, 0, "two hours have passed, most of them under the screwdriver");
    world.wait(110);
    assert_eq!(world.look().await, 1, "and now it had two hours without any");
}
