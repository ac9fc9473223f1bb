//! Strings, files and noise that break programs, at every address where machines phone home.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};

use crate::{
    faults::number,
    support::{MONDAY_AFTERNOON, TestApp, client},
};

const ADDRESSES: [&str; 7] = [
    "/ingest/alarms",
    "/ingest/alertmanager",
    "/ingest/prometheus/api/v2/alerts",
    "/ingest/pagerduty/v2/enqueue",
    "/ingest/redfish",
    "/ingest/snmptrap",
    "/ingest/mail",
];

/// A message for each address that means nothing bad, with a place for something hostile at every field.
fn messages() -> BTreeMap<&'static str, Value> {
    let labels = json!({"alertname": "x", "severity": "info", "instance": "a:1", "serial": "FT-1", "device": "d"});
    let alert = json!({"status": "firing", "labels": labels, "annotations": {"summary": "s"}, "fingerprint": "f",
                       "startsAt": "2026-11-23T14:00:00Z", "endsAt": "2026-11-23T15:00:00Z"});
    let event = json!({"specversion": "1.0", "id": "1", "source": "/systems/FT-1", "type": "x", "subject": "11/2",
                       "time": "2026-11-23T14:00:00Z", "data": {"code": "c", "severity": "info", "summary": "s",
                       "component": "p", "state": "online", "reason": "r"}});
    let page = json!({"event_action": "trigger", "dedup_key": "k", "client": "c", "payload": {"summary": "s",
                      "source": "x", "severity": "info", "class": "c", "timestamp": "2026-11-23T14:00:00Z",
                      "custom_details": {"serial": "FT-1", "firing": "- serial = x"}}});
    let redfish = json!({"Id": "1", "Context": "FT-1", "Oem": {"Dell": {"ServerHostname": "h"}}, "Events": [{
                         "EventId": "1", "EventTimestamp": "2026-11-23T14:00:00Z", "MessageSeverity": "OK",
                         "Severity": "OK", "Message": "m", "MessageId": "X.1.0.Y", "MessageArgs": ["a"],
                         "OriginOfCondition": {"@odata.id": "/redfish/v1/Chassis/1"}}]});
    BTreeMap::from([
        ("/ingest/alarms", event),
        ("/ingest/alertmanager", json!({"version": "4", "alerts": [alert]})),
        ("/ingest/prometheus/api/v2/alerts", json!([alert])),
        ("/ingest/pagerduty/v2/enqueue", page),
        ("/ingest/redfish", redfish),
    ])
}

fn data(name: &str) -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/hostile").join(name);
    if !place.exists() {
        println!("skipped: there is no hostile/{name} beside this repository");
        return None;
    }
    Some(place)
}

/// All of them in the long run, every so manieth here.
fn sample<T>(all: Vec<T>, step: usize) -> Vec<T> {
    let step = if std::env::var("LONG").is_ok() { 1 } else { step };
    all.into_iter().step_by(step).collect()
}

