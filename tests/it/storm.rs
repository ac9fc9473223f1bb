//! A site goes dark: five hundred systems within seconds, one call, and one word to each person.

use std::{collections::BTreeSet, time::Instant};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    faults::{PATIENCE, eventually, is_true, number},
    person::Person,
    support::TestApp,
};

const SYSTEMS: usize = 500;

fn serial(n: usize) -> String {
    format!("FT-4400-{n:04}")
}

fn event(n: usize, kind: &str) -> Value {
    json!({"specversion": "1.0", "id": format!("{kind}-{n}"), "source": format!("/systems/{}", serial(n)),
           "type": format!("meridian.alarm.{kind}"), "subject": "psu/1",
           "data": {"code": "power", "severity": "critical", "summary": "AC input lost", "state": "broken"}})
}

/// Every system that the pages of the call name, read on until there is no more.
async fn named(reader: &Person, call: &str) -> BTreeSet<String> {
    let (mut address, mut named) = (format!("/calls/{call}/faults"), BTreeSet::new());
    loop {
        let page = reader.get(&address).await.body;
        named.extend(page.split("href=\"/systems/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
        let Some(next) = page.split("href=\"?cursor=").nth(1) else { return named };
        address = format!("/calls/{call}/faults?cursor={}", next.split('"').next().unwrap());
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn five_hundred_systems_in_ten_seconds_are_one_call_that_names_them_all(db: PgPool) {
    let portal = TestApp::running(db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    for n in 0..SYSTEMS {
        portal.system(acme, &serial(n), &format!("rail-{n:03}")).await;
    }
    let gateway = portal.credential(acme, None).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    portal.staff("Dora Day", "duty_manager").await;

    let began = Instant::now();
    let sent = stream::iter(0..SYSTEMS)
        .map(|n| portal.ingest("/ingest/alarms", &gateway, event(n, "raised").to_string()))
        .buffer_unordered(16);
    let answers: Vec<Value> = sent.map(|page| page.json()["results"][0].clone()).collect().await;
    let last = Instant::now();
    let storm = answers.last().unwrap()["call"].as_str().unwrap().to_owned();
    let one = "SELECT count(*) FILTER (WHERE status IN ('new', 'open')) = 1
                      AND (SELECT count(*) FROM fault JOIN storm USING (customer_id, call_id)) = 500 FROM call";
    eventually("one call has all of them", PATIENCE, async || is_true(&portal.pool, one).await).await;
    println!(
        "{SYSTEMS} systems failed within {:.1} s; one call had all of them {} ms after the last",
        (last - began).as_secs_f64(),
        last.elapsed().as_millis()
    );

    let all: BTreeSet<String> = (0..SYSTEMS).map(serial).collect();
    assert_eq!(named(&ilse, &storm).await, all);
    let page = ilse.get(&format!("/calls/{storm}")).await.body;
    assert!(page.contains("500 systems") && page.contains(&format!("/calls/{storm}/faults\">and 400 more")), "{page}");

    let caught_up = "SELECT NOT EXISTS (SELECT FROM outbox)
        AND coalesce((SELECT pos FROM stream_reader WHERE name = 'notices'), 0) >= (SELECT max(pos) FROM stream)";
    eventually("everybody is told", PATIENCE, async || is_true(&portal.pool, caught_up).await).await;
    let most = "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM notification GROUP BY person_id) told";
    assert!(number(&portal.pool, most).await <= 1, "nobody is told twice");

    let over: Vec<Value> = (0..300).map(|n| event(n, "cleared")).collect();
    portal.ingest("/ingest/alarms", &gateway, Value::from(over).to_string()).await;
    let faults = ilse.api("GET", &format!("/calls/{storm}/faults"), None).await.json();
    assert_eq!([&faults["standing"], &faults["over"], &faults["systems"]], [200, 300, 500], "{faults}");
    let page = ilse.get(&format!("/calls/{storm}/faults")).await.body;
    assert!(page.contains("<b>200</b> stand, 300 over"), "{page}");

    let other = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let janis = portal.person(other.customer, "Janis Berzins", "customer").await;
    assert_eq!(janis.get(&format!("/calls/{storm}/faults")).await.status, reqwest::StatusCode::NOT_FOUND);
}
