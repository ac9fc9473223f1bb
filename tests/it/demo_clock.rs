//! A demo's clock can be moved on; nobody else's can.

use meridian::{actions, clock::Clock, config::Config};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool};

use crate::support::TestApp;

const EVENING: &str = "2026-11-25T19:30:00Z";

async fn demo(db: PgPool, demo: bool) -> TestApp {
    let clock = Clock::held_at(EVENING.parse().unwrap());
    let portal = TestApp::configured(clock, db, Config { demo, ..Config::default() }).await;
    portal.pool.execute("INSERT INTO store_mark (name, value) VALUES ('kind', 'demo')").await.unwrap();
    portal
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_day_in_a_demo_hands_over_from_boundary_to_boundary(db: PgPool) {
    let portal = demo(db, true).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let down = claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let page = ilse.get("/handovers").await;
    let ahead = ilse.get("/handovers?fragment=hours&minutes=420").await;

    let moved = ilse.post("/demo/clock", &[("minutes", "1440")]).await;

    assert!(page.body.contains("Demo time") && page.body.contains("name=\"minutes\""), "{}", page.body);
    assert!(ahead.body.contains("26 Nov 02:30 UTC") && ahead.body.contains("awake, 1 call"), "{}", ahead.body);
    assert_eq!((moved.status, moved.location().as_str()), (StatusCode::SEE_OTHER, "/handovers?moved=3"));
    assert_eq!(portal.now().to_string(), "2026-11-26T19:30:00Z");
    let page = ilse.get("/handovers?moved=3").await;
    assert!(page.body.contains("Calls changed hands 3 times."), "the session ended, or nothing moved: {}", page.body);
    let list = ilse.api("GET", "/handovers", None).await.json();
    let path: Vec<_> = list["data"].as_array().unwrap().iter().rev().map(|h| h["queue"].clone()).collect();
    assert_eq!(path.len(), 3, "{list}");
    let call = ilse.api("GET", &format!("/calls/{down}"), None).await.json();
    assert_eq!(call["queue"], json!("emea-hardware"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_staff_and_admins_of_a_demo_move_its_clock_and_only_forward(db: PgPool) {
    let portal = demo(db, true).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    for (person, status) in [
        (portal.person(acme.customer, "Claire Dubois", "customer").await, StatusCode::NOT_FOUND),
        (portal.staff("Otto Auditor", "auditor").await, StatusCode::NOT_FOUND),
        (portal.staff("Ada Admin", "admin").await, StatusCode::SEE_OTHER),
    ] {
        assert_eq!(person.post("/demo/clock", &[("minutes", "10")]).await.status, status, "{}", person.email);
    }
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    for minutes in ["0", "-60", "1441"] {
        let page = ilse.post("/demo/clock", &[("minutes", minutes)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{minutes}");
    }
    assert_eq!(portal.now().to_string(), "2026-11-25T19:40:00Z");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_portal_that_is_no_demo_keeps_its_time(db: PgPool) {
    let portal = demo(db, false).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;

    let moved = ilse.post("/demo/clock", &[("minutes", "10")]).await;

    assert_eq!(moved.status, StatusCode::NOT_FOUND);
    assert!(!ilse.get("/handovers").await.body.contains("Demo time"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_demo_that_is_started_again_goes_on_from_its_own_time(db: PgPool) {
    let portal = demo(db, true).await;
    actions::move_clock(&portal.app, jiff::SignedDuration::from_hours(3)).await.unwrap();
    actions::move_clock(&portal.app, jiff::SignedDuration::from_hours(2)).await.unwrap();

    let clock = Clock::held_at(EVENING.parse().unwrap());
    meridian::demo::catch_up(&portal.app.store, &clock).await.unwrap();

    assert_eq!(clock.now(), portal.now());
}
