//! Finding who is asking: one cookie or one token, one look-up.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use jiff::Timestamp;

use super::{
    super::{
        credential::{self, bearer},
        problem::escape,
    },
    cookie::token,
};
use crate::{
    actions::{self, Prover},
    app::App,
    domain::{access::Viewer, proof::Stage},
    error::{Error, Result},
    store::sessions::{self, SignedIn},
};

/// Somebody who is signed in, and what stands beside it.
#[derive(Debug, Clone)]
pub struct Present {
    pub viewer: Viewer,
    /// How much they have not seen yet.
    pub unseen: i64,
    /// When their session was last used, as far as it was noted; a token has none.
    seen_at: Option<Timestamp>,
}

impl Present {
    fn of(signed_in: &SignedIn, now: Timestamp) -> Result<Self> {
        let seen_at = signed_in.seen_at.map(jiff_sqlx::Timestamp::to_jiff);
        Ok(Self { viewer: actions::as_viewer(signed_in, now)?, unseen: signed_in.unseen, seen_at })
    }

    /// Whose token or session these headers carry; a token, where there is one, decides.
    pub async fn calling(app: &App, headers: &HeaderMap) -> Result<Self> {
        let Some(bearer) = bearer(headers) else {
            return present(app, &CookieJar::from_headers(headers)).await?.ok_or(Error::SignedOut);
        };
        let now = app.clock.now();
        let found = sessions::find_by_token(app.store.reader(), &actions::secret_hash(bearer), now).await?;
        let found = found.ok_or(Error::WrongCredential(credential::TOKEN))?;
        if let Some(id) = found.token_id {
            actions::note_token_use(app, id, found.token_used_at.map(jiff_sqlx::Timestamp::to_jiff));
        }
        Self::of(&found, now)
    }

    /// Keeps a session alive that somebody uses. Beside the request, and not at each one; what a page asks for by
    /// itself is no use.
    pub fn note_use(&self, app: &App, parts: &Parts) {
        let by_itself = parts.headers.get("sec-fetch-dest").is_some_and(|to| to == "empty") && parts.method.is_safe();
        let (Some(session), Some(seen_at)) = (self.viewer.session_id, self.seen_at) else { return };
        if by_itself || !actions::is_worth_noting(seen_at, app.clock.now()) {
            return;
        }
        let app = app.clone();
        tokio::spawn(async move {
            if let Err(error) = actions::note_use(&app, session).await {
                tracing::debug!(%error, "the use of a session was not noted");
            }
        });
    }
}

/// Who has the session of these cookies.
pub async fn present(app: &App, jar: &CookieJar) -> Result<Option<Present>> {
    let Some(token) = token(jar) else { return Ok(None) };
    let now = app.clock.now();
    let found = sessions::find(app.store.reader(), &actions::secret_hash(token), now).await?;
    found.map(|signed_in| Present::of(&signed_in, now)).transpose()
}

/// A program that comes with a token, or a person's own browser.
pub struct Caller(pub Viewer);

impl<S> FromRequestParts<S> for Caller
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let app = App::from_ref(state);
        let calling = match parts.extensions.get::<Present>() {
            Some(known) => known.clone(),
            None => Present::calling(&app, &parts.headers).await?,
        };
        // Who may only look sends nothing that changes anything, at whatever address.
        if !parts.method.is_safe() {
            calling.viewer.may_change()?;
        }
        calling.note_use(&app, parts);
        Ok(Self(calling.viewer))
    }
}

/// Who calls.
pub async fn caller(app: &App, headers: &HeaderMap) -> Result<Viewer> {
    Ok(Present::calling(app, headers).await?.viewer)
}

/// Whose session it is, also while it lacks a proof.
pub struct Proving(pub Prover);

impl<S> FromRequestParts<S> for Proving
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let app = App::from_ref(state);
        let jar = CookieJar::from_headers(&parts.headers);
        let prover = actions::prover(&app, token(&jar).ok_or(Error::SignedOut)?).await?;
        Ok(Self(prover))
    }
}

/// The same of somebody who has just proved who they are; whoever did so long ago does it again first.
pub struct Fresh(pub Prover);

impl<S> FromRequestParts<S> for Fresh
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let app = App::from_ref(state);
        let Proving(prover) = Proving::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match prover.stage {
            Stage::SecondFactor => Err(Error::SignedOut.into_response()),
            Stage::Open if !prover.is_fresh(app.clock.now()) => Err(prove_again("/me")),
            _ => Ok(Self(prover)),
        }
    }
}

pub fn prove_again(next: &str) -> Response {
    Redirect::to(&format!("/session/proof?next={}", escape(next))).into_response()
}

/// The browser as it names itself.
pub fn agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("unknown")
}