fn naughty() -> Vec<String> {
    let Some(file) = data("blns.json") else { return Vec::new() };
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn files(folder: &str) -> Vec<Vec<u8>> {
    let Some(folder) = data(folder) else { return Vec::new() };
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Bytes without sense, always the same.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

struct Site {
    portal: TestApp,
    client: Client,
    credential: String,
    db: PgPool,
    refused: HashSet<Vec<u8>>,
}

impl Site {
    async fn built(db: PgPool) -> Self {
        let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
        let place = portal.customer("Acme", "PARIS-01", "Europe/Paris", "EMEA").await;
        portal.system(place, "FT-1", "ft-1").await;
        let credential = portal.credential(place, None).await;
        Self { portal, client: client(), credential, db, refused: HashSet::new() }
    }

    /// It is taken, or refused in words; whatever it is, the portal has not stumbled.
    async fn bears(&mut self, path: &str, body: &[u8]) {
        let request = self.client.post(format!("{}{path}", self.portal.url)).bearer_auth(&self.credential);
        let status = request.body(body.to_vec()).send().await.unwrap().status();
        let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
        let borne = [StatusCode::ACCEPTED, StatusCode::UNPROCESSABLE_ENTITY].contains(&status);
        assert!(borne, "{status} at {path} for {shown:?}");
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            self.refused.insert(body.to_vec());
        }
    }

    async fn bears_everywhere(&mut self, body: &[u8]) {
        for path in ADDRESSES {
            self.bears(path, body).await;
        }
    }

    /// Nobody was called, and what was refused can be looked at; of a list, each piece by itself.
    async fn is_quiet(&self) {
        assert_eq!(number(&self.db, "SELECT count(*) FROM call").await, 0);
        let kept = self.db.fetch_all("SELECT body FROM kept_message").await.unwrap();
        let kept: HashSet<Vec<u8>> = kept.iter().map(|row| row.get("body")).collect();
        for body in self.refused.iter().filter(|body| body.trim_ascii_start().first().is_some_and(|b| *b != b'[')) {
            let pieces = body.trim_ascii_start().starts_with(b"{");
            assert!(pieces || kept.contains(body), "{:?}", String::from_utf8_lossy(body));
        }
        assert!(!kept.is_empty(), "nothing was kept");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn naughty_strings_and_bad_json_call_nobody(db: PgPool) {
    let mut site = Site::built(db).await;
    let mut bodies: Vec<Vec<u8>> = naughty().into_iter().map(String::into_bytes).collect();
    bodies.extend(files("JSONTestSuite/test_parsing"));
    bodies.extend(files("JSONTestSuite/test_transform"));
    bodies.extend(files("fuzzdb"));
    for body in sample(bodies, 12) {
        site.bears_everywhere(&body).await;
    }
    site.bears_everywhere(b"{\"a\":").await;
    site.is_quiet().await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn noise_depth_and_size_call_nobody(db: PgPool) {
    let mut site = Site::built(db).await;
    let deep = |open: &str, close: &str| (open.repeat(100_000) + &close.repeat(100_000)).into_bytes();
    for body in [
        Vec::new(),
        vec![0; 5_000],
        vec![0xff; 5_000],
        noise(1 << 20),
        deep("[", "]"),
        deep("{\"a\":", "}"),
        deep("\"", "\\"),
        b"1e999999".to_vec(),
        "9".repeat(1 << 20).into_bytes(),
        "\n".repeat(1 << 20).into_bytes(),
        "a: b\n".repeat(200_000).into_bytes(),
        b"host\nUDP: [127.0.0.1]:1\n".iter().copied().chain(noise(1 << 20)).collect(),
    ] {
        site.bears_everywhere(&body).await;
    }
    site.is_quiet().await;
}

/// Every place in a value, as the way to it.
fn places(value: &Value, way: &str) -> Vec<String> {
    let inner: Vec<String> = match value {
        Value::Object(fields) => {
            let step = |name: &String| name.replace('~', "~0").replace('/', "~1");
            fields.iter().flat_map(|(name, value)| places(value, &format!("{way}/{}", step(name)))).collect()
        }
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, v)| places(v, &format!("{way}/{i}"))).collect(),
        _ => Vec::new(),
    };
    std::iter::once(way.to_owned()).chain(inner).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_field_of_any_other_type_or_text_is_borne(db: PgPool) {
    let mut site = Site::built(db).await;
    let long = "\u{10348}".repeat(5_000);
    let mut strange: Vec<Value> = [json!(null), json!(true), json!(-1), json!(1.5e300), json!([]), json!({})].into();
    strange.extend([json!([[1]]), json!({"a": null}), json!("\0"), json!("a\0b"), json!(long), json!("")]);
    strange.extend(["-009999-01-02T00:00:00Z", "9999-12-31T23:59:59Z", "0000-00-00"].map(|time| json!(time)));
    let texts = sample(naughty(), 40).into_iter().map(Value::String);
    strange.extend(texts);
    for (path, message) in messages() {
        for (turn, place) in places(&message, "").into_iter().enumerate() {
            // Another third at each place.
            strange.rotate_left(turn % 3);
            for hostile in sample(strange.iter().collect(), 3) {
                let mut message = message.clone();
                *message.pointer_mut(&place).unwrap() = hostile.clone();
                site.bears(path, message.to_string().as_bytes()).await;
            }
        }
    }
    site.is_quiet().await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn headers_and_lines_of_traps_and_mails_may_hold_anything(db: PgPool) {
    let mut site = Site::built(db).await;
    let mut texts = sample(naughty(), 5);
    texts.extend(["a\0b".to_owned(), "\"".repeat(5_000), "=?utf-8?B?AAAA?=".to_owned()]);
    for text in texts {
        let mail = format!("From: {text}\nSubject: ok {text}\nMessage-ID: <{text}>\nX-Serial: {text}\n\n{text}");
        site.bears("/ingest/mail", mail.as_bytes()).await;
        let trap = format!(
            "{text}\nUDP: [{text}]\n.1.3.6.1.6.3.1.1.4.1.0 {text}\n.1.3.6.1.4.1.458.103.6.0 \"{text}\"\n\
             .1.3.6.1.6.3.18.1.3.0 {text}\n.1.3.6.1.4.1.458.105.3.1 {text}"
        );
        site.bears("/ingest/snmptrap", trap.as_bytes()).await;
    }
    site.bears("/ingest/mail", b"nothing").await;
    site.is_quiet().await;
}
