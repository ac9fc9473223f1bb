//! New passwords by links.

use jiff::SignedDuration;
use meridian::actions::{self, By};
use reqwest::StatusCode;
use sqlx::PgPool;

use crate::{
    live::Ear,
    page::Page,
    proofs::{set_up_app, sign_in},
    support::{MONDAY_AFTERNOON, Person, TestApp},
};

const NEW: &str = "kettle harbour violet nine";

async fn link(portal: &TestApp, person: &Person) -> String {
    let id = portal.viewer(person).await.person_id;
    let link = actions::make_reset_for(&portal.app.store, By::Terminal, id, portal.now()).await.unwrap();
    format!("/resets/{}", link.secret)
}

async fn choose(portal: &TestApp, link: &str, password: &str) -> Page {
    portal.stranger().post(link, &[("password", password)]).await
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_link_gives_a_new_password_once_and_leaves_the_second_factor(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (phone, _) = set_up_app(&portal, &ilse).await;
    let mut ear = Ear::of(&ilse, "mine", None).await;
    let link = link(&portal, &ilse).await;
    assert!(portal.stranger().get(&link).await.body.contains(&ilse.email));

    let weak = choose(&portal, &link, "ilse.kessler").await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY, "a refused password does not use the link up");
    let done = choose(&portal, &link, NEW).await;

    assert_eq!(done.location(), "/session/new?said=password");
    while ear.read().await {}
    assert_eq!(ilse.get("/calls").await.status, StatusCode::SEE_OTHER, "signed out everywhere");
    let (_, old) = sign_in(&portal, &ilse).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    let browser = portal.stranger();
    let new = browser.post("/session", &[("email", &ilse.email), ("password", NEW)]).await;
    assert_eq!(new.location(), "/session/second?next=/");
    portal.app.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(browser.post("/session/second", &[("code", &phone.code(&portal))]).await.location(), "/");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_link_that_is_worth_nothing_does_not_say_why(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let paul = portal.staff("Paul Roche", "engineer").await;
    let used = link(&portal, &ilse).await;
    choose(&portal, &used, NEW).await;
    let replaced = link(&portal, &ilse).await;
    let old = link(&portal, &ilse).await;
    let shut_out = link(&portal, &paul).await;
    sqlx::Executor::execute(&portal.pool, "UPDATE person SET disabled_at = created_at WHERE email LIKE 'paul%'")
        .await
        .unwrap();
    assert_eq!(portal.stranger().get(&old).await.status, StatusCode::OK);
    portal.app.clock.advance(SignedDuration::from_mins(61));

    let mut answers = Vec::new();
    for link in ["/resets/mr_nobodys", &used, &replaced, &old, &shut_out] {
        let shown = portal.stranger().get(link).await;
        let sent = choose(&portal, link, "another harbour violet nine").await;
        answers.push([(shown.status, shown.body), (sent.status, sent.body)]);
    }
    assert_eq!(answers[0][0].0, StatusCode::NOT_FOUND);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}
