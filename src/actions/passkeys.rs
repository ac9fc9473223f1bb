//! Keys that a device keeps for this portal alone, and that it gives a signature with only to their owner.

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, Webauthn, WebauthnBuilder,
    WebauthnError,
};

use super::{
    note,
    prover::{Prover, refuse_last_factor},
    second_step::open_or_keep,
    secret::{new_secret, secret_hash},
    sign_in::{Begun, Came, Proved, begin},
};
use crate::{
    app::App,
    config::Config,
    domain::{
        audit::Kind,
        proof::{Factors, Shown},
    },
    error::{Error, Result},
    store::{
        ceremonies::{self, NewCeremony},
        factors,
        passkeys::{self, NewPasskey},
    },
};

/// What a device is asked to sign, and under which name its answer is awaited.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Challenge {
    pub ceremony: String,
    pub options: Value,
}

/// So long a device may take for its answer.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
const NEW: &str = "passkey new";
const SIGN_IN: &str = "passkey sign-in";

/// The portal as devices know it: by the name of its host.
fn relying_party(config: &Config) -> Result<Webauthn> {
    let own = config.public_url.as_deref();
    let origin = Url::parse(own.unwrap_or("http://localhost")).map_err(|e| Error::Internal(e.to_string()))?;
    let nameless = || Error::refused("Passkeys need a portal that is reached by a name, not by a number.");
    let host = origin.domain().ok_or_else(nameless)?;
    let builder = WebauthnBuilder::new(host, &origin).map_err(|e| broken(&e))?;
    builder.rp_name("Meridian").allow_any_port(own.is_none()).build().map_err(|e| broken(&e))
}

fn broken(error: &WebauthnError) -> Error {
    Error::Internal(format!("passkeys: {error}"))
}

/// Somebody wants to make a passkey: one that is found without a name being typed.
pub async fn challenge_for_new(app: &App, prover: &Prover) -> Result<Challenge> {
    let known = passkeys::credential_ids(app.store.reader(), prover.person).await?;
    let party = relying_party(&app.config)?;
    let begun = party.start_passkey_registration(prover.person, &prover.email, &prover.name, Some(known));
    let (options, state) = begun.map_err(|e| broken(&e))?;
    let mut options = json(&options)?;
    let selection = &mut options["publicKey"]["authenticatorSelection"];
    selection["residentKey"] = "required".into();
    selection["requireResidentKey"] = true.into();
    remember(app, NEW, Some(prover.person), options, &json(&state)?).await
}

async fn remember(app: &App, kind: &str, person: Option<Uuid>, options: Value, state: &Value) -> Result<Challenge> {
    let ceremony = new_secret("mc");
    let token_hash = secret_hash(&ceremony);
    let until = app.clock.now() + PATIENCE;
    let mut tx = app.store.begin_write().await?;
    ceremonies::insert(&mut tx, &NewCeremony { token_hash: &token_hash, kind, person_id: person, state, until })
        .await?;
    tx.commit().await?;
    Ok(Challenge { ceremony, options })
}

/// Once: also an answer that is not right is the only one.
async fn recall<T: DeserializeOwned>(app: &App, ceremony: &str, kind: &str, person: Option<Uuid>) -> Result<Option<T>> {
    let mut tx = app.store.begin_write().await?;
    let state = ceremonies::take(&mut tx, &secret_hash(ceremony), kind, person, app.clock.now()).await?;
    tx.commit().await?;
    Ok(state.and_then(|state| serde_json::from_value(state).ok()))
}

fn json<T: serde::Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|e| Error::Internal(e.to_string()))
}

const NAME_LENGTH: usize = 60;

fn clean_name(name: &str) -> String {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME_LENGTH).collect();
    if name.is_empty() { "Passkey".to_owned() } else { name }
}

