//! Tokens of programs, and the board on the wall.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use tokio::time::timeout;

use crate::{
    faults::{PATIENCE, eventually, is_true},
    page::Page,
    people::{House, house},
    person::{Person, browser},
    support::TestApp,
};

async fn make(ada: &Person, of: &Person, scope: &str, days: &str) -> Page {
    let form = [("membership", of.membership.to_string()), ("name", "nightly".to_owned())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, text)| (*name, text.as_str())).collect();
    ada.post("/admin/tokens", &[form, vec![("scope", scope), ("days", days)]].concat()).await
}

/// The secret on the page that shows it once.
fn secret(page: &Page, prefix: &str) -> String {
    assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    let from = page.body.find(&format!("{prefix}_")).unwrap_or_else(|| panic!("{}", page.body));
    page.body[from..].split(['"', '&']).next().unwrap().to_owned()
}

fn with(person: &Person, token: &str) -> Person {
    Person { token: token.to_owned(), ..person.clone() }
}

async fn id(ada: &Person) -> String {
    let list = ada.api("GET", "/tokens?limit=1", None).await.json();
    list["data"][0]["id"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_token_for_reading_changes_nothing(db: PgPool) {
    let House { portal, acme, ada, .. } = &house(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let page = make(ada, &claire, "read", "30").await;
    let token = secret(&page, "mt");
    let program = with(&claire, &token);

    assert_eq!(program.api("GET", "/systems", None).await.json()["data"].as_array().unwrap().len(), 1);
    let call = json!({"system": "FT-4400-2210", "severity": 4, "title": "x", "body": "x"});
    let filed = program.api("POST", "/calls", Some(&call)).await;
    assert_eq!(filed.status, StatusCode::FORBIDDEN, "{}", filed.body);
    let list = ada.get("/admin/tokens").await.body;
    assert!(list.contains(&token[..10]) && !list.contains(&token), "{list}");
    let writing = with(&claire, &secret(&make(ada, &claire, "write", "30").await, "mt"));
    assert_eq!(writing.api("POST", "/calls", Some(&call)).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_revoked_token_opens_nothing_and_its_streams_end(db: PgPool) {
    let House { portal, ada, .. } = &house(db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let token = secret(&make(ada, &ilse, "read", "30").await, "mt");
    let id = id(ada).await;
    let live = browser().build().unwrap().get(format!("{}/live?topics=mine", portal.url)).bearer_auth(&token);
    let mut stream = live.send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    stream.chunk().await.unwrap();
    let seen = "SELECT last_used_at IS NOT NULL FROM api_token WHERE name = 'nightly'";
    eventually("its use is remembered", PATIENCE, async || is_true(&portal.pool, seen).await).await;

    let began = Instant::now();
    assert_eq!(ada.api("DELETE", &format!("/tokens/{id}"), None).await.status, StatusCode::NO_CONTENT);

    timeout(PATIENCE, async { while let Ok(Some(_)) = stream.chunk().await {} }).await.expect("the stream goes on");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(with(&ilse, &token).api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ilse.api("GET", "/me", None).await.status, StatusCode::OK, "another token of the same person goes on");
    assert_eq!(ada.api("DELETE", &format!("/tokens/{id}"), None).await.status, StatusCode::CONFLICT);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_token_ends_with_its_days(db: PgPool) {
    let House { portal, acme, ada, .. } = &house(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let program = with(&claire, &secret(&make(ada, &claire, "read", "30").await, "mt"));

    portal.app.clock.advance(SignedDuration::from_hours(30 * 24) - SignedDuration::from_secs(1));
    assert_eq!(program.api("GET", "/me", None).await.status, StatusCode::OK);
    portal.app.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(program.api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_administrators_of_the_house_make_tokens(db: PgPool) {
    let House { portal, anna, ada, .. } = &house(db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let otto = portal.staff("Otto Auditor", "auditor").await;

    for (who, sees, status) in [
        (&ilse, true, StatusCode::FORBIDDEN),
        (&otto, true, StatusCode::FORBIDDEN),
        (anna, false, StatusCode::NOT_FOUND),
    ] {
        assert_eq!(who.get("/admin/tokens").await.status == StatusCode::OK, sees, "{}", who.email);
        assert_eq!(make(who, who, "read", "30").await.status, status, "{}", who.email);
        let body = json!({"membership": who.membership, "name": "x", "scope": "read"});
        assert_eq!(who.api("POST", "/tokens", Some(&body)).await.status, status, "{}", who.email);
    }
    for (scope, days) in [("read", "never"), ("write", "400"), ("board", "0"), ("all", "30")] {
        let page = make(ada, &ilse, scope, days).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{scope} {days}: {}", page.body);
        assert!(page.body.contains("value=\"nightly\""), "what was typed is kept: {}", page.body);
    }
    let customers = make(ada, anna, "board", "30").await;
    assert_eq!(customers.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", customers.body);
}

/// A screen on a wall, which has opened the link of its key.
async fn screen(portal: &TestApp, key: &str) -> Person {
    let screen = portal.stranger();
    let opened = screen.get(&format!("/board?key={key}")).await;
    assert_eq!((opened.status, opened.location().as_str()), (StatusCode::SEE_OTHER, "/board"));
    let cookie = opened.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("Path=/board") && cookie.contains("HttpOnly") && cookie.contains("Secure"), "{cookie}");
    // What the browser of this test does not send over plain HTTP, a browser sends to localhost.
    let value = cookie.split(';').next().unwrap().to_owned();
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("cookie", value.parse().unwrap());
    let client = browser().default_headers(headers).redirect(reqwest::redirect::Policy::none()).build().unwrap();
    Person { client, ..screen }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_board_shows_what_a_whole_room_may_read(db: PgPool) {
    let House { portal, acme, ada, .. } = &house(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let number = claire.file("FT-4400-2210", "1", "Trading floor is dark").await;
    let minor = claire.file("FT-4400-2210", "4", "A small thing").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let key = secret(&make(ada, &ilse, "board", "never").await, "mb");
    let screen = screen(portal, &key).await;

    for board in [screen.get("/board").await, screen.get("/board?fragment=board").await, ilse.get("/board").await] {
        assert_eq!(board.status, StatusCode::OK, "{}", board.body);
        for shown in [number.as_str(), "LYON-2", "Critical", "EMEA hardware", "EMEA on shift until", "2 open"] {
            assert!(board.body.contains(shown), "{shown}: {}", board.body);
        }
        for hidden in ["Acme", "Trading floor", "Claire", "Ilse", "FT-4400-2210", "A small thing", minor.as_str(), &key]
        {
            assert!(!board.body.contains(hidden), "{hidden}: {}", board.body);
        }
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_key_of_the_board_opens_nothing_else_and_goes_dark_at_once(db: PgPool) {
    let House { portal, anna, ada, .. } = &house(db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let key = secret(&make(ada, &ilse, "board", "90").await, "mb");
    let id = id(ada).await;
    let screen = screen(portal, &key).await;

    for elsewhere in ["/", "/queues", "/calls", "/admin/tokens", "/live?topics=mine"] {
        let page = screen.get(elsewhere).await;
        let refused = page.status == StatusCode::UNAUTHORIZED || page.location().starts_with("/session/new");
        assert!(refused, "{elsewhere}: {} {}", page.status, page.body);
    }
    assert_eq!(with(&ilse, &key).api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(with(&ilse, &key).api("GET", "/queues", None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(anna.get("/board").await.status, StatusCode::NOT_FOUND, "a customer has no board");

    assert_eq!(screen.get("/board?fragment=board").await.status, StatusCode::OK);
    let revoked = ada.post(&format!("/admin/tokens/{id}/revocation"), &[]).await;
    assert_eq!(revoked.status, StatusCode::SEE_OTHER, "{}", revoked.body);
    let dark = screen.get("/board?fragment=board").await;
    assert!(dark.location().starts_with("/session/new"), "{} {}", dark.status, dark.body);

    let wrong = portal.stranger().get("/board?key=mb_wrong").await;
    assert_eq!(
        (wrong.status, wrong.location().as_str()),
        (StatusCode::SEE_OTHER, "/board"),
        "it looks like a right one"
    );
}
