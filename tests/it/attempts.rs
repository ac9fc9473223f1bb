//! Who guesses is slowed down; who is right is not, however busy.

use jiff::SignedDuration;
use reqwest::StatusCode;
use sqlx::PgPool;

use crate::{
    behind_proxy::{Door, told},
    support::{MONDAY_AFTERNOON, PASSWORD, Place, TestApp},
};

async fn world(db: PgPool) -> (TestApp, Place, Door) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let door = Door::of(&portal).await;
    (portal, acme, door)
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn guesses_at_a_name_are_refused_after_ten_and_told_when_to_come_back(db: PgPool) {
    let (portal, acme, door) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;

    for _ in 0..10 {
        let wrong = door.sign_in("198.51.100.1", &claire.email, "a guess at it").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    }
    let refused = door.sign_in("198.51.100.1", &claire.email, PASSWORD).await;
    let unknown = door.sign_in("198.51.100.1", "nobody@example.com", "a guess at it").await;
    let elsewhere = door.sign_in("198.51.100.2", &claire.email, PASSWORD).await;
    portal.app.clock.advance(SignedDuration::from_secs(6));
    let later = door.sign_in("198.51.100.1", &claire.email, PASSWORD).await;

    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers["retry-after"], "6");
    assert!(refused.body.contains("Try again in 6 seconds."), "{}", refused.body);
    assert!(!refused.body.contains(PASSWORD), "{}", refused.body);
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(elsewhere.status, StatusCode::SEE_OTHER, "one address does not lock her out: {}", elsewhere.body);
    assert_eq!(later.status, StatusCode::SEE_OTHER, "{}", later.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_unknown_name_is_limited_like_a_known_one(db: PgPool) {
    let (_portal, _, door) = world(db).await;

    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(door.sign_in("198.51.100.1", "nobody@example.com", "a guess at it").await.status.as_u16());
    }

    assert_eq!(statuses[..10], [422; 10]);
    assert_eq!(statuses[10..], [429; 2]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn signing_in_rightly_never_counts(db: PgPool) {
    let (portal, acme, door) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;

    for _ in 0..80 {
        let page = door.sign_in("198.51.100.1", &claire.email, PASSWORD).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_address_that_the_asker_made_up_does_not_help_to_guess(db: PgPool) {
    let (portal, acme, door) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;

    let mut last = StatusCode::OK;
    for n in 0..11 {
        let made_up = format!("203.0.113.{n}, 198.51.100.1");
        last = door.sign_in(&made_up, &claire.email, "a guess at it").await.status;
    }
    let mut straight = StatusCode::OK;
    for n in 0..11 {
        let form = [("email", claire.email.as_str()), ("password", "a guess at it")];
        let request = reqwest::Client::new().post(format!("{}/session", portal.url)).form(&form);
        straight = told(request.header("x-forwarded-for", format!("203.0.113.{n}"))).await.status;
    }
    let mut network = StatusCode::OK;
    for n in 0..11 {
        network = door.sign_in(&format!("2001:db8:0:7::{n}"), &claire.email, "a guess at it").await.status;
    }

    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "only the hop that the proxy wrote counts");
    assert_eq!(straight, StatusCode::TOO_MANY_REQUESTS, "nobody but a proxy of ours says who asks");
    assert_eq!(network, StatusCode::TOO_MANY_REQUESTS, "a whole IPv6 network counts as one");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn wrong_credentials_are_counted_and_right_ones_beside_them_pass(db: PgPool) {
    let (portal, acme, door) = world(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let device = portal.credential(acme, None).await;
    let ingest = |secret: &str| door.post("/ingest/alarms").bearer_auth(secret).body("{}");
    let from = |request: reqwest::RequestBuilder| told(request.header("x-forwarded-for", "198.51.100.9"));

    let first = from(ingest("md_wrong")).await;
    for _ in 0..299 {
        from(ingest("md_wrong")).await;
    }
    let machine = from(ingest("md_wrong")).await;
    let program = from(door.get("/api/v1/me").bearer_auth("mt_wrong")).await;
    let nothing = from(door.post("/ingest/alarms").body("{}")).await;
    let right_machine = from(ingest(&device)).await;
    let right_program = from(door.get("/api/v1/me").bearer_auth(&claire.token)).await;
    let signed_out = from(door.get("/api/v1/me")).await;

    assert_eq!(first.status, StatusCode::UNAUTHORIZED);
    assert!(first.body.contains("This credential is not known here."), "{}", first.body);
    assert_eq!(first.headers["www-authenticate"], "Bearer");
    assert_eq!(program.status, StatusCode::TOO_MANY_REQUESTS, "{}", program.body);
    assert_eq!(program.headers["retry-after"], "1", "{}", program.body);
    for machine in [machine, nothing] {
        assert_eq!(machine.status, StatusCode::SERVICE_UNAVAILABLE, "a machine tries again: {}", machine.body);
        assert_eq!(machine.headers["retry-after"], "2", "{}", machine.body);
    }
    assert_eq!(right_machine.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", right_machine.body);
    assert_eq!(right_program.status, StatusCode::OK, "{}", right_program.body);
    assert_eq!(signed_out.status, StatusCode::UNAUTHORIZED, "{}", signed_out.body);
    assert!(signed_out.body.contains("Sign in first."), "{}", signed_out.body);
}
