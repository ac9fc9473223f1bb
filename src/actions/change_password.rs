use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    audit::Entry,
    note,
    own_sessions::end_others,
    people::fit_password,
    prover::Prover,
    secret::{hash_password, secret_hash, verify},
};
use crate::{
    app::App,
    domain::audit::{Kind, Subject},
    error::{Error, Result},
    store::{
        Store,
        own::{self, Secrets},
        resets::{self, Reset},
    },
};

/// A person's own new password; whoever is signed in elsewhere is not any more.
pub async fn change_password(app: &App, prover: &Prover, current: &str, new: &str) -> Result<()> {
    let secrets = own::secrets(app.store.reader(), prover.person).await?.ok_or(Error::SignedOut)?;
    // Who has none yet has shown by other means who they are.
    if secrets.password_hash.is_some() && !verify(secrets.password_hash.clone(), current.to_owned()).await? {
        return Err(Error::invalid("current", "That is not your password."));
    }
    let hash = judged(&secrets, new).await?;
    let mut tx = app.store.begin_write().await?;
    own::set_password(&mut tx, prover.person, &hash).await?;
    let now = app.clock.now();
    end_others(&mut tx, prover.person, Some(prover.session), now).await?;
    note::own(&mut tx, Kind::PasswordChanged, prover.person, now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}

async fn judged(secrets: &Secrets, new: &str) -> Result<String> {
    let mut about = vec![secrets.display_name.as_str(), secrets.email.as_str()];
    about.extend(secrets.accounts.iter().map(String::as_str));
    fit_password(new, &about).map_err(|fault| Error::Invalid(vec![fault]))?;
    hash_password(new).await
}

/// A new password by command, for somebody who can't come in.
pub async fn set_password(store: &Store, person: Uuid, new: &str, now: Timestamp) -> Result<()> {
    let hash = hash_password(new).await?;
    let mut tx = store.begin_write().await?;
    own::set_password(&mut tx, person, &hash).await?;
    end_others(&mut tx, person, None, now).await?;
    let entry = Entry::new(Kind::PasswordChanged, Subject::Person, person).with(json!({"by": "command line"}));
    note::of_person(&mut tx, entry, person, now).await?;
    tx.commit().await?;
    Ok(())
}

/// For whom a link is, while it is good for anything.
pub async fn reset_of(app: &App, token: &str) -> Result<Option<Reset>> {
    resets::find(app.store.reader(), &secret_hash(token), app.clock.now()).await
}

/// A new password by a link. Everybody who was signed in as this person is not any more; none means that the link
/// is worth nothing, for whatever reason.
pub async fn use_reset(app: &App, token: &str, new: &str) -> Result<Option<()>> {
    let Some(reset) = reset_of(app, token).await? else { return Ok(None) };
    let Some(secrets) = own::secrets(app.store.reader(), reset.person_id).await? else { return Ok(None) };
    let hash = judged(&secrets, new).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    if !resets::mark_used(&mut tx, &secret_hash(token), now).await? {
        return Ok(None);
    }
    own::set_password(&mut tx, reset.person_id, &hash).await?;
    end_others(&mut tx, reset.person_id, None, now).await?;
    note::own(&mut tx, Kind::ResetUsed, reset.person_id, now).await?;
    tx.commit().await?;
    app.told();
    Ok(Some(()))
}
