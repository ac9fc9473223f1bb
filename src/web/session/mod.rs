//! Signing in, in one step or two, and out.

mod cookie;
mod enrol;
mod looks;
#[cfg(feature = "oidc")]
mod oidc;
#[cfg(feature = "passkeys")]
mod passkey;
mod proof;
mod second;
mod who;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, HeaderName},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

#[cfg(feature = "oidc")]
pub use self::oidc::{arrive, depart};
#[cfg(feature = "passkeys")]
pub use self::passkey::{challenge, enter_with_passkey};
pub use self::{
    cookie::{of_session, token, travels_safely},
    enrol::{EnrolPage, enrol},
    looks::{chosen_looks, looks},
    proof::{proof, prove},
    second::{prove_second, second},
    who::{Caller, Fresh, Present, Proving, agent, caller, present, prove_again},
};
use super::{
    address::Address,
    problem::{escape, retry_after, sentence, status},
    shell::Shell,
};
use crate::{
    actions::{self, Begun, Came},
    app::App,
    domain::proof::Stage,
    error::{Error, Result},
};

#[derive(Template, WebTemplate)]
#[template(path = "session/new.html")]
pub struct NewPage {
    shell: Shell,
    email: String,
    next: String,
    error: Option<String>,
    said: Option<&'static str>,
    passkeys: bool,
    /// Where else one may prove who one is: the address and the label.
    providers: Vec<(String, String)>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    pub next: String,
    #[serde(default)]
    pub said: String,
}

impl NewPage {
    async fn of(app: &App, headers: &HeaderMap, next: String) -> Result<Self> {
        Ok(Self {
            shell: Shell::of(app, headers, "/session/new").await?,
            email: String::new(),
            next,
            error: None,
            said: None,
            passkeys: cfg!(feature = "passkeys"),
            providers: providers(app),
        })
    }

    /// The page again, with what went wrong and with what was typed, but for the password.
    fn refused(self, error: &Error) -> Response {
        let status = status(error);
        let page = Self { error: Some(sentence(status, Some(error))), ..self };
        let mut answer = (status, page).into_response();
        retry_after(&mut answer, Some(error));
        answer
    }
}

#[cfg(feature = "oidc")]
fn providers(app: &App) -> Vec<(String, String)> {
    app.providers.list()
}

#[cfg(not(feature = "oidc"))]
fn providers(_: &App) -> Vec<(String, String)> {
    Vec::new()
}

pub async fn new(State(app): State<App>, headers: HeaderMap, Query(wanted): Query<Wanted>) -> Result<Response> {
    let page = NewPage::of(&app, &headers, wanted.next).await?;
    if page.shell.person.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let said = (wanted.said == "password").then_some("Your password is changed. Sign in with the new one.");
    Ok(NewPage { said, ..page }.into_response())
}

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

pub async fn create(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<Credentials>,
) -> Result<Response> {
    let from = address.to_string();
    let came = Came { address: &from, agent: agent(&headers) };
    let tried = match app.limits.sign_in(address, &form.email, app.clock.now()) {
        Ok(attempt) => actions::sign_in(&app, &form.email, &form.password, came).await.map(|begun| (attempt, begun)),
        Err(error) => Err(error),
    };
    match tried {
        Ok((attempt, begun)) => {
            attempt.was_right();
            let (jar, to) = enter(&app, &headers, jar, begun, &form.next).await?;
            Ok((jar, Redirect::to(&to)).into_response())
        }
        Err(error @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            let page = NewPage::of(&app, &headers, form.next).await?;
            Ok(NewPage { email: form.email, ..page }.refused(&error))
        }
        Err(error) => Err(error),
    }
}

/// A session begins in this browser in the place of the one before, and leads to what it still lacks.
async fn enter(
    app: &App,
    headers: &HeaderMap,
    jar: CookieJar,
    begun: Begun,
    next: &str,
) -> Result<(CookieJar, String)> {
    let cookie = of_session(app, headers, begun.token)?;
    if let Some(before) = token(&jar) {
        actions::sign_out(app, before).await?;
    }
    let next = relative(next);
    let to = match begun.stage {
        Stage::Open => next.to_owned(),
        Stage::SecondFactor => format!("/session/second?next={}", escape(next)),
        Stage::Enrol => format!("/session/enrol?next={}", escape(next)),
    };
    Ok((jar.add(cookie), to))
}

pub async fn end(State(app): State<App>, jar: CookieJar) -> Result<Response> {
    if let Some(token) = token(&jar) {
        actions::sign_out(&app, token).await?;
    }
    // Also what "back" would show again.
    let forget = [(HeaderName::from_static("clear-site-data"), "\"cache\"")];
    Ok((cookie::without_session(jar), forget, Redirect::to("/session/new")).into_response())
}

/// Only a path of this portal is ever redirected to.
pub fn relative(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    if own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_portal_are_gone_on_to() {
        assert_eq!(relative("/calls/C-2000001-2"), "/calls/C-2000001-2");
        for elsewhere in ["", "https://evil.example", "//evil.example", "/\\evil.example", "calls", "/a\nb"] {
            assert_eq!(relative(elsewhere), "/", "{elsewhere}");
        }
    }
}
