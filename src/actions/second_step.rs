use jiff::Timestamp;
use serde_json::json;

use super::{
    audit::Entry,
    authenticator::check,
    note,
    prover::Prover,
    secret::{new_secret, secret_hash, verify},
    sign_in::SESSION,
};
use crate::{
    app::App,
    domain::{
        audit::{Kind, Subject},
        proof::Stage,
    },
    error::{Error, Result},
    store::{WriteTx, factors, own, own_sessions},
};

/// The second proof of a sign-in: a code of the app, or one from paper. Answers the token of the open session.
pub async fn second_step(app: &App, prover: &Prover, typed: &str) -> Result<String> {
    if prover.stage != Stage::SecondFactor {
        return Err(Error::SignedOut);
    }
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let Some(means) = check(&mut tx, prover.person, typed, now).await? else {
        note::own(&mut tx, Kind::FactorFailed, prover.person, now).await?;
        tx.commit().await?;
        return Err(wrong_code());
    };
    let token = open_or_keep(&mut tx, prover, means, now).await?.ok_or(Error::SignedOut)?;
    tx.commit().await?;
    Ok(token)
}

/// Used before, too old or never right: nobody is told which.
fn wrong_code() -> Error {
    Error::invalid("code", "That code is not right, or was used already. Try the next one.")
}

/// A session that lacked something opens under another token; one that is open goes on as it is.
pub(super) async fn open_or_keep(
    tx: &mut WriteTx,
    prover: &Prover,
    by: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    if prover.stage == Stage::Open {
        return Ok(None);
    }
    let token = new_secret("ms");
    let means = format!("{} and {by}", prover.means);
    let opened = own_sessions::open(tx, prover.session, &secret_hash(&token), &means, now + SESSION, now).await?;
    if opened == 0 {
        return Err(Error::SignedOut);
    }
    let entry = Entry::new(Kind::SignedIn, Subject::Session, prover.session).by(prover.person);
    note::of_person(tx, entry.with(json!({"means": means})), prover.person, now).await?;
    Ok(Some(token))
}

/// Somebody whose session is open proves again who they are; answers the session's new token.
pub async fn prove_again(app: &App, prover: &Prover, password: &str, code: &str) -> Result<String> {
    let wrong = || Error::invalid("password", "That does not prove who you are. Try again.");
    let secrets = own::secrets(app.store.reader(), prover.person).await?;
    if prover.stage != Stage::Open || !verify(secrets.and_then(|s| s.password_hash), password.to_owned()).await? {
        return Err(wrong());
    }
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    if factors::held(&mut *tx, prover.person).await?.authenticator {
        check(&mut tx, prover.person, code, now).await?.ok_or_else(wrong)?;
    }
    let token = new_secret("ms");
    own_sessions::prove(&mut tx, prover.session, &secret_hash(&token), now).await?;
    tx.commit().await?;
    Ok(token)
}
