//! Signing in at a real identity provider.

use std::process::Stdio;

use jiff::SignedDuration;
use meridian::{
    clock::Clock,
    config::{Config, Provider},
    domain::proof::Mfa,
};
use reqwest::{Client, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{
    faults::number,
    page::Page,
    proofs::set_up_app,
    support::{MONDAY_AFTERNOON, Person, TestApp, client},
};

/// A provider that lets in whomever the test names; it ends with the test.
struct Desk {
    issuer: String,
    /// Who writes to nobody dies.
    _heard: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Desk {
    async fn open(arguments: &[&str]) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oidc");
        let installed = std::path::Path::new(folder).join("node_modules").exists();
        assert!(installed, "the provider is not installed: run scripts/install --test");
        let mut command = Command::new("node");
        command.arg("provider.js").args(arguments).current_dir(folder).kill_on_drop(true);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        loop {
            let line = lines.next_line().await.unwrap().expect("the provider ended before it said its address");
            if line.starts_with("http://") {
                return Self { issuer: line, _heard: lines, _process: process };
            }
        }
    }

    /// Whoever comes next is this one.
    async fn lets_in(&self, who: &Value) {
        client().post(format!("{}/as", self.issuer)).json(who).send().await.unwrap();
    }

    async fn portal(&self, db: PgPool, mfa: Mfa) -> TestApp {
        let provider = Provider {
            slug: "test".to_owned(),
            issuer: self.issuer.parse().unwrap(),
            client_id: "meridian".to_owned(),
            client_secret: Some("kept by two".to_owned()),
            label: "Acme".to_owned(),
            domains: vec!["example.com".to_owned()],
        };
        let config = Config { jobs: true, mfa, providers: vec![provider], ..Config::default() };
        TestApp::configured(Clock::held_at(MONDAY_AFTERNOON.parse().unwrap()), db, config).await
    }

    /// A browser on its way through the provider, up to the address with which it is sent back.
    async fn way_back(&self, portal: &TestApp, browser: &Person) -> String {
        let departed = browser.get("/session/oidc/test?next=/calls").await;
        assert_eq!(departed.status, StatusCode::SEE_OTHER, "{}", departed.body);
        let walker = Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap();
        let mut to = departed.location();
        assert!(to.contains("code_challenge_method=S256") && to.contains("nonce="), "{to}");
        for _ in 0..8 {
            if let Some(back) = to.strip_prefix(&portal.url) {
                return back.to_owned();
            }
            let answer = walker.get(&to).send().await.unwrap();
            let location = answer.headers().get("location");
            let location = location.unwrap_or_else(|| panic!("{to}: {}", answer.status())).to_str().unwrap().to_owned();
            to = if location.starts_with('/') { format!("{}{location}", self.issuer) } else { location };
        }
        panic!("never sent back: {to}");
    }

    async fn through(&self, portal: &TestApp, browser: &Person) -> Page {
        let back = self.way_back(portal, browser).await;
        browser.get(&back).await
    }
}

fn claire() -> Value {
    json!({"sub": "acme-17", "email": "Claire.Dubois@example.com", "email_verified": true, "amr": ["pwd"]})
}

async fn acme(portal: &TestApp) -> Person {
    portal.person(portal.account("customer", "Acme Rail").await, "Claire Dubois", "customer").await
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_is_known_by_a_verified_address_comes_in_and_is_known_from_then_on(db: PgPool) {
    for arguments in [&[][..], &["--ask-for-email"]] {
        db.execute("TRUNCATE session, identity, person_key, membership, api_token, account, person CASCADE")
            .await
            .unwrap();
        let desk = Desk::open(arguments).await;
        let portal = desk.portal(db.clone(), Mfa::NONE).await;
        acme(&portal).await;
        assert!(portal.stranger().get("/session/new").await.body.contains("Sign in with Acme"));
        desk.lets_in(&claire()).await;
        let browser = portal.stranger();

        let arrived = desk.through(&portal, &browser).await;

        assert_eq!(arrived.location(), "/calls", "{arguments:?}: {}", arrived.body);
        let me = browser.get("/me").await.body;
        assert!(me.contains("Claire Dubois") && me.contains("Known at"), "{me}");
        // The address may change there; who it is does not.
        desk.lets_in(&json!({"sub": "acme-17", "email": "else@elsewhere.example", "email_verified": false})).await;
        assert_eq!(desk.through(&portal, &portal.stranger()).await.location(), "/calls");
        assert_eq!(number(&db, "SELECT count(*) FROM identity").await, 1);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_is_made_or_taken_over_by_what_a_provider_says(db: PgPool) {
    let desk = Desk::open(&[]).await;
    let portal = desk.portal(db.clone(), Mfa::NONE).await;
    let claire_here = acme(&portal).await;
    let house = portal.account("provider", "Second house").await;
    let people = number(&db, "SELECT count(*) FROM person").await;
    db.execute("UPDATE person SET email = 'claire@other.example'").await.unwrap();
    let paul = portal.person(house, "Paul Roche", "admin").await;
    db.execute("UPDATE person SET disabled_at = created_at WHERE email LIKE 'paul%'").await.unwrap();
    let ilse = portal.staff("Ilse Kessler", "engineer").await;

    let mut answers = Vec::new();
    for who in [
        json!({"sub": "1", "email": "nobody@example.com", "email_verified": true}),
        json!({"sub": "2", "email": ilse.email, "email_verified": false}),
        json!({"sub": "3", "email": ilse.email}),
        json!({"sub": "4"}),
        json!({"sub": "5", "email": "claire@other.example", "email_verified": true}),
        json!({"sub": "6", "email": paul.email, "email_verified": true}),
    ] {
        desk.lets_in(&who).await;
        let browser = portal.stranger();
        let page = desk.through(&portal, &browser).await;
        assert_eq!(browser.get("/calls").await.status, StatusCode::SEE_OTHER, "{who}");
        answers.push((page.status, page.body));
    }
    assert_eq!(answers[0].0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(number(&db, "SELECT count(*) FROM identity").await, 0);
    assert_eq!(number(&db, "SELECT count(*) FROM person").await, people + 2);

    // Somebody else has been given the address of one whom we know by it.
    desk.lets_in(&json!({"sub": "7", "email": ilse.email, "email_verified": true})).await;
    assert_eq!(desk.through(&portal, &portal.stranger()).await.location(), "/calls");
    desk.lets_in(&json!({"sub": "8", "email": ilse.email, "email_verified": true})).await;
    assert_eq!(desk.through(&portal, &portal.stranger()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // And who was known is shut out.
    db.execute("UPDATE person SET disabled_at = created_at").await.unwrap();
    desk.lets_in(&json!({"sub": "7", "email": ilse.email, "email_verified": true})).await;
    assert_eq!(desk.through(&portal, &portal.stranger()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(claire_here.get("/calls").await.status.is_redirection());
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_the_browser_that_departed_arrives_and_only_once(db: PgPool) {
    let desk = Desk::open(&[]).await;
    let portal = desk.portal(db, Mfa::NONE).await;
    acme(&portal).await;
    desk.lets_in(&claire()).await;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;

    let (browser, other) = (portal.stranger(), portal.stranger());
    let back = desk.way_back(&portal, &browser).await;
    assert_eq!(other.get(&back).await.status, refused, "another browser");
    desk.way_back(&portal, &other).await;
    assert_eq!(other.get(&back).await.status, refused, "another browser that departed too: the state is not its own");
    assert_eq!(browser.get(&back).await.location(), "/calls");
    assert_eq!(browser.get(&back).await.status, refused, "the same once more");

    let back = desk.way_back(&portal, &browser).await;
    let forged = back.replace("state=", "state=x");
    assert_eq!(browser.get(&forged).await.status, refused, "another state");
    assert_eq!(browser.get(&back).await.status, refused, "and the departure is used up by it");

    let back = desk.way_back(&portal, &browser).await;
    let guessed = back.replace("code=", "code=x");
    assert_eq!(browser.get(&guessed).await.status, refused, "another code");
    let late = desk.way_back(&portal, &browser).await;
    portal.app.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(browser.get(&late).await.status, refused, "too late");
    assert_eq!(portal.stranger().get("/session/oidc/test/callback?error=access_denied").await.status, refused);
    assert_eq!(portal.stranger().get("/session/oidc/nowhere").await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_second_factor_counts_wherever_it_was_shown(db: PgPool) {
    let desk = Desk::open(&[]).await;
    let portal = desk.portal(db, Mfa { customer: true, ..Mfa::NONE }).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let acme = portal.account("customer", "Acme Rail").await;
    portal.person(acme, "Claire Dubois", "customer").await;
    let come = async |who: Value| {
        desk.lets_in(&who).await;
        let browser = portal.stranger();
        let to = desk.through(&portal, &browser).await.location();
        (browser, to)
    };

    desk.lets_in(&claire()).await;
    assert_eq!(come(claire()).await.1, "/session/enrol?next=/calls", "ours is demanded");
    let mut strong = claire();
    strong["amr"] = json!(["pwd", "otp", "mfa"]);
    assert_eq!(come(strong).await.1, "/calls", "theirs was shown");

    let (phone, _) = set_up_app(&portal, &ilse).await;
    portal.app.clock.advance(SignedDuration::from_secs(30));
    let who = json!({"sub": "ilse", "email": ilse.email, "email_verified": true, "amr": ["pwd"]});
    let (browser, to) = come(who).await;
    assert_eq!(to, "/session/second?next=/calls", "whoever has one here is asked for it");
    let through = browser.post("/session/second", &[("code", &phone.code(&portal)), ("next", "/calls")]).await;
    assert_eq!(through.location(), "/calls");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_provider_that_is_away_keeps_nobody_from_the_password(db: PgPool) {
    let desk = Desk::open(&[]).await;
    let portal = desk.portal(db, Mfa::NONE).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    drop(desk);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;

    let page = portal.stranger().get("/session/oidc/test").await;

    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(page.body.contains("be reached at the moment") && page.body.contains("name=\"password\""), "{}", page.body);
    assert_eq!(ilse.get("/calls").await.status, StatusCode::OK);
}
