//! Requests that come twice, and what is marked with an `ETag`.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    page::Page,
    support::{MONDAY_AFTERNOON, Person, Place, TestApp},
};

struct House {
    portal: TestApp,
    acme: Place,
    ada: Person,
    claire: Person,
}

async fn house(db: PgPool) -> House {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let ada = portal.enrol(portal.provider, "Ada Moreau", "admin").await;
    let claire = portal.enrol(acme.customer, "Claire Dubois", "customer").await;
    House { portal, acme, ada, claire }
}

async fn sent(who: &Person, method: &str, path: &str, key: &str, body: &Value) -> Page {
    let body = (method != "DELETE").then_some(body);
    who.api_with(method, path, body, &[("Idempotency-Key", key)]).await
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    db.fetch_one(sql).await.unwrap().get(0)
}

/// What a caller can tell one answer from another by.
fn told(page: &Page) -> (StatusCode, String, Option<String>, Option<String>) {
    let header = |name: &str| page.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    (page.status, page.body.clone(), header("etag"), header("location"))
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whatever_is_asked_twice_with_one_key_is_done_once_and_answered_alike(db: PgPool) {
    let House { portal, ada, claire, .. } = house(db.clone()).await;
    let token = json!({"membership": claire.membership, "name": "nightly", "scope": "read", "days": 30});
    let invited =
        json!({"name": "Paul Roche", "email": "paul@example.com", "account": "acme-rail", "role": "customer"});
    let call = json!({"system": "FT-4400-2210", "severity": 3, "title": "Fan is loud", "body": "x"});

    for (path, body) in [("/tokens", &token), ("/users", &invited), ("/calls", &call)] {
        let who = if path == "/calls" { &claire } else { &ada };
        let first = sent(who, "POST", path, "k", body).await;
        let again = sent(who, "POST", path, "k", body).await;
        assert_eq!(first.status, StatusCode::CREATED, "{path}: {}", first.body);
        assert_eq!(told(&first), told(&again), "{path}");
        assert!(
            again.headers.contains_key("idempotency-replayed") && !first.headers.contains_key("idempotency-replayed")
        );
        // Other people's keys are their own; the same key of one person is another request's.
        let other = sent(who, "POST", path, "k", &json!({"title": "something else"})).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", other.body);
        assert_eq!(other.json()["errors"][0]["field"], "Idempotency-Key", "{path}");
        if who.id == ada.id {
            db.execute("DELETE FROM request_key").await.unwrap();
        }
    }
    assert_eq!(count(&db, "SELECT count(*) FROM api_token WHERE name = 'nightly'").await, 1);
    assert_eq!(count(&db, "SELECT count(*) FROM invitation").await, 1);
    assert_eq!(count(&db, "SELECT count(*) FROM call").await, 1);
    drop(portal);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_token_that_is_ended_twice_with_one_key_is_ended_once(db: PgPool) {
    let House { ada, claire, portal, .. } = house(db.clone()).await;
    let body = json!({"membership": claire.membership, "name": "nightly", "scope": "read", "days": 30});
    let made = ada.api("POST", "/tokens", Some(&body)).await.json();
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());

    let first = sent(&ada, "DELETE", &path, "end", &Value::Null).await;
    let again = sent(&ada, "DELETE", &path, "end", &Value::Null).await;
    let without = ada.api("DELETE", &path, None).await;

    assert_eq!((first.status, again.status), (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT), "{}", again.body);
    assert_eq!(without.status, StatusCode::CONFLICT, "only the key tells a repeat from a second wish");
    drop(portal);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_first_answer_stands_whatever_happened_to_the_thing_since(db: PgPool) {
    let House { portal, claire, .. } = house(db.clone()).await;
    let call = json!({"system": "FT-4400-2210", "severity": 3, "title": "Fan is loud", "body": "x"});
    let first = sent(&claire, "POST", "/calls", "k", &call).await;
    let entries = format!("/calls/{}/entries", first.json()["number"].as_str().unwrap());
    let said = json!({"kind": "comment", "body": "Louder now."});
    let comment = sent(&claire, "POST", &entries, "c", &said).await;
    sent(&claire, "POST", &entries, "d", &said).await;

    assert_eq!(told(&sent(&claire, "POST", "/calls", "k", &call).await), told(&first));
    assert_eq!(told(&sent(&claire, "POST", &entries, "c", &said).await), told(&comment));
    assert_eq!(count(&db, "SELECT count(*) FROM history WHERE kind = 'comment'").await, 2);
    // After a week the key means nothing any more; the sweep forgets it.
    portal.app.clock.advance(SignedDuration::from_hours(24 * 7 + 1));
    assert_eq!(count(&db, "SELECT count(*) FROM request_key").await, 3);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn of_many_at_once_one_is_carried_out(db: PgPool) {
    let House { portal, acme, ada, .. } = house(db.clone()).await;
    portal.account("partner", "Rhone Systemes").await;
    let body = json!({"partner": "rhone-systemes", "customer": "acme-rail", "first_line": true, "accept_minutes": 30,
                      "history": "all"});
    let one = || sent(&ada, "POST", "/partner-relations", "k", &body);

    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());

    for page in [&a, &b, &c, &d] {
        assert_eq!(told(page), told(&a), "{}", page.body);
        assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    }
    assert_eq!(count(&db, "SELECT count(*) FROM partner_relation").await, 1);
    drop((portal, acme));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_portal_that_died_before_it_answered_has_done_it_once_all_the_same(db: PgPool) {
    let House { portal, ada, claire, .. } = house(db.clone()).await;
    let token = json!({"membership": claire.membership, "name": "nightly", "scope": "read", "days": 30});
    let call = json!({"system": "FT-4400-2210", "severity": 3, "title": "Fan is loud", "body": "x"});
    sent(&ada, "POST", "/tokens", "k", &token).await;
    let filed = sent(&claire, "POST", "/calls", "k", &call).await;
    // As the store is found by the next portal: what was done is there, and the answer was never kept.
    db.execute("UPDATE request_key SET answer = NULL").await.unwrap();

    let early = sent(&ada, "POST", "/tokens", "k", &token).await;
    portal.app.clock.advance(SignedDuration::from_mins(5));
    let late = sent(&ada, "POST", "/tokens", "k", &token).await;
    let again = sent(&claire, "POST", "/calls", "k", &call).await;

    assert_eq!((early.status, &early.headers["retry-after"]), (StatusCode::CONFLICT, &"1".parse().unwrap()));
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    assert!(late.json()["detail"].as_str().unwrap().contains("carried out before"), "{}", late.body);
    assert!(!late.headers.contains_key("retry-after"));
    assert_eq!((again.status, &again.json()["number"]), (StatusCode::CREATED, &filed.json()["number"]));
    assert_eq!(again.location(), filed.location());
    assert_eq!(count(&db, "SELECT count(*) FROM api_token WHERE name = 'nightly'").await, 1);
    assert_eq!(count(&db, "SELECT count(*) FROM call").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_refused_leaves_the_key_free_and_no_secret_lies_in_the_store(db: PgPool) {
    let House { portal, ada, claire, .. } = house(db.clone()).await;
    let wrong = json!({"membership": claire.membership, "name": "", "scope": "read", "days": 30});
    let token = json!({"membership": claire.membership, "name": "nightly", "scope": "read", "days": 30});

    let refused = sent(&ada, "POST", "/tokens", "k", &wrong).await;
    let made = sent(&ada, "POST", "/tokens", "k", &token).await;
    let stranger = sent(&portal.stranger(), "POST", "/tokens", "k", &token).await;
    let customer = sent(&claire, "POST", "/tokens", "k", &token).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert!(customer.status.is_client_error() && !customer.body.contains("nightly"), "{}", customer.body);
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    let kept: Vec<u8> = db.fetch_one("SELECT answer FROM request_key").await.unwrap().get(0);
    assert!(!kept.windows(secret.len()).any(|part| part == secret.as_bytes()));
    drop(portal);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn everything_that_is_read_has_a_mark_and_who_has_it_is_told_only_that(db: PgPool) {
    let House { portal, ada, claire, .. } = house(db.clone()).await;
    let call = json!({"system": "FT-4400-2210", "severity": 3, "title": "Fan is loud", "body": "x"});
    let number = claire.api("POST", "/calls", Some(&call)).await.json()["number"].as_str().unwrap().to_owned();
    let paths = [
        "/systems".to_owned(),
        "/systems/FT-4400-2210".to_owned(),
        "/sites".to_owned(),
        "/accounts".to_owned(),
        "/users".to_owned(),
        format!("/users/{}", claire.id),
        "/queues".to_owned(),
        "/partner-relations".to_owned(),
        "/handovers".to_owned(),
        "/contracts".to_owned(),
        format!("/calls/{number}"),
        format!("/calls/{number}/history"),
    ];
    for path in paths {
        let page = ada.api("GET", &path, None).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        let tag = page.headers["etag"].to_str().unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "{path}: {tag} is no strong mark");
        let known = ada.api_with("GET", &path, None, &[("If-None-Match", &tag)]).await;
        assert_eq!((known.status, known.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        assert_eq!(known.headers["etag"], page.headers["etag"], "{path}");
        let old = ada.api_with("GET", &path, None, &[("If-None-Match", "\"older\"")]).await;
        assert_eq!((old.status, &old.body), (StatusCode::OK, &page.body), "{path}");
    }
    drop(portal);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_done_in_part_and_refused_leaves_the_key_free(db: PgPool) {
    let House { portal, ada, acme, .. } = house(db.clone()).await;
    let paul = portal.person(acme.customer, "Paul Roche", "customer").await;
    let id: Uuid = db
        .fetch_one(AssertSqlSafe(format!("SELECT person_id FROM membership WHERE id = '{}'", paul.membership)))
        .await
        .unwrap()
        .get(0);
    let path = format!("/users/{id}");
    let mark = ada.api("GET", &path, None).await.headers["etag"].to_str().unwrap().to_owned();
    // Their role changes first; that they are active already is refused afterwards.
    let change = json!({"role": "customer_admin", "state": "active"});
    let ask = async || {
        ada.api_with("PATCH", &path, Some(&change), &[("Idempotency-Key", "k"), ("If-Match", mark.as_str())]).await
    };

    let (first, again) = (ask().await, ask().await);

    assert!(first.status == StatusCode::CONFLICT && first.body.contains("not disabled"), "{}", first.body);
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED, "their role has changed since: {}", again.body);
    assert!(again.body.contains("customer_admin"), "as they are now: {}", again.body);
}
