//! Coming in: one step or two, and nobody learns more from a refusal than that it is one.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool};

use crate::{
    faults::number,
    page::{Page, read},
    proofs::{Phone, codes, set_up_app, sign_in, signed_in, strict},
    support::{MONDAY_AFTERNOON, PASSWORD, Person, TestApp},
};

const HALF_A_MINUTE: SignedDuration = SignedDuration::from_secs(30);

async fn is_outside(person: &Person) -> bool {
    let page = person.get("/calls").await;
    page.status == StatusCode::SEE_OTHER && page.location().starts_with("/session/new")
}

async fn step(person: &Person, code: &str) -> Page {
    person.post("/session/second", &[("code", code), ("next", "/calls")]).await
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_role_that_needs_a_second_factor_gets_nowhere_before_one_is_set_up(db: PgPool) {
    let portal = strict(db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (browser, page) = sign_in(&portal, &ilse).await;
    assert_eq!(page.location(), "/session/enrol?next=/calls");

    for path in ["/calls", "/me", "/queues", "/session/proof", "/live?topics=mine", "/api/v1/me"] {
        let page = browser.get(path).await;
        let refused = page.status == StatusCode::UNAUTHORIZED || page.location().starts_with("/session/new");
        assert!(refused, "{path}: {} {}", page.status, page.body);
    }
    for path in ["/me/recovery-codes", "/me/authenticator/end", "/me/sessions/end", "/me/authenticator"] {
        assert_eq!(browser.post(path, &[]).await.location(), "/session/new", "{path}");
    }
    let enrol = browser.get("/session/enrol?next=/calls").await;
    let phone = Phone::of(&enrol);
    assert!(enrol.body.contains("<svg class=\"qr\""), "{}", enrol.body);

    let wrong = browser.post("/me/authenticator/confirmation", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(is_outside(&browser).await);
    let form = [("code", phone.code(&portal)), ("next", "/calls".to_owned())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    let before = enrol.headers.get("set-cookie").is_none();
    let confirmed = browser.post("/me/authenticator/confirmation", &form).await;

    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.body);
    assert!(before && confirmed.headers.contains_key("set-cookie"), "an open session has another token");
    assert_eq!(codes(&confirmed).len(), 10);
    assert_eq!(browser.get("/calls").await.status, StatusCode::OK);
    let claire = portal.person(portal.account("customer", "Acme Rail").await, "Claire Dubois", "customer").await;
    signed_in(&portal, &claire).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_code_counts_once_and_a_password_alone_opens_nothing(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (phone, _) = set_up_app(&portal, &ilse).await;
    let (first, page) = sign_in(&portal, &ilse).await;
    assert_eq!(page.location(), "/session/second?next=/calls");
    assert!(is_outside(&first).await, "a password alone opens nothing");
    let used = step(&first, &phone.code(&portal)).await;
    assert_eq!(used.status, StatusCode::UNPROCESSABLE_ENTITY, "the code that confirmed the app has counted");

    portal.app.clock.advance(HALF_A_MINUTE);
    let code = phone.code(&portal);
    let before = page.cookie();
    let through = step(&first, &code).await;
    assert_eq!(through.location(), "/calls");
    assert_ne!(through.cookie(), before, "the session goes on under another token");
    assert_eq!(first.get("/calls").await.status, StatusCode::OK);

    let (second, _) = sign_in(&portal, &ilse).await;
    let again = step(&second, &code).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_outside(&second).await);
    portal.app.clock.advance(HALF_A_MINUTE);
    assert_eq!(step(&second, &phone.code(&portal)).await.location(), "/calls");
    assert_eq!(step(&second, "000000").await.location(), "/session/new", "an open session has no second step");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_recovery_code_stands_in_once_and_new_ones_replace_it(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (_, paper) = set_up_app(&portal, &ilse).await;
    let hashes = number(&db, "SELECT count(*) FROM recovery_code WHERE length(code_hash) = 32").await;
    assert_eq!(hashes, 10, "only hashes are kept");

    for (code, expected) in [
        (paper[0].to_uppercase(), StatusCode::SEE_OTHER),
        (paper[0].clone(), StatusCode::UNPROCESSABLE_ENTITY),
        (paper[1].replace('-', " "), StatusCode::SEE_OTHER),
    ] {
        let (browser, _) = sign_in(&portal, &ilse).await;
        assert_eq!(step(&browser, &code).await.status, expected, "{code}");
    }
    assert!(ilse.get("/me").await.body.contains("8 of 10 left"));
    let new = codes(&ilse.post("/me/recovery-codes", &[]).await);
    let (browser, _) = sign_in(&portal, &ilse).await;
    assert_eq!(step(&browser, &paper[2]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(step(&browser, &new[2]).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn somebody_elses_code_and_guesses_are_answered_alike_and_slowed_down(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let paul = portal.staff("Paul Roche", "engineer").await;
    set_up_app(&portal, &ilse).await;
    let (other, paper) = set_up_app(&portal, &paul).await;
    portal.app.clock.advance(HALF_A_MINUTE);
    let (browser, _) = sign_in(&portal, &ilse).await;

    let mut answers = Vec::new();
    for code in ["000000", &other.code(&portal), &paper[0], "", "not a code", "2345-6789-abcd-efgh"] {
        let page = step(&browser, code).await;
        answers.push((page.status, page.body));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    for _ in 0..4 {
        step(&browser, "000000").await;
    }
    let slowed = step(&browser, "000000").await;
    assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(slowed.headers.contains_key("retry-after"));
    let (other_browser, _) = sign_in(&portal, &ilse).await;
    assert_eq!(step(&other_browser, "000000").await.status, StatusCode::TOO_MANY_REQUESTS, "counted by person");
    let (pauls, _) = sign_in(&portal, &paul).await;
    assert_eq!(step(&pauls, &paper[0]).await.status, StatusCode::SEE_OTHER, "others go in meanwhile");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_second_step_waits_ten_minutes(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (phone, _) = set_up_app(&portal, &ilse).await;
    let (browser, _) = sign_in(&portal, &ilse).await;

    portal.app.clock.advance(SignedDuration::from_mins(11));

    assert_eq!(step(&browser, &phone.code(&portal)).await.location(), "/session/new");
    assert_eq!(browser.get("/session/second").await.location(), "/session/new?next=/session/second");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_secret_of_an_app_is_sealed_and_dies_with_its_owners_key(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (phone, _) = set_up_app(&portal, &ilse).await;
    portal.app.clock.advance(HALF_A_MINUTE);
    let (browser, _) = sign_in(&portal, &ilse).await;

    db.execute("DELETE FROM person_key").await.unwrap();

    assert_eq!(step(&browser, &phone.code(&portal)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sealed = number(&db, "SELECT length(sealed)::bigint FROM authenticator").await;
    assert_eq!(sealed, 24 + 20 + 16, "a nonce, the secret, a seal");
}

/// What programs and scripts are answered at the passkey's door.
async fn show(portal: &TestApp, body: &serde_json::Value) -> Page {
    read(crate::support::client().post(format!("{}/session/passkey", portal.url)).json(body).send().await.unwrap())
        .await
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_passkey_that_opens_nothing_is_answered_alike_whatever_is_wrong(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let known = portal.viewer(&ilse).await.person_id;
    let challenge = portal.stranger().post("/session/passkey/challenge", &[]).await.json();
    let options = &challenge["options"]["publicKey"];
    assert_eq!((&options["allowCredentials"], &options["userVerification"]), (&json!([]), &json!("required")));

    let handle = |id: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, id);
    let credential = |user: &[u8]| {
        json!({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "extensions": {},
               "response": {"authenticatorData": "AAAA", "clientDataJSON": "AAAA", "signature": "AAAA",
                            "userHandle": handle(user)}})
    };
    let mut answers = Vec::new();
    for (ceremony, credential) in [
        (challenge["ceremony"].clone(), credential(known.as_bytes())),
        (challenge["ceremony"].clone(), credential(known.as_bytes())),
        (json!("mc_nobodys"), credential(&[7; 16])),
        (json!("mc_nobodys"), json!("nothing")),
    ] {
        let page = show(&portal, &json!({"ceremony": ceremony, "credential": credential})).await;
        answers.push((page.status, page.body));
    }
    assert_eq!(answers[0].0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_known_and_an_unknown_address_are_refused_alike(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (_, page) = sign_in(&portal, &ilse).await;
    assert_eq!(page.location(), "/calls");

    let known = portal.stranger().post("/session", &[("email", &ilse.email), ("password", "wrong")]).await;
    let unknown = portal.stranger().post("/session", &[("email", "nobody@x.example"), ("password", PASSWORD)]).await;

    let same = |page: Page| page.body.replace(&ilse.email, "ADDRESS").replace("nobody@x.example", "ADDRESS");
    assert_eq!((known.status, unknown.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(same(known), same(unknown));
    let nul = portal.stranger().post("/session", &[("email", "a\0b@x.example"), ("password", PASSWORD)]).await;
    assert_eq!(nul.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nul.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_new_sign_in_ends_the_session_that_it_replaces(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;

    ilse.sign_in().await;

    assert_eq!(number(&db, "SELECT count(*) FROM session").await, 1, "the one before is over");
    assert_eq!(ilse.get("/calls").await.status, StatusCode::OK);
}
