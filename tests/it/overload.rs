//! More than can be received at once: who comes too early is asked to come again, and nothing that was acknowledged is
//! missing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use meridian::{app::App, config::Config, serve, store::Store};
use reqwest::{StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    faults::{PATIENCE, eventually, number},
    support::{MONDAY_AFTERNOON, Place, TestApp, client},
};

/// More than the intake lets wait, in messages that are each one transaction.
const MESSAGES: usize = 48;
const EVENTS: usize = 500;

fn message(number: usize) -> String {
    let event = |n: usize| {
        json!({"specversion": "1.0", "id": format!("{number}-{n}"), "source": "/systems/FT-1",
               "type": "meridian.heartbeat"})
    };
    (0..EVENTS).map(event).collect::<Value>().to_string()
}

/// A portal with connections to spare: while its alarms wait, credentials are looked up all the same.
async fn roomy(portal: &TestApp) -> String {
    let store = Store::connect((*portal.pool.connect_options()).clone(), 4).await.unwrap();
    let mut app = App::new(store, portal.app.clock.clone(), Config::default()).await.unwrap();
    app.stop = portal.app.stop.clone();
    let listener = serve::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = format!("http://{}/ingest/alarms", listener.local_addr().unwrap());
    tokio::spawn(async move { serve::serve(&app, listener).await });
    url
}

/// As a store that stands still: whoever sends for this site waits for the end of the transaction.
async fn hold(db: &PgPool, acme: Place) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut standstill = db.begin().await.unwrap();
    let site = format!("{}|{}", acme.customer, acme.site);
    meridian::store::faults::lock_sites(&mut standstill, &[site]).await.unwrap();
    standstill
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn too_much_at_once_is_asked_to_come_again_and_then_received(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-1", "rail-a").await;
    let gateway = portal.credential(acme, None).await;
    let url = roomy(&portal).await;
    let post = move |number: usize| {
        let request = client().post(&url).bearer_auth(&gateway).header("content-type", "application/cloudevents+json");
        request.body(message(number))
    };
    let standstill = hold(&portal.pool, acme).await;
    let refusals = Arc::new(AtomicUsize::new(0));

    let sent: Vec<_> = (0..MESSAGES)
        .map(|number| {
            let (request, refusals) = (post(number), refusals.clone());
            tokio::spawn(async move {
                let answer = request.send().await.unwrap();
                let status = answer.status();
                if status != StatusCode::ACCEPTED {
                    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text().await.unwrap());
                    let after: u64 = answer.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
                    assert!((1..=60).contains(&after));
                    refusals.fetch_add(1, Ordering::Relaxed);
                }
                status
            })
        })
        .collect();
    let refused = async || (refusals.load(Ordering::Relaxed) > 0).then_some(());
    eventually("somebody is asked to come again", PATIENCE, refused).await;
    standstill.rollback().await.unwrap();

    let mut acknowledged = 0;
    for (number, sent) in sent.into_iter().enumerate() {
        match sent.await.unwrap() {
            StatusCode::ACCEPTED => acknowledged += 1,
            _ => assert_eq!(post(number).send().await.unwrap().status(), StatusCode::ACCEPTED, "it recovers by itself"),
        }
    }

    assert!(acknowledged >= 40, "what was let in was received: {acknowledged}");
    let kept = number(&portal.pool, "SELECT count(DISTINCT source_id) FROM alarm").await;
    assert_eq!(kept, i64::try_from(MESSAGES * EVENTS).unwrap());
}
