//! Identity providers that say what is not so, or in whose name somebody else does.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use meridian::{
    clock::Clock,
    config::{Config, Provider},
    seal,
};
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::{
    page::Page,
    support::{MONDAY_AFTERNOON, Person, TestApp},
};

const SECRET: &str = "kept by two";

/// A provider that gives out whatever token the test wants.
struct Desk {
    slug: &'static str,
    issuer: String,
    token: Arc<Mutex<String>>,
}

impl Desk {
    /// `called` is what it says that its name is, where that is not its address.
    async fn open(slug: &'static str, called: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let token = Arc::new(Mutex::new(String::new()));
        let told = json!({
            "issuer": called.unwrap_or(&issuer),
            "authorization_endpoint": format!("{issuer}/authorization"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
        });
        let given = token.clone();
        let give = move || async move {
            let id_token = given.lock().unwrap().clone();
            Json(json!({"access_token": "opens nothing", "token_type": "Bearer", "id_token": id_token}))
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(move || async move { Json(told) }))
            .route("/keys", get(|| async { Json(json!({"keys": []})) }))
            .route("/token", post(give));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { slug, issuer, token }
    }

    fn settings(&self, domain: &str) -> Provider {
        Provider {
            slug: self.slug.to_owned(),
            issuer: self.issuer.parse().unwrap(),
            client_id: "meridian".to_owned(),
            client_secret: Some(SECRET.to_owned()),
            label: self.slug.to_owned(),
            domains: vec![domain.to_owned()],
        }
    }

    /// A browser departs and comes back at a provider's address, with a token of this one that says something else.
    async fn come(&self, browser: &Person, at: &str, key: &str, header: &Value, other: &Value) -> Page {
        let departed = browser.get(&format!("/session/oidc/{}?next=/calls", self.slug)).await.location();
        let to = Url::parse(&departed).unwrap();
        let asked = |name: &str| to.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let mut claims = json!({
            "iss": self.issuer, "aud": "meridian", "sub": "acme-17", "nonce": asked("nonce"),
            "iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 4_102_444_800_i64,
            "email": "claire.dubois@example.com", "email_verified": true,
        });
        for (name, value) in other.as_object().unwrap() {
            claims[name] = value.clone();
        }
        *self.token.lock().unwrap() = signed(key, header, &claims);
        browser.get(&format!("/session/oidc/{at}/callback?code=any&state={}", asked("state"))).await
    }
}

fn signed(key: &str, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = seal::keyed_hash(key.as_bytes(), &text).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn portal(db: PgPool, providers: Vec<Provider>) -> TestApp {
    let config = Config { jobs: true, providers, ..Config::default() };
    let portal = TestApp::configured(Clock::held_at(MONDAY_AFTERNOON.parse().unwrap()), db, config).await;
    portal.person(portal.account("customer", "Acme Rail").await, "Claire Dubois", "customer").await;
    portal
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_unsigned_or_foreign_token_opens_nothing(db: PgPool) {
    let desk = Desk::open("acme", None).await;
    let portal = portal(db, vec![desk.settings("example.com")]).await;
    let good = json!({"alg": "HS256"});
    let right = desk.come(&portal.stranger(), "acme", SECRET, &good, &json!({})).await;
    assert_eq!(right.location(), "/calls", "what follows is refused for what is wrong with it: {}", right.body);

    for (what, key, header, other) in [
        ("another key", "guessed", good.clone(), json!({})),
        ("no signature", SECRET, json!({"alg": "none"}), json!({})),
        ("an algorithm that was not agreed on", SECRET, json!({"alg": "RS256"}), json!({})),
        ("a key that it brings along", "own", json!({"alg": "HS256", "jku": "https://x.example/keys"}), json!({})),
        ("another issuer", SECRET, good.clone(), json!({"iss": "https://accounts.example"})),
        ("for somebody else", SECRET, good.clone(), json!({"aud": "another program"})),
        ("too old", SECRET, good.clone(), json!({"exp": 1_700_000_001})),
        ("of a time to come", SECRET, good.clone(), json!({"nbf": 4_102_444_700_i64})),
        ("of another departure", SECRET, good.clone(), json!({"nonce": "another"})),
        ("of another kind, without a departure", SECRET, good.clone(), json!({"nonce": null})),
    ] {
        let browser = portal.stranger();
        let page = desk.come(&browser, "acme", key, &header, &other).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {}", page.body);
        assert_eq!(browser.get("/calls").await.status, StatusCode::SEE_OTHER, "{what}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_provider_cannot_speak_for_anothers_people(db: PgPool) {
    let (acme, bolt) = (Desk::open("acme", None).await, Desk::open("bolt", None).await);
    let portal = portal(db, vec![acme.settings("example.com"), bolt.settings("bolt.example")]).await;
    let (good, nothing) = (json!({"alg": "HS256"}), json!({}));

    let swapped = acme.come(&portal.stranger(), "bolt", SECRET, &good, &nothing).await;
    assert_eq!(swapped.status, StatusCode::UNPROCESSABLE_ENTITY, "departed to one and came back from another");
    let known = acme.come(&portal.stranger(), "acme", SECRET, &good, &nothing).await;
    assert_eq!(known.location(), "/calls", "{}", known.body);
    let same_name = bolt.come(&portal.stranger(), "bolt", SECRET, &good, &nothing).await;
    assert_eq!(same_name.status, StatusCode::UNPROCESSABLE_ENTITY, "the same subject elsewhere is somebody else");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn metadata_of_another_issuer_is_refused(db: PgPool) {
    let desk = Desk::open("acme", Some("https://accounts.example")).await;
    let portal = portal(db, vec![desk.settings("example.com")]).await;

    let page = portal.stranger().get("/session/oidc/acme").await;

    assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{}", page.body);
}
