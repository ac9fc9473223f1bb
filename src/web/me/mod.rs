//! What somebody is here, and how they prove it: for themselves.

mod authenticator;
mod browser;
#[cfg(feature = "passkeys")]
mod passkeys;
mod password;
mod sessions;
mod zone;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Deserialize;

#[cfg(feature = "passkeys")]
pub use self::passkeys::{add as add_passkey, challenge, end as end_passkey, rename as rename_passkey};
pub use self::{
    authenticator::{confirm, end as end_authenticator, new as new_authenticator, offer, renew_codes},
    password::change as change_password,
    sessions::{end as end_session, end_others, switch},
    zone::set as set_time_zone,
};
use super::{
    problem::{sentence, status},
    shell::{Shell, role_words},
    view::{self, When},
};
use crate::{
    app::App,
    domain::access::Role,
    error::{Error, Result},
    store::{
        factors::{self, Held},
        identities, own,
        own_sessions::{self, OwnSession},
        passkeys::{self as keys, Listed},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "me/show.html")]
pub struct MePage {
    shell: Shell,
    name: String,
    email: String,
    memberships: Vec<MembershipLine>,
    sessions: Vec<SessionLine>,
    has_password: bool,
    time_zone: String,
    zones: Vec<String>,
    held: Held,
    demanded: bool,
    passkeys: Option<Vec<PasskeyLine>>,
    identities: Vec<(String, When)>,
    said: Option<&'static str>,
    refused: Option<Refused>,
}

/// What could not be done, and in which part of the page it was asked for.
pub struct Refused {
    part: &'static str,
    sentence: String,
}

impl MePage {
    fn refused_in(&self, part: &str) -> Option<&str> {
        self.refused.as_ref().filter(|refused| refused.part == part).map(|refused| refused.sentence.as_str())
    }
}

pub struct MembershipLine {
    id: String,
    account: String,
    role: String,
    current: bool,
}

pub struct SessionLine {
    id: String,
    browser: String,
    address: String,
    means: String,
    since: When,
    seen: When,
    current: bool,
}

pub struct PasskeyLine {
    id: String,
    name: String,
    made: When,
    used: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    said: String,
}

pub async fn show(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<MePage> {
    let said = match wanted.said.as_str() {
        "password" => Some("Your password is changed. Whoever was signed in elsewhere is not any more."),
        "session" => Some("That session is over."),
        "sessions" => Some("You are signed in here and nowhere else."),
        "authenticator" => Some("The app is removed."),
        "time-zone" => Some("Times are shown as you chose."),
        "passkey" => Some("Your passkeys are changed."),
        _ => None,
    };
    Ok(MePage { said, ..load(&app, shell).await? })
}

async fn load(app: &App, shell: Shell) -> Result<MePage> {
    let viewer = shell.viewer()?;
    let session = viewer.session_id.filter(|_| viewer.read_only.is_none());
    let session = session
        .ok_or_else(|| Error::Forbidden("What belongs to one person alone is not shown to anybody else.".to_owned()))?;
    let (db, now, person) = (app.store.reader(), app.clock.now(), viewer.person_id);
    let held = factors::held(db, person).await?;
    let secrets = own::secrets(db, person).await?.ok_or(Error::SignedOut)?;
    let theirs = own::memberships(db, person).await?;
    let memberships = theirs.into_iter().map(|row| MembershipLine::of(row, viewer.membership_id)).collect();
    let sessions = own_sessions::list(db, person, now).await?;
    let mut sessions: Vec<_> = sessions.iter().map(|row| SessionLine::of(row, row.id == session, now)).collect();
    sessions.sort_by_key(|line| !line.current);
    let passkeys = if cfg!(feature = "passkeys") { Some(keys::list(db, person).await?) } else { None };
    let identities = identities::list(db, person).await?;
    Ok(MePage {
        name: viewer.name.clone(),
        email: viewer.email.clone(),
        time_zone: viewer.time_zone.clone().unwrap_or_default(),
        zones: view::zones(),
        memberships,
        sessions,
        has_password: secrets.password_hash.is_some(),
        demanded: app.config.mfa.demands_any(held.roles.iter().map(String::as_str)),
        held,
        passkeys: passkeys.map(|rows| rows.into_iter().map(|row| PasskeyLine::of(row, now)).collect()),
        identities: identities.into_iter().map(|row| (label(app, &row.issuer), day(row.created_at, now))).collect(),
        said: None,
        refused: None,
        shell,
    })
}

/// The page again, with what could not be done in its place; other errors go their own way.
async fn refused(app: &App, shell: Shell, part: &'static str, error: Error) -> Result<Response> {
    if !matches!(error, Error::Invalid(_) | Error::Refused(_) | Error::TooMany { .. }) {
        return Err(error);
    }
    let status = status(&error);
    let refused = Some(Refused { part, sentence: sentence(status, Some(&error)) });
    Ok((status, MePage { refused, ..load(app, shell).await? }).into_response())
}

fn day(at: jiff_sqlx::Timestamp, now: Timestamp) -> When {
    view::when(at.to_jiff(), "UTC", now)
}

#[cfg(feature = "oidc")]
fn label(app: &App, issuer: &str) -> String {
    app.providers.label(issuer).unwrap_or(issuer).to_owned()
}

#[cfg(not(feature = "oidc"))]
fn label(_: &App, issuer: &str) -> String {
    issuer.to_owned()
}

impl MembershipLine {
    fn of(row: own::OwnMembership, current: uuid::Uuid) -> Self {
        let role = Role::from_name(&row.role).map_or_else(|| row.role.clone(), |role| role_words(role).to_owned());
        let place = row.cac_code.map(|cac| format!(", {cac}")).unwrap_or_default();
        Self {
            id: row.id.to_string(),
            account: row.account_name,
            role: format!("{role}{place}"),
            current: row.id == current,
        }
    }
}

impl SessionLine {
    fn of(row: &OwnSession, current: bool, now: Timestamp) -> Self {
        Self {
            id: row.id.to_string(),
            browser: browser::words(&row.agent),
            address: row.address.clone(),
            means: row.means.clone(),
            since: day(row.created_at, now),
            seen: view::ago(row.seen_at.to_jiff(), now),
            current,
        }
    }
}

impl PasskeyLine {
    fn of(row: Listed, now: Timestamp) -> Self {
        let used = row.last_used_at.map(|at| view::ago(at.to_jiff(), now));
        Self { id: row.id.to_string(), name: row.name, made: day(row.created_at, now), used }
    }
}
