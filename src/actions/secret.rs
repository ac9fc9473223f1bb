//! Passwords and tokens: how they are made, and what is kept of them.

use std::sync::LazyLock;

use argon2::{
    Argon2, PasswordHash,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Hashing takes 19 MiB and most of a core each time; more at once would only be slower.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Hashed against when nobody has that address, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// Whether the password is the one of that hash; of nobody's none is, and the answer takes as long.
pub(super) async fn verify(hash: Option<String>, password: String) -> Result<bool> {
    let _permit = HASHING.acquire().await.map_err(|_| Error::Overloaded)?;
    let known = hash.is_some();
    let matched = tokio::task::spawn_blocking(move || {
        // Made before it is needed: else the first unknown address would take twice as long. And lent, not copied:
        // a copy here leaves the allocator in another state, and the next hash of anybody told the two apart.
        let nobody = &*NOBODY;
        let parsed = PasswordHash::new(hash.as_deref().unwrap_or(nobody));
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

pub(super) fn fill(bytes: &mut [u8]) {
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
