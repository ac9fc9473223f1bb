//! What Mozilla's HTTP Observatory would say, by its own published rules, of every kind of answer.
//!
//! The rules are those of `mdn/mdn-http-observatory`, algorithm 5: the modifiers of `grader/charts.js`, a base of 100,
//! extra credit only from 90 on, and one grade for each five points. Where TLS ends and redirects from plain HTTP are
//! the proxy's, which counts as passed there; the preload list is nobody's to join but the domain's.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::header::HeaderMap;
use serde_json::json;
use sqlx::{Executor, PgPool};

use crate::{
    behind_proxy::{Door, told},
    page::Page,
    support::{MONDAY_AFTERNOON, PASSWORD, TestApp},
};

const BROAD: [&str; 8] = ["ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"];

type Policy = BTreeMap<String, BTreeSet<String>>;

fn header<'a>(page: &'a HeaderMap, name: &str) -> Option<&'a str> {
    page.get(name).map(|value| value.to_str().unwrap().trim())
}

/// Directives by name; a second one of the same name makes the whole header invalid.
fn policy(headers: &HeaderMap) -> Option<Policy> {
    let mut policy = Policy::new();
    for directive in header(headers, "content-security-policy")?.split(';') {
        let mut words = directive.split_whitespace().map(str::to_lowercase);
        let Some(name) = words.next() else { continue };
        if policy.insert(name, words.collect()).is_some() {
            return None;
        }
    }
    (!policy.is_empty()).then_some(policy)
}

fn csp(headers: &HeaderMap) -> i32 {
    let Some(policy) = policy(headers) else { return -25 };
    let default = policy.get("default-src");
    let any = BTreeSet::from(["*".to_owned()]);
    let sources = |name: &str| policy.get(name).or(default).unwrap_or(&any);
    let (script, object, style) = (sources("script-src"), sources("object-src"), sources("style-src"));
    let says = |set: &BTreeSet<String>, bad: &[&str]| set.iter().any(|source| bad.contains(&source.as_str()));
    let unsafe_inline = ["'unsafe-inline'", "data:"];
    if says(script, &BROAD) || says(script, &unsafe_inline) || says(object, &BROAD) {
        return -20;
    }
    let plain = |name: &str| policy.get(name).is_some_and(|set| set.iter().any(|s| s.starts_with("http:")));
    if policy.keys().any(|name| name != "img-src" && name != "media-src" && plain(name)) {
        return -20;
    }
    if says(script, &["'unsafe-eval'"]) || says(style, &["'unsafe-eval'"]) || plain("img-src") || plain("media-src") {
        return -10;
    }
    if says(style, &BROAD) || says(style, &unsafe_inline) {
        return 0;
    }
    if default.is_some_and(|default| default.iter().eq(["'none'"])) { 10 } else { 5 }
}

fn cookies(headers: &HeaderMap) -> i32 {
    let set: Vec<String> =
        headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_lowercase()).collect();
    let worst = set.iter().map(|cookie| {
        let (name, rest) = cookie.split_once('=').unwrap();
        let flags: Vec<&str> = rest.split(';').skip(1).map(str::trim).collect();
        let session = ["login", "sess", "sid"].iter().any(|word| name.contains(word));
        let same_site = flags.iter().find_map(|flag| flag.strip_prefix("samesite="));
        match (flags.contains(&"secure"), flags.contains(&"httponly"), same_site) {
            (_, false, _) if session => -30,
            (false, ..) if session => -10,
            (false, ..) => -5,
            (_, _, None) => 0,
            (_, _, Some("lax" | "strict" | "none")) => 5,
            (_, _, Some(_)) => -20,
        }
    });
    worst.min().unwrap_or(0)
}

fn transport(headers: &HeaderMap) -> i32 {
    let Some(value) = header(headers, "strict-transport-security") else { return -20 };
    let age = value.split(';').find_map(|part| part.trim().strip_prefix("max-age=")?.parse::<u64>().ok());
    match age {
        None => -20,
        Some(age) if age < 15_552_000 => -10,
        Some(_) => 0,
    }
}