/// A new passkey, kept under a name; answers the new token of a session that lacked it.
pub async fn add_passkey(
    app: &App,
    prover: &Prover,
    ceremony: &str,
    name: &str,
    answer: Value,
) -> Result<Option<String>> {
    let refused = || Error::invalid("passkey", "The device's answer can't be used. Try again.");
    let state: Option<PasskeyRegistration> = recall(app, ceremony, NEW, Some(prover.person)).await?;
    let state = state.ok_or_else(refused)?;
    let answer = serde_json::from_value(answer).map_err(|_| refused())?;
    let passkey = relying_party(&app.config)?.finish_passkey_registration(&answer, &state).map_err(|_| refused())?;
    let now = app.clock.now();
    let new = NewPasskey {
        id: Uuid::now_v7(),
        person_id: prover.person,
        credential_id: passkey.cred_id().as_ref(),
        name: &clean_name(name),
        credential: &json(&passkey)?,
    };
    let mut tx = app.store.begin_write().await?;
    passkeys::insert(&mut tx, &new, now).await?;
    note::own(&mut tx, Kind::PasskeyAdded, prover.person, now).await?;
    let token = open_or_keep(&mut tx, prover, "passkey", now).await?;
    tx.commit().await?;
    Ok(token)
}

pub async fn rename_passkey(app: &App, prover: &Prover, passkey: Uuid, name: &str) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    if passkeys::rename(&mut tx, prover.person, passkey, &clean_name(name)).await? == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Where a second factor is demanded, the last one stays.
pub async fn remove_passkey(app: &App, prover: &Prover, passkey: Uuid) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    if passkeys::delete(&mut tx, prover.person, passkey).await? == 0 {
        return Err(Error::NotFound);
    }
    let held = factors::held(&mut *tx, prover.person).await?;
    let left = Factors::from(&held);
    refuse_last_factor(app, &held, left)?;
    if left == Factors::default() {
        factors::delete_codes(&mut tx, prover.person).await?;
    }
    note::own(&mut tx, Kind::PasskeyRemoved, prover.person, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The same for everybody: the device finds out whose passkey it has.
pub async fn challenge_for_sign_in(app: &App) -> Result<Challenge> {
    let (options, state) = relying_party(&app.config)?.start_discoverable_authentication().map_err(|e| broken(&e))?;
    let mut options = json(&options)?;
    // Asked for by a button, not offered while a name is typed.
    if let Some(options) = options.as_object_mut() {
        options.remove("mediation");
    }
    remember(app, SIGN_IN, None, options, &json(&state)?).await
}

/// The device has verified its owner: that is two factors, and nothing more is asked.
pub async fn sign_in_with_passkey(app: &App, ceremony: &str, answer: Value, came: Came<'_>) -> Result<Begun> {
    let refused = || Error::invalid("passkey", "This passkey does not open anything here. Sign in another way.");
    let state: Option<DiscoverableAuthentication> = recall(app, ceremony, SIGN_IN, None).await?;
    let state = state.ok_or_else(refused)?;
    let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(|_| refused())?;
    let party = relying_party(&app.config)?;
    let (person, credential_id) = party.identify_discoverable_authentication(&answer).map_err(|_| refused())?;
    let mut tx = app.store.begin_write().await?;
    let known = passkeys::lock(&mut tx, person, credential_id).await?.ok_or_else(refused)?;
    let mut passkey: Passkey = serde_json::from_value(known.credential).map_err(|e| Error::Internal(e.to_string()))?;
    let result = party.finish_discoverable_authentication_v2(&answer, state, &passkey).map_err(|_| refused())?;
    passkey.update_credential(&result);
    passkeys::mark_used(&mut tx, known.id, &json(&passkey)?, app.clock.now()).await?;
    let proved = Proved { person: known.person_id, shown: Shown::TwoFactors, means: "passkey" };
    let begun = begin(app, &mut tx, &proved, came).await?.ok_or_else(refused)?;
    tx.commit().await?;
    Ok(begun)
}
