//! Open pages hear that something changed, at once, and never more than that.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use meridian::{
    actions::{self, NewCall},
    domain::severity::Severity,
};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool};
use tokio::time::timeout;

use crate::{
    faults::{PATIENCE, eventually, is_true},
    support::{MONDAY_AFTERNOON, Person, Place, TestApp},
};

/// An open stream, read event by event.
pub struct Ear {
    response: Response,
    heard: String,
}

#[derive(Debug, PartialEq)]
pub struct Event {
    id: i64,
    name: String,
    pub data: Value,
}

impl Ear {
    /// Listens; whatever happens from now on is heard.
    pub async fn of(person: &Person, topics: &str, last_event: Option<i64>) -> Self {
        let response = person.open(&format!("/live?topics={topics}"), last_event).await;
        assert_eq!(response.status(), StatusCode::OK);
        let mut ear = Self { response, heard: String::new() };
        while !ear.heard.contains(":listening") && !ear.heard.contains(": listening") {
            assert!(ear.read().await, "the stream ended before it began");
        }
        ear.heard = ear.heard.split_once("\n\n").unwrap().1.to_owned();
        ear
    }

    /// Reads on; false at the end of the stream.
    pub async fn read(&mut self) -> bool {
        let Ok(Some(chunk)) = self.response.chunk().await else { return false };
        self.heard.push_str(std::str::from_utf8(&chunk).unwrap());
        true
    }

    async fn next(&mut self) -> Event {
        timeout(PATIENCE, self.next_event()).await.expect("nothing was heard")
    }

    /// The next that is no comment: those only keep the connection awake.
    pub async fn next_event(&mut self) -> Event {
        loop {
            let Some((frame, rest)) = self.heard.split_once("\n\n") else {
                assert!(self.read().await, "the stream ended");
                continue;
            };
            let (frame, rest) = (frame.to_owned(), rest.to_owned());
            self.heard = rest;
            if !frame.starts_with(':') {
                return Event::of(&frame);
            }
        }
    }

    async fn topics(&mut self, count: usize) -> Vec<String> {
        let mut topics = Vec::new();
        for _ in 0..count {
            topics.push(self.next().await.data["topic"].as_str().unwrap().to_owned());
        }
        topics
    }
}

impl Event {
    fn of(frame: &str) -> Self {
        let fields: BTreeMap<_, _> = frame.lines().map(|line| line.split_once(':').unwrap()).collect();
        let field = |name: &str| fields[name].trim();
        Self {
            id: field("id").parse().unwrap(),
            name: field("event").to_owned(),
            data: serde_json::from_str(field("data")).unwrap(),
        }
    }
}

