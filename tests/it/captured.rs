//! Requests of real programs, recorded byte by byte, at the addresses that are meant for them: what becomes of each.

mod table;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use reqwest::{
    Client, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};

use self::table::{
    ALERTMANAGER, Becomes, CLOUDEVENTS, Case, FOREIGN, GROUPS, Group, MAIL, PAGERDUTY, PROMETHEUS, REDFISH, SNMP,
};
use Becomes::{Cleared, Folded, Informational, Kept, Known, Opened};

use crate::{
    faults::number,
    support::{Place, TestApp, client},
};

/// Between the first of Prometheus' messages and the end that it gives them.
const THEN: &str = "2026-11-23T09:40:00Z";

/// The key that PagerDuty's clients were given when they were recorded.
const RECORDED_KEY: &str = "R0UT1NGKEY";

pub fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/captured");
    if !folder.is_dir() {
        println!("skipped: there are no captured requests beside this repository");
        return None;
    }
    Some(folder)
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

/// The path, the headers that are no business of the connection, and the body, with the sender's own credential.
fn request(file: &Path, credential: &str) -> (String, HeaderMap, Vec<u8>) {
    let bytes = fs::read(file).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (Some(end), true) = (end, file.extension().is_some_and(|ending| ending == "http")) else {
        return (String::new(), HeaderMap::new(), bytes);
    };
    let (head, body) = (String::from_utf8(bytes[..end].to_vec()).unwrap(), bytes[end + 4..].to_vec());
    let body = match String::from_utf8(body) {
        Ok(text) => text.replace(RECORDED_KEY, credential).into_bytes(),
        Err(octets) => octets.into_bytes(),
    };
    let apart = ["host", "content-length", "transfer-encoding", "connection", "accept-encoding", "authorization"];
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").unwrap();
        if !apart.contains(&name.to_ascii_lowercase().as_str()) {
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
    }
    (head.split(' ').nth(1).unwrap().to_owned(), headers, body)
}

/// PARIS-01 and LYON-2, their systems as the requests name them, and the credential of each site's gateway.
struct Fleet {
    portal: TestApp,
    client: Client,
    paris: String,
    lyon: String,
}

impl Fleet {
    async fn with_the_system_at(home: &str, db: PgPool) -> Self {
        let portal = TestApp::at(THEN, db).await;
        let paris = portal.customer("Acme", "PARIS-01", "Europe/Paris", "EMEA").await;
        let lyon = portal.site(paris.customer, "LYON-2", "Europe/Paris", "EMEA").await;
        let home: Place = if home == "PARIS-01" { paris } else { lyon };
        portal.system(home, "FT6500-001234", "ft6500-07").await;
        portal.system(lyon, "FT2600-000077", "ft2600-01").await;
        portal.system(paris, "FT6500-000001", "ft6500-01").await;
        let (paris, lyon) = (portal.credential(paris, None).await, portal.credential(lyon, None).await);
        Self { portal, client: client(), paris, lyon }
    }

    fn credential(&self, site: &str) -> &str {
        if site == "PARIS-01" { &self.paris } else { &self.lyon }
    }