fn scripts(page: &Page) -> i32 {
    let is_html = header(&page.headers, "content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let foreign = |tag: &&str| tag.contains("src=\"//") || tag.contains("src=\"http");
    let tags = || page.body.split("<script").skip(1).map(|rest| rest.split('>').next().unwrap());
    if is_html && tags().any(|tag| foreign(&tag) && !tag.contains("integrity=")) { -5 } else { 0 }
}

fn score(page: &Page) -> i32 {
    let headers = &page.headers;
    let named = |name: &str, good: &[&str], (right, wrong, missing): (i32, i32, i32)| match header(headers, name) {
        Some(value) if good.contains(&value.to_lowercase().as_str()) => right,
        Some(_) => wrong,
        None => missing,
    };
    let framed = policy(headers).is_some_and(|policy| policy.contains_key("frame-ancestors"));
    let referrers = ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"];
    let with_credentials = header(headers, "access-control-allow-credentials").is_some();
    let modifiers = [
        csp(headers),
        cookies(headers),
        if with_credentials { -50 } else { 0 },
        named("referrer-policy", &referrers, (5, -5, 0)),
        transport(headers),
        scripts(page),
        named("x-content-type-options", &["nosniff"], (0, -5, -5)),
        if framed { 5 } else { named("x-frame-options", &["deny", "sameorigin"], (0, -20, -20)) },
        named("cross-origin-resource-policy", &["same-origin", "same-site"], (10, 0, 0)),
    ];
    let lost: i32 = modifiers.iter().filter(|modifier| **modifier < 0).sum();
    if 100 + lost >= 90 { 100 + modifiers.iter().sum::<i32>() } else { 100 + lost }
}

fn grade(score: i32) -> &'static str {
    match score.clamp(0, 100) {
        100 => "A+",
        90.. => "A",
        85.. => "A-",
        80.. => "B+",
        70.. => "B",
        65.. => "B-",
        60.. => "C+",
        50.. => "C",
        45.. => "C-",
        40.. => "D+",
        30.. => "D",
        25.. => "D-",
        _ => "F",
    }
}

/// What is asked beyond the Observatory.
fn strict(page: &Page) -> bool {
    let policy = policy(&page.headers).unwrap_or_default();
    let only = |name: &str, word: &str| policy.get(name).is_some_and(|set| set.iter().eq([word]));
    only("require-trusted-types-for", "'script'")
        && policy.contains_key("trusted-types")
        && only("object-src", "'none'")
        && only("base-uri", "'none'")
        && only("frame-ancestors", "'none'")
        && header(&page.headers, "strict-transport-security") == Some("max-age=63072000; includeSubDomains")
        && header(&page.headers, "cross-origin-opener-policy") == Some("same-origin")
        && header(&page.headers, "cross-origin-embedder-policy") == Some("require-corp")
        && header(&page.headers, "permissions-policy").is_some_and(|all| all.contains("camera=()"))
        && header(&page.headers, "x-content-type-options") == Some("nosniff")
        && ["server", "x-powered-by", "access-control-allow-origin"].iter().all(|h| !page.headers.contains_key(*h))
}