async fn acme(portal: &TestApp) -> (Place, Person) {
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    (acme, portal.person(acme.customer, "Claire Dubois", "customer").await)
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_filed_call_wakes_its_queue_and_says_nothing_of_itself(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let (_, claire) = acme(&portal).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let mut ear = Ear::of(&ilse, "queue:emea-hardware,queue:apac-hardware", None).await;

    claire.file("FT-4400-2210", "2", "Operator console freezes").await;

    for pos in [1, 2] {
        let data = json!({"topic": "queue:emea-hardware", "pos": pos});
        assert_eq!(ear.next().await, Event { id: pos, name: "changed".to_owned(), data });
    }
    assert_eq!(ear.heard, "", "two lines of history are two events");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_customer_hears_of_their_own_and_of_nobody_else(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let (_, claire) = acme(&portal).await;
    let other = portal.customer("Bolt Energy", "PARIS-01", "Europe/Paris", "EMEA").await;
    portal.system(other, "FT-6500-0001", "grid-a").await;
    let bob = portal.person(other.customer, "Bob Martin", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (own, foreign) = (claire.file("FT-4400-2210", "3", "Mine").await, bob.file("FT-6500-0001", "3", "His").await);
    eventually("both are told", PATIENCE, async || is_true(&portal.pool, "SELECT count(*) = 4 FROM stream").await)
        .await;
    let topics = format!(
        "queue:emea-hardware,call:{foreign},system:FT-6500-0001,customer:{},review,call:{own},mine,notifications",
        other.customer
    );
    let mut ear = Ear::of(&claire, &topics, Some(0)).await;
    assert_eq!(ear.topics(2).await, ["mine", "mine"], "what was filed before");

    bob.post(&format!("/calls/{foreign}/entries"), &[("body", "Any news?")]).await;
    bob.file("FT-6500-0001", "3", "His second").await;
    ilse.post(&format!("/calls/{own}/entries"), &[("body", "Looks like the fan."), ("kind", "note")]).await;
    ilse.post(&format!("/calls/{own}/entries"), &[("body", "We are looking at it.")]).await;

    let mut heard = ear.topics(2).await;
    heard.sort();
    assert_eq!(heard, [format!("call:{own}"), "mine".to_owned()], "one public comment and nothing before it");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_comes_back_hears_what_was_missed(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let (_, claire) = acme(&portal).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let mut ear = Ear::of(&ilse, "queue:emea-hardware", None).await;
    claire.file("FT-4400-2210", "3", "Before").await;
    let last = [ear.next().await.id, ear.next().await.id][1];
    drop(ear);

    claire.file("FT-4400-2210", "3", "Meanwhile").await;
    eventually("it is told", PATIENCE, async || is_true(&portal.pool, "SELECT count(*) = 4 FROM stream").await).await;
    let mut ear = Ear::of(&ilse, "queue:emea-hardware", Some(last)).await;
    claire.file("FT-4400-2210", "3", "After").await;

    for pos in last + 1..=last + 4 {
        assert_eq!(ear.next().await.id, pos);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_missed_is_not_told_again_when_the_node_hears_of_it(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let (_, claire) = acme(&portal).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    // In the store, and nobody has woken the node.
    let told = "INSERT INTO stream (pos, id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
                SELECT 1, id, id, id, id, 1, 'comment', 'all', '{queue:emea-hardware}', at, at
                FROM gen_random_uuid() id, CAST('2026-11-23T14:33:00Z' AS timestamptz) at";
    portal.pool.execute(told).await.unwrap();

    let mut ear = Ear::of(&ilse, "queue:emea-hardware", Some(0)).await;
    let missed = ear.next().await.id;
    let heard = async || (portal.app.live.position() == 1).then_some(());
    eventually("the node has heard of it too", PATIENCE, heard).await;
    claire.file("FT-4400-2210", "3", "After").await;

    assert_eq!([missed, ear.next().await.id, ear.next().await.id], [1, 2, 3]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_missed_too_much_is_told_to_look_at_everything_anew(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let told = "INSERT INTO stream (pos, id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
                SELECT n, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'comment', 'all',
                       CASE n WHEN 900 THEN '{queue:emea-hardware}'::text[] ELSE '{}' END, at, at
                FROM generate_series(101, 1000) n, CAST('2026-11-23T14:33:00Z' AS timestamptz) at";
    portal.pool.execute(told).await.unwrap();
    let newest = async || (portal.app.live.position() == 1000).then_some(());
    eventually("the node knows the last position", PATIENCE, newest).await;

    // Too many to be told again; and so long ago that some of it is forgotten.
    for (last, why) in [(101, "900 changes were missed"), (7, "the first hundred are gone")] {
        let mut ear = Ear::of(&ilse, "queue:emea-hardware,queue:apac-hardware", Some(last)).await;
        let mut woken = ear.topics(2).await;
        woken.sort();
        assert_eq!(woken, ["queue:apac-hardware", "queue:emea-hardware"], "{why}");
    }
    let mut ear = Ear::of(&ilse, "queue:emea-hardware,queue:apac-hardware", Some(899)).await;
    assert_eq!(ear.next().await.data, json!({"topic": "queue:emea-hardware", "pos": 900}));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn open_streams_do_not_hold_up_the_stop(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let mut ear = Ear::of(&ilse, "mine", None).await;

    let began = Instant::now();
    portal.stop().await;

    // The drain gives requests ten seconds; a stream must not need them.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(!ear.read().await, "the stream has no end: {}", ear.heard);
}

/// No more than a page of a queue has.
const CALLS: usize = 45;

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_filed_call_is_on_the_open_queue_page_at_once(db: PgPool) {
    let portal = TestApp::running(db).await;
    let (_, claire) = acme(&portal).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let viewer = portal.viewer(&claire).await;
    let queues = "queue:emea-hardware,queue:amer-hardware,queue:apac-hardware,queue:duty";
    let mut ear = Ear::of(&ilse, queues, None).await;

    let mut took = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let call = actions::file_call(&portal.app, &viewer, &new(), None).await.unwrap();
        let (committed, fragment) = (Instant::now(), format!("/queues/{}?fragment=rows", call.queue));
        let mut shown = None;
        // Filed and routed: two lines, two events, of which the first is enough as a rule.
        for _ in 0..2 {
            assert_eq!(ear.next().await.data["topic"], format!("queue:{}", call.queue));
            if shown.is_none() && ilse.get(&fragment).await.body.contains(&call.number.to_string()) {
                shown = Some(committed.elapsed());
            }
        }
        took.push(shown.expect("the page was woken and the call is not on it"));
    }

    took.sort();
    let ms = |hundredths: usize| took[CALLS * hundredths / 100].as_secs_f64() * 1_000.0;
    println!("from commit to the open page, {CALLS} calls: p50 {:.1} ms, p99 {:.1} ms", ms(50), ms(99));
}

fn new() -> NewCall {
    NewCall {
        serial: "FT-4400-2210".to_owned(),
        severity: Severity::Critical,
        title: "Both enclosures offline".to_owned(),
        body: String::new(),
        contact: String::new(),
        available_24x7: false,
    }
}
