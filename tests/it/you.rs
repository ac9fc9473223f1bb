//! What people do for themselves: where they are signed in, as what they act, and their password.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use jiff::SignedDuration;
use meridian::store::{memberships, outbox};
use reqwest::StatusCode;
use sqlx::{Executor, PgPool, Row};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    faults::{PATIENCE, eventually, is_true, number},
    live::Ear,
    proofs::{set_up_app, sign_in, signed_in, strict},
    support::{MONDAY_AFTERNOON, PASSWORD, Person, TestApp},
};

const NEW: &str = "kettle harbour violet nine";

async fn is_inside(person: &Person) -> bool {
    person.get("/calls").await.status == StatusCode::OK
}

/// The session of a browser, by how many the person has: the newest is the one asked for.
async fn newest_session(db: &PgPool) -> Uuid {
    db.fetch_one("SELECT id FROM session ORDER BY id DESC LIMIT 1").await.unwrap().get(0)
}

/// The stream is over within a second of the deed.
async fn ends_at_once(ear: &mut Ear, what: &str) {
    let began = Instant::now();
    let over = async { while ear.read().await {} };
    timeout(Duration::from_secs(1), over).await.unwrap_or_else(|_| panic!("{what}: still open after a second"));
    println!("{what}: the stream ended after {:?}", began.elapsed());
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_session_that_is_ended_is_out_with_its_open_streams_within_a_second(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let paul = portal.staff("Paul Roche", "engineer").await;
    let other = signed_in(&portal, &ilse).await;
    let others = newest_session(&db).await;
    let (mut gone, mut stays) = (Ear::of(&other, "mine", None).await, Ear::of(&ilse, "mine", None).await);
    let page = ilse.get("/me").await;
    assert!(page.body.contains(&format!("/me/sessions/{others}/end")), "{}", page.body);
    assert_eq!(page.body.matches(">this one<").count(), 1, "{}", page.body);

    let foreign = paul.post(&format!("/me/sessions/{others}/end"), &[]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert!(is_inside(&other).await, "somebody else's session is nobody else's to end");
    let ended = ilse.post(&format!("/me/sessions/{others}/end"), &[]).await;

    assert_eq!(ended.location(), "/me?said=session#sessions");
    ends_at_once(&mut gone, "ended by its owner").await;
    assert!(!is_inside(&other).await && is_inside(&ilse).await);
    assert!(timeout(Duration::from_millis(300), stays.read()).await.is_err(), "the owner's own stream goes on");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_signs_out_elsewhere_stays_here_alone(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (one, two) = (signed_in(&portal, &ilse).await, signed_in(&portal, &ilse).await);
    let mut ear = Ear::of(&two, "mine", None).await;

    ilse.post("/me/sessions/end", &[]).await;

    ends_at_once(&mut ear, "ended with all others").await;
    assert!(is_inside(&ilse).await && !is_inside(&one).await && !is_inside(&two).await);
    assert_eq!(number(&db, "SELECT count(*) FROM session").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_signs_out_leaves_no_tab_listening(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let mut tab = Ear::of(&ilse, "mine", None).await;

    ilse.post("/session/end", &[]).await;

    ends_at_once(&mut tab, "signed out").await;
    assert!(!is_inside(&ilse).await);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_is_shut_out_by_command_is_out_within_a_second(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let mut ear = Ear::of(&ilse, "mine", None).await;
    let options = db.connect_options();
    let (host, port) = (options.get_host().to_owned(), options.get_port());
    let socket = options.get_socket().map(|folder| folder.display().to_string());
    let name = options.get_database().unwrap().to_owned();
    let url = match socket {
        Some(folder) => format!("postgres://postgres@localhost/{name}?host={folder}"),
        None => format!("postgres://postgres@{host}:{port}/{name}"),
    };

    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.args(["user", "disable", &ilse.email, "--database-url", &url]).env_remove("MERIDIAN_DATA");
    let said = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();

    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    ends_at_once(&mut ear, "disabled by command").await;
    assert!(!is_inside(&ilse).await);
    assert_eq!(ilse.api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED);
    let (_, page) = sign_in(&portal, &ilse).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_membership_that_ends_takes_its_streams_with_it(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let mut ear = Ear::of(&ilse, "mine", None).await;

    let mut tx = portal.app.store.begin_write().await.unwrap();
    tx.execute("UPDATE membership SET ended_at = '2026-11-23T14:33:00Z'").await.unwrap();
    outbox::insert_rights(&mut tx, &[format!("membership:{}", ilse.membership)], portal.now()).await.unwrap();
    tx.commit().await.unwrap();

    ends_at_once(&mut ear, "the membership is over").await;
    assert!(!is_inside(&ilse).await);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_session_ends_when_nobody_uses_it_and_at_the_latest_after_a_shift(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let idle = signed_in(&portal, &ilse).await;
    let mut ear = Ear::of(&idle, "mine", None).await;
    let used_at = "SELECT max(seen_at) > '2026-11-23T17:00:00Z' FROM session";

    portal.app.clock.advance(SignedDuration::from_hours(3));
    assert!(is_inside(&ilse).await);
    eventually("the use is noted", PATIENCE, async || is_true(&db, used_at).await).await;
    portal.app.clock.advance(SignedDuration::from_hours(2));

    assert!(is_inside(&ilse).await, "used two hours ago");
    assert!(!is_inside(&idle).await, "used five hours ago");
    assert!(timeout(Duration::from_millis(100), ear.read()).await.is_err(), "a stream lives by the machine's time");
    for _ in 0..3 {
        portal.app.clock.advance(SignedDuration::from_hours(2));
        let seen = number(&db, "SELECT extract(epoch FROM max(seen_at))::bigint FROM session").await;
        ilse.get("/calls").await;
        let noted = async || {
            let now = number(&db, "SELECT extract(epoch FROM max(seen_at))::bigint FROM session").await;
            (now > seen || portal.now().as_second() - seen < 300).then_some(())
        };
        eventually("the use is noted", PATIENCE, noted).await;
    }
    assert!(is_inside(&ilse).await, "eleven hours on");
    portal.app.clock.advance(SignedDuration::from_mins(61));
    assert!(!is_inside(&ilse).await, "twelve hours on");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_a_page_fetches_by_itself_keeps_no_session_alive(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    portal.app.clock.advance(SignedDuration::from_hours(3));

    for _ in 0..3 {
        let answer = ilse.fetch("/queues?fragment=queues").await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;

    let unchanged = is_true(&db, "SELECT max(seen_at) = '2026-11-23T14:33:00Z' FROM session").await;
    assert!(unchanged.is_some());
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_changed_password_needs_the_old_one_and_signs_out_everywhere_else(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let other = signed_in(&portal, &ilse).await;
    let mut ear = Ear::of(&other, "mine", None).await;
    let change =
        async |current: &str, new: &str| ilse.post("/me/password", &[("current", current), ("password", new)]).await;

    for (current, new, sentence) in [
        ("wrong", NEW, "That is not your password."),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, "password1234", "tried first"),
        (PASSWORD, "ilse.kessler", "tried first"),
    ] {
        let page = change(current, new).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
        assert!(page.body.contains(sentence) || page.body.contains("guessed"), "{new}: {}", page.body);
    }
    assert!(is_inside(&other).await);
    assert_eq!(change(PASSWORD, NEW).await.location(), "/me?said=password#password");

    ends_at_once(&mut ear, "the password was changed").await;
    assert!(is_inside(&ilse).await && !is_inside(&other).await);
    let (_, old) = sign_in(&portal, &ilse).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    let new = portal.stranger().post("/session", &[("email", &ilse.email), ("password", NEW)]).await;
    assert_eq!(new.location(), "/");
}

async fn also(portal: &TestApp, person: &Person, account: Uuid, role: &str) -> Uuid {
    let (id, person_id) = (Uuid::now_v7(), portal.viewer(person).await.person_id);
    let new = memberships::NewMembership { id, person_id, account_id: account, role, cac_code: None, sites: None };
    let mut tx = portal.app.store.begin_write().await.unwrap();
    memberships::insert(&mut tx, &new, portal.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn somebody_with_two_accounts_acts_in_one_of_them_at_a_time(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let bolt = portal.customer("Bolt Energy", "PARIS-01", "Europe/Paris", "EMEA").await;
    portal.system(bolt, "FT-6500-0001", "grid-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let bob = portal.person(bolt.customer, "Bob Martin", "customer").await;
    let second = also(&portal, &claire, bolt.customer, "customer_admin").await;
    assert_eq!(claire.get("/systems/FT-6500-0001").await.status, StatusCode::NOT_FOUND);
    let mut ear = Ear::of(&claire, "mine", None).await;

    let foreign = claire.post("/me/membership", &[("membership", &bob.membership.to_string())]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let switched = claire.post("/me/membership", &[("membership", &second.to_string())]).await;

    assert_eq!(switched.location(), "/");
    ends_at_once(&mut ear, "another account").await;
    assert_eq!(claire.get("/systems/FT-6500-0001").await.status, StatusCode::OK);
    assert_eq!(claire.get("/systems/FT-4400-2210").await.status, StatusCode::NOT_FOUND);
    let again = signed_in(&portal, &claire).await;
    assert_eq!(again.get("/systems/FT-6500-0001").await.status, StatusCode::OK, "as what they were the last time");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_role_that_needs_a_second_factor_is_not_taken_on_without_one(db: PgPool) {
    let portal = strict(db).await;
    let acme = portal.account("customer", "Acme Rail").await;
    let claire = portal.person(acme, "Claire Dubois", "customer").await;
    let house = portal.account("provider", "Second house").await;
    let staff = also(&portal, &claire, house, "engineer").await.to_string();

    let refused = claire.post("/me/membership", &[("membership", &staff)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("needs a second factor"), "{}", refused.body);
    set_up_app(&portal, &claire).await;

    assert_eq!(claire.post("/me/membership", &[("membership", &staff)]).await.location(), "/");
    assert_eq!(claire.get("/queues").await.status, StatusCode::OK);
    let removed = claire.post("/me/authenticator/end", &[]).await;
    assert_eq!(removed.status, StatusCode::CONFLICT, "the last factor stays where one is demanded");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn after_a_while_changes_of_what_proves_need_a_new_proof(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let (phone, _) = set_up_app(&portal, &ilse).await;
    portal.app.clock.advance(SignedDuration::from_mins(16));

    for path in ["/me/authenticator/end", "/me/recovery-codes", "/me/authenticator", "/me/passkeys/challenge"] {
        assert_eq!(ilse.post(path, &[]).await.location(), "/session/proof?next=/me", "{path}");
    }
    let prove = async |password: &str, code: &str| {
        ilse.post("/session/proof", &[("password", password), ("code", code), ("next", "/me")]).await
    };
    for (password, code) in [("wrong", phone.code(&portal)), (PASSWORD, "000000".to_owned()), (PASSWORD, String::new())]
    {
        assert_eq!(prove(password, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    portal.app.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(prove(PASSWORD, &phone.code(&portal)).await.location(), "/me");

    assert_eq!(ilse.post("/me/authenticator/end", &[]).await.location(), "/me?said=authenticator#second");
    signed_in(&portal, &ilse).await;
}