/// One answer of each kind, with what it is and the status that shows that it is that.
async fn answers(portal: &TestApp, door: &Door) -> Vec<(&'static str, u16, Page)> {
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let device = portal.credential(acme, None).await;
    let signed_in = door.sign_in("198.51.100.1", &claire.email, PASSWORD).await;
    let cookie = signed_in.cookie();
    let mine = |path: &str| door.get(path).header("cookie", &cookie);
    let token = |path: &str| door.get(path).bearer_auth(&claire.token);
    let alarm = json!({"specversion": "1.0", "id": "1", "source": "/systems/FT-4400-2210", "type": "meridian.test"});
    let ingest = |secret: &str| door.post("/ingest/alarms").bearer_auth(secret);
    let kind = ("content-type", "application/cloudevents+json");
    let live = mine("/live").send().await.unwrap();
    let live = Page { status: live.status(), headers: live.headers().clone(), body: String::new() };
    let mut all = vec![
        ("signing in", 303, signed_in),
        ("the first page", 200, told(door.get("/session/new")).await),
        ("a redirect", 303, told(door.get("/calls")).await),
        ("a page", 200, told(mine("/calls")).await),
        ("another page", 200, told(mine("/calls/new")).await),
        ("a wrong password", 422, door.sign_in("198.51.100.1", &claire.email, "wrong").await),
        ("a style sheet", 200, told(door.get("/static/css/meridian.css")).await),
        ("a script", 200, told(door.get("/static/js/meridian.js")).await),
        ("a picture", 200, told(door.get("/static/icons.svg")).await),
        ("the API", 200, told(token("/api/v1/calls")).await),
        ("the API, signed out", 401, told(door.get("/api/v1/calls")).await),
        ("the API, not found", 404, told(token("/api/v1/systems/FT-0")).await),
        ("a page, not found", 404, told(door.get("/no/such/page")).await),
        ("a wrong method", 405, told(door.post("/status")).await),
        ("another site's form", 403, told(door.post("/ui").header("sec-fetch-site", "cross-site")).await),
        ("an alarm", 202, told(ingest(&device).header(kind.0, kind.1).body(alarm.to_string())).await),
        ("an unusable alarm", 422, told(ingest(&device).body("{")).await),
        ("a wrong credential", 401, told(ingest("md_wrong").body("{}")).await),
        ("the live stream", 200, live),
        ("health", 200, told(door.get("/healthz")).await),
        ("looks", 303, told(door.post("/ui").form(&[("theme", "dark")])).await),
        ("a large form", 413, told(door.post("/session").body(vec![b'x'; 65_537])).await),
    ];
    all.push(("signing out", 303, told(door.post("/session/end").header("cookie", &cookie)).await));
    portal.pool.execute("ALTER TABLE session RENAME TO gone").await.unwrap();
    all.push(("a page that fails", 500, told(mine("/calls")).await));
    all.push(("the API failing", 500, told(door.get("/api/v1/calls").header("cookie", &cookie)).await));
    portal.pool.execute("ALTER TABLE gone RENAME TO session").await.unwrap();
    all
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_kind_of_answer_has_the_best_grade_of_the_observatory(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let door = Door::of(&portal).await;

    for (kind, status, page) in answers(&portal, &door).await {
        assert_eq!(page.status.as_u16(), status, "{kind}: {}", page.body);
        assert_eq!(grade(score(&page)), "A+", "{kind}: {} {:?}", score(&page), page.headers);
        assert!(strict(&page), "{kind}: {:?}", page.headers);
        let leaves = page.headers.get("clear-site-data").is_some_and(|what| what == "\"cache\"");
        assert_eq!(leaves, kind == "signing out", "{kind}: {:?}", page.headers);
        let kept = header(&page.headers, "cache-control").unwrap_or_default();
        // Of what the API says, only who asked keeps anything; its mark is for changing what it names.
        let public = page.headers.contains_key("etag") && kind != "the API";
        assert_eq!(kept.contains("no-store") || kept.contains("no-cache"), !public, "{kind}: {kept}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_observatory_of_these_tests_can_be_displeased(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let door = Door::of(&portal).await;
    let good = told(door.get("/session/new")).await;
    let with = |name: &'static str, value: &'static str| {
        let mut headers = good.headers.clone();
        headers.insert(name, value.parse().unwrap());
        grade(score(&Page { status: good.status, headers, body: good.body.clone() }))
    };

    assert_eq!(score(&good), 130);
    assert_eq!(with("content-security-policy", "script-src 'self' 'unsafe-inline'"), "B+");
    assert_eq!(with("content-security-policy", "default-src 'self'; default-src 'none'"), "B");
    assert_eq!(with("strict-transport-security", "max-age=3600"), "A+");
    assert_eq!(with("strict-transport-security", "nonsense"), "B+");
    assert_eq!(with("set-cookie", "__Host-sid=x; Secure; Path=/"), "B");
    assert_eq!(with("access-control-allow-credentials", "true"), "C");
    let bare = Page { status: good.status, headers: HeaderMap::new(), body: good.body };
    assert_eq!((score(&bare), grade(score(&bare))), (30, "D"));
    assert!(!strict(&bare));
}
