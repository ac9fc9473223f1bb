//! What holds at every address, whoever asks: small stories about the edges.

use jiff::SignedDuration;
use meridian::actions;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool, Row};

use crate::{
    behind_proxy::{Door, told},
    page::Page,
    support::{MONDAY_AFTERNOON, PASSWORD, Place, TestApp},
};

async fn world(db: PgPool) -> (TestApp, Place) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    (portal, acme)
}

async fn count(db: &PgPool, table: &'static str) -> i64 {
    let sql = match table {
        "call" => "SELECT count(*) FROM call",
        _ => "SELECT count(*) FROM person",
    };
    db.fetch_one(sql).await.unwrap().get(0)
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_people_type_is_text_wherever_it_is_shown(db: PgPool) {
    let (portal, acme) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let evil = "\"><img src=x onerror=alert(1)><script>alert('x')</script>{{7*7}}'; DROP TABLE call; --";

    let number = claire.file("FT-4400-2210", "3", evil).await;
    claire.post(&format!("/calls/{number}/entries"), &[("body", evil)]).await;
    let pages = [
        claire.get(&format!("/calls/{number}")).await,
        claire.get("/calls").await,
        claire.get("/search?q=onerror").await,
        claire.get(&format!("/search?q={}", evil.replace(' ', "+"))).await,
    ];
    let api = claire.api("GET", &format!("/calls/{number}"), None).await;

    for page in pages {
        assert!(!page.body.contains("<img src=x") && !page.body.contains("<script>alert"), "{}", page.body);
    }
    assert!(claire.get(&format!("/calls/{number}")).await.body.contains("{{7*7}}"), "nothing of it is computed");
    assert_eq!(api.json()["title"], evil);
    assert_eq!(api.headers["content-type"], "application/json");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn another_sites_form_is_not_carried_out(db: PgPool) {
    let (portal, acme) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let door = Door::of(&portal).await;
    let cookie = door.sign_in("198.51.100.1", &claire.email, PASSWORD).await.cookie();
    let form = [("system", "FT-4400-2210"), ("severity", "3"), ("title", "Forged"), ("body", "")];
    let sent = |name: &'static str, value: &'static str| {
        told(door.post("/calls").header("cookie", &cookie).header(name, value).form(&form))
    };

    let forged = [
        sent("sec-fetch-site", "cross-site").await,
        sent("sec-fetch-site", "same-site").await,
        sent("origin", "https://evil.example").await,
        sent("origin", "null").await,
    ];
    let own = sent("sec-fetch-site", "same-origin").await;

    for page in forged {
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    }
    assert_eq!(own.status, StatusCode::SEE_OTHER, "{}", own.body);
    assert_eq!(count(&portal.pool, "call").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn cookies_are_for_this_host_alone_and_out_of_reach_of_scripts(db: PgPool) {
    let (portal, acme) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let door = Door::of(&portal).await;
    let flags = |page: &Page| page.headers["set-cookie"].to_str().unwrap().to_owned();

    let session = flags(&door.sign_in("198.51.100.1", &claire.email, PASSWORD).await);
    let looks = flags(&told(door.post("/ui").form(&[("theme", "dark")])).await);

    for cookie in [&session, &looks] {
        assert!(cookie.starts_with("__Host-") && cookie.len() < 4_096, "{cookie}");
        for flag in ["; Secure", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(flag), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert!(session.contains("; HttpOnly"), "{session}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_session_is_new_each_time_and_ends_for_good(db: PgPool) {
    let (portal, acme) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let door = Door::of(&portal).await;
    let cookie = async || door.sign_in("198.51.100.1", &claire.email, PASSWORD).await.cookie();
    let (first, second) = (cookie().await, cookie().await);
    let opens = async |cookie: &str| told(door.get("/calls").header("cookie", cookie)).await.status == StatusCode::OK;

    assert_ne!(first, second);
    assert!(first.split_once("=ms_").unwrap().1.len() >= 43, "256 bits: {first}");
    assert!(opens(&first).await && opens(&second).await);
    told(door.post("/session/end").header("cookie", &first)).await;
    assert!(!opens(&first).await && opens(&second).await, "signing out ends this session at the portal itself");
    assert!(!opens(&format!("{second}x")).await);
    portal.app.clock.advance(SignedDuration::from_hours(12));
    assert!(!opens(&second).await, "no session is older than twelve hours");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_password_counts_exactly_as_it_was_typed(db: PgPool) {
    let (portal, acme) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let door = Door::of(&portal).await;

    for (n, almost) in [PASSWORD.to_uppercase(), format!("{PASSWORD} "), PASSWORD[..20].to_owned()].iter().enumerate() {
        let page = door.sign_in(&format!("198.51.100.{n}"), &claire.email, almost).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{almost:?}");
        assert!(!page.body.contains(almost.trim()), "what was typed is not given back: {}", page.body);
    }
    let hash = actions::hash_password(&"ü".repeat(500)).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_new_store_has_nobody_in_it(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;

    assert_eq!(count(&portal.pool, "person").await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_failure_says_a_number_and_nothing_of_the_inside(db: PgPool) {
    let (portal, acme) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    portal.pool.execute("ALTER TABLE session RENAME TO gone").await.unwrap();

    let page = claire.get("/calls").await;
    let api = portal.stranger().api_with("GET", "/calls", None, &[("cookie", "__Host-sid=x")]).await;

    portal.pool.execute("ALTER TABLE gone RENAME TO session").await.unwrap();
    for page in [&page, &api] {
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", page.body);
        for inside in ["relation", "sqlx", "Postgres", "SELECT", ".rs", "panicked", "42P01"] {
            assert!(!page.body.contains(inside), "{inside}: {}", page.body);
        }
        assert!(page.headers.contains_key("x-request-id"));
    }
    let number = page.headers["x-request-id"].to_str().unwrap();
    assert!(page.body.contains(number), "{}", page.body);
    assert_eq!(claire.get("/calls").await.status, StatusCode::OK, "the next one is served again");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nothing_but_its_own_files_is_served_and_no_folder_is_listed(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let door = Door::of(&portal).await;

    for path in [
        "/.git/config",
        "/.env",
        "/Cargo.toml",
        "/static/",
        "/static/js",
        "/static/js/",
        "/static/../Cargo.toml",
        "/static/%2e%2e/Cargo.toml",
        "/static/..%2f..%2fetc/passwd",
        "/static/js/meridian.js/",
        "/metrics",
        "/debug",
        "/static/css/meridian.css%00.js",
        "/server-status",
        "/swagger",
        "/actuator",
    ] {
        assert_eq!(told(door.get(path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_answer_says_what_it_is_and_in_which_letters(db: PgPool) {
    let (portal, acme) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let door = Door::of(&portal).await;

    for (path, kind) in [
        ("/session/new", "text/html; charset=utf-8"),
        ("/no/such/page", "text/html; charset=utf-8"),
        ("/static/css/meridian.css", "text/css; charset=utf-8"),
        ("/static/js/meridian.js", "text/javascript; charset=utf-8"),
        ("/static/icons.svg", "image/svg+xml; charset=utf-8"),
        ("/healthz", "text/plain; charset=utf-8"),
        ("/api/v1/me", "application/json"),
        ("/api/v1/systems/FT-0", "application/problem+json"),
    ] {
        let page = told(door.get(path).bearer_auth(&claire.token)).await;
        assert_eq!(page.headers["content-type"], kind, "{path}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_not_asked_for_changes_nothing_and_nothing_counts_twice(db: PgPool) {
    let (portal, acme) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let other = portal.customer("Globex", "PARIS-01", "Europe/Paris", "EMEA").await;
    let more = json!({"system": "FT-4400-2210", "severity": 3, "title": "Log fills", "body": "x", "status": "closed",
        "queue": "duty", "customer_id": other.customer, "filed_by": other.customer, "opened_at": "2001-01-01T00:00:00Z"});

    let filed = claire.api("POST", "/calls", Some(&more)).await;
    let twice = claire.get("/search?q=log&q=fills").await;
    let form = "email=a%40example.com&password=x&password=y";
    let request = reqwest::Client::new().post(format!("{}/session", portal.url)).body(form);
    let double = told(request.header("content-type", "application/x-www-form-urlencoded")).await;

    if filed.status == StatusCode::CREATED {
        let call = filed.json();
        assert_eq!((&call["status"], call["queue"] == "duty"), (&json!("new"), false), "{call}");
        let number = call["number"].as_str().unwrap().to_owned();
        let seen = claire.api("GET", &format!("/calls/{number}"), None).await.json();
        assert!(!seen.to_string().contains("2001-01-01"), "{seen}");
    } else {
        assert_eq!(filed.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", filed.body);
    }
    assert!(twice.status.is_client_error(), "{}", twice.status);
    assert!(double.status.is_client_error(), "{}", double.status);
}
