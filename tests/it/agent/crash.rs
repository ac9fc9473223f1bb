//! kill -9 of the agent, again and again, while programs post and drop files.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use serde_json::Value;
use sqlx::{Executor, PgPool, Row};
use tokio::time::sleep;
use uuid::Uuid;

use super::{Agent, PATIENCE, fault, kept, number};
use crate::{
    faults::{chance, eventually},
    support::{TestApp, client},
};

/// Posts until it is told that its event was taken, as long as it takes.
async fn post_until_taken(client: Client, url: String, over: Arc<AtomicBool>) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    while !over.load(Ordering::Relaxed) {
        let code = Uuid::now_v7().to_string();
        let mut event = fault(&code);
        event["id"] = code.clone().into();
        loop {
            if let Ok(answer) = client.post(&url).json(&event).send().await {
                let status = answer.status();
                assert!(status == StatusCode::ACCEPTED || status.is_server_error(), "{status}");
                if status == StatusCode::ACCEPTED {
                    break;
                }
            }
            sleep(Duration::from_millis(5)).await;
        }
        told.insert(code);
    }
    told
}

/// What arrived, by code; each must have come once.
fn arrived(events: &[Value]) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for code in events.iter().filter_map(|event| event["data"]["code"].as_str()) {
        assert!(codes.insert(code.to_owned()), "{code} came twice");
    }
    codes
}

/// Of all that came, and of what came again: killed between sending and answering, the agent numbers it once more.
async fn numbers_heard(db: &PgPool, events: &[Value]) -> BTreeSet<usize> {
    let again = db.fetch_all("SELECT sequence FROM heard_again").await.unwrap();
    let again = again.iter().map(|row| usize::try_from(row.get::<i64, _>(0)).unwrap());
    events.iter().map(number).chain(again).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nothing_the_agent_took_is_lost_or_doubled_by_kill_9(db: PgPool) {
    let kills = if std::env::var_os("LONG").is_some() { 100 } else { 25 };
    let portal = TestApp::running(db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let mut agent = Agent::started(&portal.url, "FT-4400-2210", &portal.credential(acme, Some(system)).await).await;
    let (over, url) = (Arc::new(AtomicBool::new(false)), agent.post(&fault("")).build().unwrap().url().to_string());
    let posting: Vec<_> = (0..4).map(|_| tokio::spawn(post_until_taken(client(), url.clone(), over.clone()))).collect();

    let (began, mut expected) = (Instant::now(), BTreeSet::new());
    for kill in 0..kills {
        let lines = [format!("dropped-{kill}-a"), format!("dropped-{kill}-b")];
        let content: Vec<String> = lines.iter().map(|code| fault(code).to_string()).collect();
        agent.drop_file(&format!("alarms-{kill}.drop"), &content.join("\n"));
        expected.extend(lines);
        // Not a wait: the moment of the fault. Files settle for two seconds, so some kills come later.
        sleep(Duration::from_millis(100 + chance(if kill % 5 == 0 { 3_000 } else { 600 }))).await;
        agent.kill();
        agent.start().await;
    }
    over.store(true, Ordering::Relaxed);
    for poster in posting {
        expected.extend(poster.await.unwrap());
    }
    let least = expected.len() as u64;
    // A file settles before it is taken, so what the agent counts says nothing of those that still lie there.
    let whole = async || arrived(&kept(&db).await).is_superset(&expected).then_some(());
    eventually("everything has arrived", PATIENCE, whole).await;
    let count = kept(&db).await.len() as u64;
    // A kill takes the last moment of what the agent counts, but not of what it has kept.
    let empty = |status: &Value| status["spooled"] == 0 && status["sent"].as_u64() >= Some(count);
    let status = agent.until("everything is sent", empty).await;

    let events = kept(&db).await;
    let numbers = numbers_heard(&db, &events).await;
    assert_eq!(numbers.iter().copied().collect::<Vec<_>>(), (1..=numbers.len()).collect::<Vec<_>>());
    assert_eq!(status["sent"].as_u64(), Some(numbers.len() as u64));
    assert_eq!(arrived(&events), expected);
    assert!(least > 100, "{least} events are too few to say anything");
    println!(
        "{kills} kills in {:.0} s, {least} events taken by the agent: none lost, none doubled, no gap",
        began.elapsed().as_secs_f64()
    );
}
