//! How an access ends: by the customer at once, by its time, with its call; once, however many nodes look.

use std::time::Duration;

use jiff::SignedDuration;
use meridian::{actions, app::App, clock::Clock, config::Config, store::Store};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool, Row};

use super::{done, world};
use crate::{
    faults::eventually,
    support::{MONDAY_AFTERNOON, Person, TestApp},
};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_customer_ends_it_at_once_and_whoever_is_in_is_out(db: PgPool) {
    let world = world(db).await;
    let access = world.granted().await;
    let instructions = format!("/remote-access/{access}/instructions");
    assert_eq!(world.ilse.get(&instructions).await.status, StatusCode::OK);
    let one = world.begin(&access).await;

    done(&world.claire.post(&format!("/remote-access/{access}/end"), &[("reason", "Enough")]).await);

    assert_eq!(world.ilse.get(&instructions).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.ilse.api("GET", &instructions, None).await.status, StatusCode::FORBIDDEN);
    let ended = world.access(&access).await;
    assert_eq!((&ended["state"], &ended["inside"]), (&json!("ended"), &json!([])));
    assert_eq!((&ended["ended_by"], &ended["reason"]), (&json!("Claire Dubois"), &json!("Enough")));
    let again = world.ilse.post(&format!("/remote-access/{access}/uses"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    let note = [("note", "I was in the middle of it")];
    let late = world.ilse.post(&format!("/remote-access/{access}/uses/{one}/end"), &note).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    let session = world.ilse.get(&format!("/remote-access/{access}")).await.body;
    assert!(session.contains("The end of the access cut it off."), "{session}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_grant_is_over_at_its_end_and_the_sweep_says_so_once(db: PgPool) {
    let world = world(db).await;
    let access = world.granted().await;
    world.wait(30);
    world.begin(&access).await;

    world.wait(3 * 60 + 29);
    assert_eq!(actions::end_remote_access(&world.portal.app).await.unwrap(), 0, "a minute is left");
    world.wait(1);
    let shut = world.ilse.api("GET", &format!("/remote-access/{access}/instructions"), None).await;
    assert_eq!(shut.status, StatusCode::FORBIDDEN, "before any sweep has come by");
    let late = world.ilse.api("POST", &format!("/remote-access/{access}/uses"), Some(&json!({}))).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    world.wait(10);
    let node = async || {
        let store = Store::connect((*world.portal.pool.connect_options()).clone(), 2).await.unwrap();
        App::new(store, Clock::held_at(world.portal.now()), Config::default()).await.unwrap()
    };
    let (one, other) = (node().await, node().await);
    let (a, b) = tokio::join!(actions::end_remote_access(&one), actions::end_remote_access(&other));

    assert_eq!(a.unwrap() + b.unwrap(), 1, "two nodes, one end");
    assert_eq!(actions::end_remote_access(&one).await.unwrap(), 0);
    let told = world.told().await;
    assert_eq!(told.iter().filter(|(step, _)| step == "expire").count(), 1, "{told:?}");
    let over = world.access(&access).await;
    assert_eq!((&over["state"], &over["inside"]), (&json!("expired"), &json!([])));
    assert_eq!(over["over_at"], over["until"], "it was over at its end, not when somebody looked");
    let open = "SELECT count(*) FROM remote_use WHERE ended_at IS NULL";
    assert_eq!(world.portal.pool.fetch_one(open).await.unwrap().get::<i64, _>(0), 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_request_lapses_and_an_access_ends_with_its_call(db: PgPool) {
    let world = world(db).await;
    let lapsing = world.ask().await;
    world.wait(24 * 60);
    // No session is as old as that.
    world.claire.sign_in().await;
    world.ilse.sign_in().await;
    let late = world.claire.post(&format!("/remote-access/{lapsing}/grant"), &[("hours", "1")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    assert_eq!(actions::end_remote_access(&world.portal.app).await.unwrap(), 1);

    let access = world.granted().await;
    world.begin(&access).await;
    let cancel = [("reason", "Raised in error")];
    done(&world.ilse.post(&format!("/calls/{}/cancellation", world.call), &cancel).await);
    let shut = world.ilse.get(&format!("/remote-access/{access}/instructions")).await;
    assert_eq!(shut.status, StatusCode::FORBIDDEN, "{}", shut.body);
    assert_eq!(actions::end_remote_access(&world.portal.app).await.unwrap(), 1);

    let steps: Vec<String> = world.told().await.into_iter().map(|(step, _)| step).collect();
    assert_eq!(steps, ["ask", "lapse", "ask", "grant", "begin_use", "call_over"]);
    assert_eq!(world.access(&lapsing).await["state"], "lapsed");
    assert_eq!(world.access(&access).await["state"], "ended");
    let ask = json!({"purpose": "Once more", "hours": 1});
    let refused = world.ilse.api("POST", &format!("/calls/{}/remote-access", world.call), Some(&ask)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_customer_hears_of_a_request_and_who_asked_of_what_became_of_it(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let paula = portal.person(acme.customer, "Paula Paris", "customer").await;
    let paris = portal.site(acme.customer, "PARIS-01", "Europe/Paris", "EMEA").await;
    let sites = [paula.membership.to_string(), paris.site.to_string()];
    crate::faults::change(&portal.pool, "UPDATE membership SET sites = ARRAY[$2::uuid] WHERE id = $1::uuid", &sites)
        .await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let call = claire.file("FT-4400-2210", "3", "Disk log fills up").await;
    let hears = async |person: &Person, words: &str| {
        let heard = async || person.get("/notifications").await.body.contains(words).then_some(());
        eventually(words, Duration::from_secs(20), heard).await;
    };

    let ask = json!({"purpose": "Read the disk log", "hours": 1});
    let made = ilse.api("POST", &format!("/calls/{call}/remote-access"), Some(&ask)).await.json();
    hears(&claire, &format!("Ilse Kessler asks you for remote access on {call}")).await;
    let access = made["id"].as_str().unwrap();
    claire.api("POST", &format!("/remote-access/{access}/grant"), Some(&json!({"hours": 1}))).await;
    hears(&ilse, &format!("Claire Dubois granted remote access on {call}")).await;
    portal.app.clock.advance(SignedDuration::from_mins(60));
    hears(&ilse, &format!("The clock ended the remote access whose time is over on {call}")).await;

    let elsewhere = paula.get("/notifications").await.body;
    assert!(!elsewhere.contains("remote access"), "of another site nobody is told: {elsewhere}");
}
