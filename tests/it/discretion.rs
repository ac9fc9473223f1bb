//! What the program writes about itself, when asked to talk as much as it can: never a secret that was sent to it.

use std::{
    io::{self, Write},
    sync::{Arc, LazyLock, Mutex},
};

use meridian::logs;
use reqwest::{Client, RequestBuilder, redirect::Policy};
use serde_json::json;
use sqlx::{Executor, PgPool};
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use crate::{
    behind_proxy::{Door, told},
    support::{MONDAY_AFTERNOON, PASSWORD, TestApp},
};

/// In whatever is secret; the rest of each tells where it came from.
const CANARY: &str = "canary7f3a";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything at trace level, as the program itself writes it, with each span's beginning and end.
static EVERYTHING: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    let filter = logs::discreet(EnvFilter::new("trace"));
    let fmt = tracing_subscriber::fmt().with_env_filter(filter).with_span_events(FmtSpan::FULL).with_ansi(false);
    fmt.with_writer(move || writer.clone()).init();
    log
});

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

fn canary(place: &str) -> String {
    format!("{place}-{CANARY}")
}

/// Every way in which a secret may arrive, right, wrong and malformed.
fn requests(client: &Client, url: &str) -> Vec<RequestBuilder> {
    let get = |path: &str| client.get(format!("{url}{path}"));
    let post = |path: &str| client.post(format!("{url}{path}"));
    let json = json!({"system": canary("json"), "severity": canary("severity"), "title": [canary("title")]});
    let form = [("email", canary("email")), ("password", canary("password")), ("next", canary("next"))];
    let basic = post("/ingest/alarms").basic_auth("user", Some(canary("basic")));
    let cloud = |body: String| post("/ingest/alarms").header("content-type", "application/cloudevents+json").body(body);
    vec![
        post("/session").form(&form),
        post("/session").form(&[("password", canary("twice")), ("password", canary("twice"))]),
        post("/session").body(format!("email=%FF%{}&password={}", canary("bad"), canary("raw"))),
        post("/session").header("content-type", "application/x-www-form-urlencoded").body(canary("form")),
        post("/session").json(&json!({"password": canary("as-json")})),
        post("/session").header("content-type", "text/plain").body(canary("plain")),
        post("/session").body(canary(&"large".repeat(20_000))),
        get(&format!("/session/new?next={}&token={}", canary("next"), canary("query"))),
        get(&format!("/calls?key={}", canary("query"))),
        get(&format!("/board?key={}", canary("board"))),
        get(&format!("/invitations/{}", canary("invitation"))),
        get(&format!("/resets/{}", canary("reset"))),
        get(&format!("/ingest/redfish/{}", canary("path"))),
        get(&format!("/calls/{}", canary("number"))),
        get("/calls").header("cookie", format!("__Host-sid={}", canary("cookie"))),
        get("/live").header("cookie", format!("sid={}", canary("plain-cookie"))),
        get("/api/v1/me").bearer_auth(canary("token")),
        get("/api/v1/me").header("authorization", canary("scheme")),
        get(&format!("/api/v1/calls?cursor={}", canary("cursor"))).bearer_auth(canary("token")),
        post("/api/v1/calls").bearer_auth(canary("token")).json(&json),
        post("/api/v1/calls").header("idempotency-key", canary("key")).body(canary("body")),
        post("/ingest/alarms").bearer_auth(canary("device")).body(canary("alarm")),
        post("/ingest/alarms").header("meridian-signature", canary("signature")).body("{}"),
        post("/ingest/alertmanager").bearer_auth(canary("device")).body(canary("alert")),
        cloud(format!("{{\"id\": \"{}", canary("cut-off"))),
        basic,
        get("/healthz").header("x-request-id", canary("id")).header("x-forwarded-for", canary("hop")),
    ]
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn no_secret_is_ever_in_the_log(db: PgPool) {
    let log = EVERYTHING.clone();
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let device = portal.credential(acme, None).await;
    let signed_in = claire.post("/session", &[("email", &claire.email), ("password", PASSWORD)]).await.cookie();
    let cookie = signed_in.split_once('=').unwrap().1;
    let plain = || Client::builder().redirect(Policy::none());
    let clients = [plain().build().unwrap(), plain().http2_prior_knowledge().build().unwrap()];

    let mut statuses = Vec::new();
    for client in &clients {
        for request in requests(client, &portal.url) {
            statuses.push(request.send().await.unwrap().status().as_u16());
        }
        let mine = |path: &str| client.get(format!("{}{path}", portal.url)).header("cookie", &signed_in);
        mine("/calls").send().await.unwrap();
        mine("/live").send().await.unwrap();
        let words = [("system", "FT-4400-2210"), ("severity", "3"), ("title", "x"), ("body", &canary("words"))];
        let filing = client.post(format!("{}/calls", portal.url)).header("cookie", &signed_in).form(&words);
        statuses.push(filing.send().await.unwrap().status().as_u16());
        let unusable = client.post(format!("{}/ingest/alarms", portal.url)).bearer_auth(&device);
        statuses.push(unusable.body(canary("unusable")).send().await.unwrap().status().as_u16());
        // What fails is written down; what it failed on is not.
        portal.pool.execute("ALTER TABLE session RENAME TO gone").await.unwrap();
        statuses.push(mine(&format!("/calls?key={}", canary("failing"))).send().await.unwrap().status().as_u16());
        portal.pool.execute("ALTER TABLE gone RENAME TO session").await.unwrap();
    }
    portal.ingest("/ingest/alarms", &device, "{}").await;
    portal.stop().await;

    for expected in [303, 401, 404, 413, 422, 500] {
        assert!(statuses.contains(&expected), "no answer was {expected}: {statuses:?}");
    }
    let text = log.text();
    assert!(text.contains("a request failed") && text.contains("route=\"/session\""), "the log says too little");
    assert!(text.lines().any(|line| line.contains("TRACE")), "the log is not at trace level");
    for secret in [CANARY, PASSWORD, "a+long+enough", cookie, &claire.token, &device] {
        let said: Vec<&str> = text.lines().filter(|line| line.contains(secret)).collect();
        assert!(said.is_empty(), "{} lines, such as {}", said.len(), said[0]);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_refused_is_written_down_with_its_route_and_where_it_came_from(db: PgPool) {
    let log = EVERYTHING.clone();
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let door = Door::of(&portal).await;
    let from = |request: RequestBuilder, last: u8| told(request.header("x-forwarded-for", format!("203.0.113.{last}")));

    from(door.get("/api/v1/me").bearer_auth("mt_wrong"), 1).await;
    from(door.get("/api/v1/systems/FT-1").bearer_auth("mt_wrong"), 2).await;
    from(door.post("/session").header("sec-fetch-site", "cross-site"), 3).await;
    for _ in 0..11 {
        door.sign_in("203.0.113.4", "nobody@example.com", "a guess at it").await;
    }
    from(door.get("/no/such/page").header("cookie", "__Host-sid=x"), 5).await;
    from(door.get("/no/such/page"), 6).await;

    let text = log.text();
    let line = |last: u8| {
        let own = |line: &&str| line.contains("refused") && line.contains(&format!("from=203.0.113.{last}"));
        text.lines().find(own).unwrap_or_default().to_owned()
    };
    for (last, said) in [
        (1, "INFO request{method=GET route=\"/api/v1/me\""),
        (1, "status=401"),
        (2, "route=\"/api/v1/systems/{serial}\""),
        (3, "status=403"),
        (4, "status=429"),
        (5, "status=404"),
    ] {
        assert!(line(last).contains(said), "{said}: {}", line(last));
    }
    assert_eq!(line(6), "", "who only lost their way is not written down");
}

#[test]
fn log_lines_are_json_in_utc_and_cannot_be_forged() {
    let log = Log::default();
    let writer = log.clone();
    let json = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();

    tracing::subscriber::with_default(json, || {
        tracing::error!(what = "a\n{\"level\":\"INFO\"}\r\u{1b}[2J", "one line\nand no other");
    });

    let text = log.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1, "{text}");
    let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!((&line["level"], &line["fields"]["message"]), (&json!("ERROR"), &json!("one line\nand no other")));
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
    assert!(!text.contains('\u{1b}'), "{text}");
}
