use std::sync::LazyLock;

use argon2::{
    Argon2, PasswordHash,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::audit::{self, Entry};
use crate::{
    app::App,
    domain::audit::{Kind, Subject},
    error::{Error, Result},
    store::{
        memberships,
        people::{self, Login},
        sessions::{self, NewSession},
    },
};

/// A session ends after this long, whatever happens.
pub const SESSION_HOURS: i64 = 12;

/// Hashing takes 19 MiB and most of a core each time; more at once would only be slower.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Hashed against when nobody has that address, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// Somebody proves who they are; the answer is the token of a new session.
///
/// An unknown address, a wrong password and a disabled person are answered alike.
pub async fn sign_in(app: &App, email: &str, password: &str, address: &str, agent: &str) -> Result<String> {
    let login = people::login(app.store.reader(), email.trim()).await?;
    let hash = login.as_ref().and_then(|login| login.password_hash.clone());
    let right = verify(hash, password.to_owned()).await?;
    let apart = || Error::invalid("password", "The address and the password do not belong together.");
    let known = login.clone();
    // Nothing is looked up for a known address that is not for an unknown one, before the password is right.
    let Some(login) = login.filter(|_| right) else {
        note_failure(app, known.as_ref(), email.trim(), address, agent).await?;
        return Err(apart());
    };
    let membership = memberships::usual(app.store.reader(), login.person_id).await?.ok_or_else(apart)?;
    let token = new_secret("ms");
    let now = app.clock.now();
    let until = now + SignedDuration::from_hours(SESSION_HOURS);
    let mut tx = app.store.begin_write().await?;
    let agent: String = agent.chars().take(200).collect();
    let session = NewSession {
        id: Uuid::now_v7(),
        token_hash: &secret_hash(&token),
        person_id: login.person_id,
        membership_id: membership,
        stage: "open",
        means: "password",
        address,
        agent: &agent,
        until,
    };
    sessions::insert(&mut tx, &session, now).await?;
    let entry = Entry::new(Kind::SignedIn, Subject::Session, session.id).by(login.person_id);
    let entry = entry.with(json!({"means": "password"}));
    let entry = entry.of(memberships::account(&mut *tx, membership).await?);
    audit::record(&mut tx, entry.naming(login.person_id, came_from(address, &agent)), now).await?;
    tx.commit().await?;
    Ok(token)
}

fn came_from(address: &str, agent: &str) -> serde_json::Value {
    json!({"address": address, "agent": agent.chars().take(200).collect::<String>()})
}

/// Of an address that nobody has only a keyed hash is kept: it may be the name of somebody elsewhere.
async fn note_failure(app: &App, login: Option<&Login>, email: &str, address: &str, agent: &str) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let entry = if let Some(login) = login {
        let entry = Entry::new(Kind::SignInFailed, Subject::Person, login.person_id);
        let entry = entry.of(memberships::usual_account(&mut *tx, login.person_id).await?);
        entry.naming(login.person_id, came_from(address, agent))
    } else {
        let name = audit::unknown(&mut tx, &email.to_lowercase()).await?;
        let place = audit::unknown(&mut tx, address).await?;
        Entry::new(Kind::SignInFailed, Subject::Unknown, name).with(json!({"from": place}))
    };
    audit::record(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn sign_out(app: &App, token: &str) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    if let Some(ended) = sessions::delete(&mut tx, &secret_hash(token)).await? {
        let entry = Entry::new(Kind::SignedOut, Subject::Session, ended.id).by(ended.person_id).of(ended.account_id);
        audit::record(&mut tx, entry, app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn verify(hash: Option<String>, password: String) -> Result<bool> {
    let _permit = HASHING.acquire().await.map_err(|_| Error::Overloaded)?;
    let known = hash.is_some();
    let matched = tokio::task::spawn_blocking(move || {
        // Made before it is needed: else the first unknown address would take twice as long.
        let nobody = &*NOBODY;
        let hash = hash.unwrap_or_else(|| nobody.clone());
        let parsed = PasswordHash::new(&hash);
        parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
    .map_err(|e| Error::Internal(e.to_string()))?;
    Ok(known && matched)
}

/// Argon2id with 19 MiB, two passes, one lane: the library's default and OWASP's minimum.
pub async fn hash_password(password: &str) -> Result<String> {
    let _permit = HASHING.acquire().await.map_err(|_| Error::Overloaded)?;
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(|e| Error::Internal(e.to_string()))?
}

fn hash_now(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| Error::Internal(format!("the password could not be hashed: {e}")))
}

/// 256 random bits behind a prefix that says what kind of secret it is.
pub fn new_secret(prefix: &str) -> String {
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(new_key()))
}

fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        // Without randomness there is no secret worth giving out.
        std::process::abort();
    }
}

/// A key for what is kept for ever about one person.
pub fn new_key() -> [u8; 32] {
    let mut key = [0u8; 32];
    fill(&mut key);
    key
}

/// So much of a token its owner sees again, to know it from others.
pub fn token_prefix(token: &str) -> &str {
    token.get(..10).unwrap_or(token)
}

/// What is stored of a secret: enough to recognize it, too little to use it.
pub fn secret_hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