    async fn send(&self, path: &str, file: &Path, site: &str) -> (StatusCode, Value) {
        let credential = self.credential(site);
        let (_, headers, body) = request(file, credential);
        let mut request = self.client.post(format!("{}{path}", self.portal.url)).headers(headers).body(body);
        // The key of these is in the body, and nowhere else.
        if !path.contains("pagerduty") {
            request = request.bearer_auth(credential);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }
}

fn holds(case: &Case, status: StatusCode, answer: &Value, earlier: &[Value]) {
    let Case(file, _, becomes) = case;
    let one = &answer["results"][0];
    if matches!(becomes, Kept) {
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{file}: {answer}");
        return;
    }
    assert_eq!(status, StatusCode::ACCEPTED, "{file}: {answer}");
    assert_eq!((&answer["accepted"], answer["results"].as_array().map(Vec::len)), (&json!(1), Some(1)), "{file}");
    let (disposition, call) = match becomes {
        Opened => ("opened", None),
        Folded(row) => ("folded", Some(row)),
        Cleared(row) => ("cleared", Some(row)),
        Known(row) => (earlier[*row]["disposition"].as_str().unwrap(), Some(row)),
        Informational | Kept => ("informational", None),
    };
    assert_eq!(one["disposition"], disposition, "{file}: {answer}");
    match call {
        Some(row) => assert_eq!(one["call"], earlier[*row]["call"], "{file}: {answer}"),
        None => assert_eq!(one["call"].is_string(), matches!(becomes, Opened), "{file}: {answer}"),
    }
}

async fn proves(db: PgPool, group: &Group) {
    let Some(folder) = folder() else { return };
    let Group(path, home, cases) = group;
    let fleet = Fleet::with_the_system_at(home, db.clone()).await;
    let mut rounds = [Vec::new(), Vec::new()];
    for round in &mut rounds {
        for case @ Case(file, site, _) in *cases {
            let (status, answer) = fleet.send(path, &folder.join(file), site).await;
            holds(case, status, &answer, round);
            round.push(answer["results"][0].clone());
        }
    }
    assert_eq!(rounds[0], rounds[1], "sent again, answered the same");
    let count = |wanted: fn(&Becomes) -> bool| cases.iter().filter(|Case(.., becomes)| wanted(becomes)).count();
    let db = &db;
    let sum = |sql: &'static str| async move { usize::try_from(number(db, sql).await).unwrap() };
    assert_eq!(sum("SELECT count(*) FROM call").await, count(|b| matches!(b, Opened)));
    assert_eq!(sum("SELECT count(*) FROM alarm").await, count(|b| !matches!(b, Kept | Known(_))));
    assert!(sum("SELECT count(*) FROM kept_message").await >= count(|b| matches!(b, Kept)));
    let resolved = sum("SELECT count(*) FROM call WHERE status = 'resolved'").await;
    assert_eq!(resolved, count(|b| matches!(b, Cleared(_))));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn prometheus_opens_calls_and_says_the_same_again(db: PgPool) {
    proves(db, &PROMETHEUS).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn alertmanager_opens_and_ends_calls(db: PgPool) {
    proves(db, &ALERTMANAGER).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_pages_opens_and_ends_calls_by_its_key(db: PgPool) {
    proves(db.clone(), &PAGERDUTY).await;
    let bodies = "SELECT count(*) FROM alarm WHERE encode(body, 'escape') LIKE '%routing_key%'";
    assert_eq!(number(&db, bodies).await, 0, "the credential is kept nowhere");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_event_in_the_headers_and_in_the_body_is_one(db: PgPool) {
    proves(db, &CLOUDEVENTS).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_controller_opens_a_call(db: PgPool) {
    proves(db, &REDFISH).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn traps_open_and_end_calls(db: PgPool) {
    proves(db, &SNMP).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn mails_open_calls_and_answering_machines_do_not(db: PgPool) {
    proves(db, &MAIL).await;
}

#[test]
fn every_captured_request_has_its_place() {
    let Some(folder) = folder() else { return };
    let rows: Vec<&str> = GROUPS.iter().flat_map(|Group(.., cases)| cases.iter().map(|Case(file, ..)| *file)).collect();
    let placed: BTreeSet<String> = rows.iter().map(|file| (*file).to_owned()).collect();
    assert_eq!(placed.len(), rows.len(), "each is there once");
    let foreign = |name: &String| FOREIGN.iter().any(|beginning| name.starts_with(beginning));
    let (foreign, ours): (BTreeSet<String>, BTreeSet<String>) = names(&folder).into_iter().partition(foreign);
    assert_eq!(ours, placed);
    assert!(foreign.len() > 30, "{foreign:?}");
}

/// Programs that speak no format of ours are pointed at us all the same.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_speaks_another_tongue_is_refused_and_kept(db: PgPool) {
    let Some(folder) = folder() else { return };
    let fleet = Fleet::with_the_system_at("PARIS-01", db.clone()).await;
    let foreign = names(&folder).into_iter().filter(|name| FOREIGN.iter().any(|part| name.starts_with(part)));
    let mut bodies = BTreeSet::new();
    for name in foreign {
        let (theirs, _, body) = request(&folder.join(&name), "");
        for Group(path, ..) in GROUPS {
            let (status, answer) = fleet.send(path, &folder.join(&name), "PARIS-01").await;
            let unknown = path.contains("pagerduty") && status == StatusCode::UNAUTHORIZED;
            assert!(unknown || status == StatusCode::UNPROCESSABLE_ENTITY, "{name} to {path}: {status} {answer}");
        }
        if !theirs.is_empty() {
            let (status, _) = fleet.send(&theirs, &folder.join(&name), "PARIS-01").await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{name}: {theirs}");
        }
        bodies.insert(body);
    }
    assert_eq!(number(&db, "SELECT count(*) FROM call").await, 0);
    let kept = db.fetch_all("SELECT body FROM kept_message").await.unwrap();
    let kept: BTreeSet<Vec<u8>> = kept.iter().map(|row| row.get("body")).collect();
    assert!(bodies.is_subset(&kept), "kept whole");
}
