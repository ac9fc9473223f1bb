//! The app that shows a new code every half a minute, and the codes on paper that stand in for it.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    note,
    prover::{Prover, refuse_last_factor},
    second_step::open_or_keep,
    secret::{fill, secret_hash},
};
use crate::{
    app::App,
    domain::{
        audit::Kind,
        factor::{self, Typed},
        proof::Factors,
    },
    error::{Error, Result},
    seal,
    store::{WriteTx, factors, person_keys},
};

/// What an app must be told, once.
#[derive(Debug, Clone)]
pub struct Pairing {
    /// As the camera reads it.
    pub address: String,
    /// As it is typed by hand.
    pub secret: String,
}

fn purpose(person: Uuid) -> String {
    format!("authenticator:{person}")
}

/// A secret for an app that has not shown a code yet; whoever has a working one keeps it.
pub(super) async fn offer(tx: &mut WriteTx, person: Uuid, now: Timestamp) -> Result<()> {
    let key = person_keys::find(&mut **tx, person).await?.ok_or(Error::NotFound)?;
    let mut secret = [0u8; factor::SECRET];
    fill(&mut secret);
    let sealed = seal::seal(&key, &purpose(person), &secret)?;
    factors::offer(tx, person, &sealed, now).await?;
    Ok(())
}

/// Somebody wants to use an app from now on.
pub async fn offer_authenticator(app: &App, prover: &Prover) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    offer(&mut tx, prover.person, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// What was offered and not confirmed yet; never a secret that works.
pub async fn offered(app: &App, prover: &Prover) -> Result<Option<Pairing>> {
    let Some(found) = factors::authenticator(app.store.reader(), prover.person).await? else { return Ok(None) };
    if found.confirmed_at.is_some() {
        return Ok(None);
    }
    let secret = open(&found, prover.person)?;
    let address = factor::address(&secret, &prover.email);
    let address = address.ok_or_else(|| Error::Internal("an authenticator has no address".to_owned()))?;
    Ok(Some(Pairing { address, secret: factor::typed_by_hand(&secret) }))
}

fn open(found: &factors::Authenticator, person: Uuid) -> Result<Vec<u8>> {
    seal::open(&found.key, &purpose(person), &found.sealed)
        .ok_or_else(|| Error::Internal("an authenticator's secret can't be opened".to_owned()))
}

/// What came of confirming: the codes for paper, and the token with which a session goes on that lacked the factor.
#[derive(Debug, Clone)]
pub struct Confirmed {
    pub codes: Vec<String>,
    pub token: Option<String>,
}

/// The app has shown a code: from now on it is asked for.
pub async fn confirm_authenticator(app: &App, prover: &Prover, code: &str) -> Result<Confirmed> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let found = factors::lock_authenticator(&mut tx, prover.person).await?;
    let found = found.filter(|found| found.confirmed_at.is_none()).ok_or_else(nothing_offered)?;
    let step = match factor::read(code) {
        Typed::Authenticator(code) => factor::step(&open(&found, prover.person)?, &code, now.as_second()),
        Typed::Recovery(_) => None,
    };
    let step =
        step.ok_or_else(|| Error::invalid("code", "That is not the code that the app shows now. Try the next one."))?;
    factors::use_step(&mut tx, prover.person, step, now).await?;
    let codes = new_codes(&mut tx, prover.person).await?;
    note::own(&mut tx, Kind::FactorAdded, prover.person, now).await?;
    let token = open_or_keep(&mut tx, prover, "authenticator", now).await?;
    tx.commit().await?;
    Ok(Confirmed { codes, token })
}

fn nothing_offered() -> Error {
    Error::refused("There is no new app to confirm. Begin again.")
}

/// Ten codes for paper, seen now and never again.
async fn new_codes(tx: &mut WriteTx, person: Uuid) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..factor::CODES).map(|_| new_code()).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| secret_hash(code)).collect();
    factors::replace_codes(tx, person, &hashes).await?;
    Ok(codes.iter().map(|code| factor::grouped(code)).collect())
}

fn new_code() -> String {
    let mut random = [0u8; factor::CODE];
    fill(&mut random);
    factor::recovery_code(&random)
}

/// New codes make the old ones worthless.
pub async fn renew_codes(app: &App, prover: &Prover) -> Result<Vec<String>> {
    let mut tx = app.store.begin_write().await?;
    let held = factors::held(&mut *tx, prover.person).await?;
    if !held.authenticator && held.passkeys == 0 {
        return Err(Error::refused("Recovery codes stand in for a second factor. Set one up first."));
    }
    let codes = new_codes(&mut tx, prover.person).await?;
    note::own(&mut tx, Kind::RecoveryMade, prover.person, app.clock.now()).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Without an app; where a second factor is demanded, there must be another one.
pub async fn remove_authenticator(app: &App, prover: &Prover) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    let held = factors::held(&mut *tx, prover.person).await?;
    let left = Factors { authenticator: false, ..Factors::from(&held) };
    refuse_last_factor(app, &held, left)?;
    if !factors::delete_authenticator(&mut tx, prover.person).await? {
        return Err(Error::NotFound);
    }
    if !left.passkey {
        factors::delete_codes(&mut tx, prover.person).await?;
    }
    note::own(&mut tx, Kind::FactorRemoved, prover.person, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// By what somebody has proved a second time who they are; none if what they typed is nothing of theirs.
pub(super) async fn check(tx: &mut WriteTx, person: Uuid, typed: &str, now: Timestamp) -> Result<Option<&'static str>> {
    match factor::read(typed) {
        Typed::Authenticator(code) => {
            let found = factors::lock_authenticator(tx, person).await?;
            let Some(found) = found.filter(|found| found.confirmed_at.is_some()) else { return Ok(None) };
            let step = factor::step(&open(&found, person)?, &code, now.as_second());
            let Some(step) = step.filter(|step| *step > found.last_step) else { return Ok(None) };
            factors::use_step(tx, person, step, now).await?;
            Ok(Some("authenticator"))
        }
        Typed::Recovery(code) => {
            let used = factors::use_code(tx, person, &secret_hash(&code), now).await?;
            if used {
                note::own(tx, Kind::RecoveryUsed, person, now).await?;
            }
            Ok(used.then_some("recovery code"))
        }
    }
}
