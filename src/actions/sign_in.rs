use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::{
    audit::{self, Entry},
    authenticator, note,
    secret::{new_secret, secret_hash, verify},
};
use crate::{
    app::App,
    domain::{
        audit::{Kind, Subject},
        proof::{self, Factors, Shown, Stage},
    },
    error::{Error, Result},
    store::{
        WriteTx, factors, memberships, outbox,
        people::{self, Login},
        sessions::{self, NewSession},
    },
};

/// A session ends after this long, whatever happens.
pub const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// Longer than writing a failure down takes, and no longer than a hash.
const BEAT: Duration = Duration::from_millis(20);
/// So long a first proof waits for the second.
const SECOND_STEP: SignedDuration = SignedDuration::from_mins(10);
/// Finding an app and reading its code takes longer.
const ENROLMENT: SignedDuration = SignedDuration::from_mins(30);

/// Where somebody comes from, as they will know it again in the list of their sessions.
#[derive(Debug, Clone, Copy)]
pub struct Came<'a> {
    pub address: &'a str,
    pub agent: &'a str,
}

/// A session that was begun: its token, and what it still lacks.
#[derive(Debug, Clone)]
pub struct Begun {
    pub token: String,
    pub stage: Stage,
}

/// Somebody proves who they are; the answer is the token of a new session.
///
/// An unknown address, a wrong password and a disabled person are answered alike.
pub async fn sign_in(app: &App, email: &str, password: &str, came: Came<'_>) -> Result<Begun> {
    let asked = Instant::now();
    // Nobody's address has a NUL in it, and the store would not look for one.
    let email = &email.replace('\0', " ");
    let login = people::login(app.store.reader(), email.trim()).await?;
    let hash = login.as_ref().and_then(|login| login.password_hash.clone());
    let right = verify(hash, password.to_owned()).await?;
    let apart = || Error::invalid("password", "The address and the password do not belong together.");
    // Nothing is looked up for a known address that is not for an unknown one, before the password is right.
    let known = login.clone();
    let Some(login) = login.filter(|_| right) else {
        note_failure(app, known.as_ref(), email.trim(), came).await?;
        sleep_until(beat_after(asked, asked.elapsed())).await;
        return Err(apart());
    };
    let mut tx = app.store.begin_write().await?;
    let proved = Proved { person: login.person_id, shown: Shown::OneFactor, means: "password" };
    let begun = begin(app, &mut tx, &proved, came).await?.ok_or_else(apart)?;
    tx.commit().await?;
    Ok(begun)
}

/// Who was found to be there, and by what.
pub(super) struct Proved<'a> {
    pub person: Uuid,
    pub shown: Shown,
    pub means: &'a str,
}

/// Begins the session of somebody who has shown who they are; none for who belongs to no account any more.
pub(super) async fn begin(app: &App, tx: &mut WriteTx, proved: &Proved<'_>, came: Came<'_>) -> Result<Option<Begun>> {
    let Some(membership) = memberships::usual(&mut **tx, proved.person).await? else { return Ok(None) };
    let held = factors::held(&mut **tx, proved.person).await?;
    let demanded = app.config.mfa.demands_any(held.roles.iter().map(String::as_str));
    let stage = proof::stage(proved.shown, Factors::from(&held), demanded);
    let now = app.clock.now();
    if stage == Stage::Enrol {
        authenticator::offer(tx, proved.person, now).await?;
    }
    let token = new_secret("ms");
    let agent: String = came.agent.chars().take(200).collect();
    let session = NewSession {
        id: Uuid::now_v7(),
        token_hash: &secret_hash(&token),
        person_id: proved.person,
        membership_id: membership,
        stage: stage.name(),
        means: proved.means,
        address: came.address,
        agent: &agent,
        until: until(stage, now),
    };
    sessions::insert(tx, &session, now).await?;
    if stage == Stage::Open {
        let entry = Entry::new(Kind::SignedIn, Subject::Session, session.id).by(proved.person);
        let entry = entry.with(json!({"means": proved.means})).naming(proved.person, came_from(came));
        note::of_person(tx, entry, proved.person, now).await?;
    }
    Ok(Some(Begun { token, stage }))
}

/// A refusal leaves on a beat: what writing it down took, which differs with who was named, is not heard.
fn beat_after(asked: Instant, taken: Duration) -> Instant {
    let beats = taken.as_nanos() / BEAT.as_nanos() + 1;
    asked + BEAT * u32::try_from(beats).unwrap_or(u32::MAX)
}

fn until(stage: Stage, now: Timestamp) -> Timestamp {
    now + match stage {
        Stage::Open => SESSION,
        Stage::SecondFactor => SECOND_STEP,
        Stage::Enrol => ENROLMENT,
    }
}

impl From<&factors::Held> for Factors {
    fn from(held: &factors::Held) -> Self {
        Self { authenticator: held.authenticator, passkey: held.passkeys > 0 }
    }
}

fn came_from(came: Came<'_>) -> serde_json::Value {
    json!({"address": came.address, "agent": came.agent.chars().take(200).collect::<String>()})
}

/// Of an address that nobody has only a keyed hash is kept: it may be the name of somebody elsewhere.
async fn note_failure(app: &App, login: Option<&Login>, email: &str, came: Came<'_>) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let entry = if let Some(login) = login {
        let entry = Entry::new(Kind::SignInFailed, Subject::Person, login.person_id);
        let entry = entry.of(memberships::usual_account(&mut *tx, login.person_id).await?);
        entry.naming(login.person_id, came_from(came))
    } else {
        let name = audit::unknown(&mut tx, &email.to_lowercase()).await?;
        let place = audit::unknown(&mut tx, came.address).await?;
        Entry::new(Kind::SignInFailed, Subject::Unknown, name).with(json!({"from": place}))
    };
    audit::record(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The session ends, also what its other tabs have open.
pub async fn sign_out(app: &App, token: &str) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    if let Some(ended) = sessions::delete(&mut tx, &secret_hash(token)).await? {
        outbox::insert_rights(&mut tx, &[format!("session:{}", ended.id)], now).await?;
        let entry = Entry::new(Kind::SignedOut, Subject::Session, ended.id).by(ended.person_id).of(ended.account_id);
        audit::record(&mut tx, entry, now).await?;
    }
    tx.commit().await?;
    app.told();
    Ok(())
}
