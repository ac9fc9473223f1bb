//! Signing in and out, and finding who is asking: one cookie, one look-up.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{FromRef, FromRequestParts, Query, State},
    http::{HeaderMap, HeaderName, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use serde::Deserialize;

use super::{
    address::Address,
    credential::{self, bearer},
    shell::{Shell, host},
};
use crate::{
    actions,
    app::App,
    domain::access::Viewer,
    error::{Error, Result},
    store::sessions,
};

/// The browser itself refuses this cookie from a sibling site or without TLS.
const COOKIE: &str = "__Host-sid";
/// For a demo that is looked at over plain HTTP from another machine.
const PLAIN_COOKIE: &str = "sid";
/// The theme and density that a person chose. Nothing secret, and scripts write it too; nobody else may.
const LOOKS: &str = "__Host-ui";
const PLAIN_LOOKS: &str = "ui";

#[derive(Template, WebTemplate)]
#[template(path = "session/new.html")]
pub struct NewPage {
    shell: Shell,
    email: String,
    next: String,
    error: Option<String>,
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    next: String,
}

pub async fn new(State(app): State<App>, headers: HeaderMap, Query(wanted): Query<Wanted>) -> Result<Response> {
    let shell = Shell::of(&app, &headers, "/session/new").await?;
    if shell.person.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    Ok(NewPage { shell, email: String::new(), next: wanted.next, error: None }.into_response())
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
    let agent = headers.get(header::USER_AGENT).and_then(|a| a.to_str().ok()).unwrap_or("unknown");
    let tried = match app.limits.sign_in(address, &form.email, app.clock.now()) {
        Ok(attempt) => actions::sign_in(&app, &form.email, &form.password, &address.to_string(), agent)
            .await
            .map(|token| (attempt, token)),
        Err(error) => Err(error),
    };
    match tried {
        Ok((attempt, token)) => {
            attempt.was_right();
            let cookie = cookie(&app, &headers, token)?;
            Ok((jar.add(cookie), Redirect::to(relative(&form.next))).into_response())
        }
        Err(error @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            let status = super::problem::status(&error);
            let shell = Shell::of(&app, &headers, "/session/new").await?;
            let told = Some(super::problem::sentence(status, Some(&error)));
            let page = NewPage { shell, email: form.email, next: form.next, error: told };
            let mut answer = (status, page).into_response();
            super::problem::retry_after(&mut answer, Some(&error));
            Ok(answer)
        }
        Err(error) => Err(error),
    }
}

pub async fn end(State(app): State<App>, jar: CookieJar) -> Result<Response> {
    if let Some(token) = token(&jar) {
        actions::sign_out(&app, token).await?;
    }
    let gone = |name: &'static str| {
        let cookie = Cookie::build((name, "")).path("/").http_only(true).same_site(SameSite::Lax);
        cookie.secure(name == COOKIE).build()
    };
    let jar = jar.remove(gone(COOKIE)).remove(gone(PLAIN_COOKIE));
    // Also what "back" would show again.
    let forget = [(HeaderName::from_static("clear-site-data"), "\"cache\"")];
    Ok((jar, forget, Redirect::to("/session/new")).into_response())
}

/// Only a path of this portal is ever redirected to.
fn relative(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    if own { next } else { "/" }
}

fn cookie(app: &App, headers: &HeaderMap, token: String) -> Result<Cookie<'static>> {
    let secure = travels_safely(app, headers);
    if !secure && !app.config.demo {
        return Err(Error::Forbidden(
            "Signing in needs https. Ask whoever runs this portal for its address.".to_owned(),
        ));
    }
    let name = if secure { COOKIE } else { PLAIN_COOKIE };
    let cookie = Cookie::build((name, token)).path("/").http_only(true).same_site(SameSite::Lax).secure(secure);
    Ok(cookie.build())
}

/// Over TLS, or not over a network at all.
pub fn travels_safely(app: &App, headers: &HeaderMap) -> bool {
    let https = app.config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let host = host(headers).rsplit_once(':').map_or_else(|| host(headers), |(name, _)| name);
    https || matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

pub fn token(jar: &CookieJar) -> Option<&str> {
    jar.get(COOKIE).or_else(|| jar.get(PLAIN_COOKIE)).map(Cookie::value)
}

/// Who has the session of these cookies, and how much they have not seen yet.
pub async fn viewer(app: &App, jar: &CookieJar) -> Result<Option<(Viewer, i64)>> {
    let Some(token) = token(jar) else { return Ok(None) };
    let hash = actions::secret_hash(token);
    let found = sessions::find(app.store.reader(), &hash, app.clock.now()).await?;
    let now = app.clock.now();
    found.map(|signed_in| actions::as_viewer(&signed_in, now).map(|viewer| (viewer, signed_in.unseen))).transpose()
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
        let viewer = caller(&app, &parts.headers).await?;
        // Who may only look sends nothing that changes anything, at whatever address.
        if !parts.method.is_safe() {
            viewer.may_change()?;
        }
        Ok(Self(viewer))
    }
}

/// Whose token or session these headers carry; a token, where there is one, decides.
pub async fn caller(app: &App, headers: &HeaderMap) -> Result<Viewer> {
    let Some(bearer) = bearer(headers) else {
        let (viewer, _) = viewer(app, &CookieJar::from_headers(headers)).await?.ok_or(Error::SignedOut)?;
        return Ok(viewer);
    };
    let now = app.clock.now();
    let found = sessions::find_by_token(app.store.reader(), &actions::secret_hash(bearer), now).await?;
    let found = found.ok_or(Error::WrongCredential(credential::TOKEN))?;
    if let Some(id) = found.token_id {
        actions::note_token_use(app, id, found.token_used_at.map(jiff_sqlx::Timestamp::to_jiff));
    }
    actions::as_viewer(&found, now)
}

/// The theme and density that a person chose, kept in their browser.
#[derive(Deserialize)]
pub struct Looks {
    theme: Option<String>,
    density: Option<String>,
}

pub async fn looks(State(app): State<App>, headers: HeaderMap, jar: CookieJar, Form(looks): Form<Looks>) -> Response {
    let known = chosen_looks(&jar);
    let (theme, density) = known.split_once('.').unwrap_or((known, ""));
    let clean = |text: &str| text.chars().filter(char::is_ascii_lowercase).take(10).collect::<String>();
    let theme = clean(looks.theme.as_deref().unwrap_or(theme));
    let density = clean(looks.density.as_deref().unwrap_or(density));
    let value = format!("{theme}.{density}");
    let secure = travels_safely(&app, &headers);
    let name = if secure { LOOKS } else { PLAIN_LOOKS };
    let cookie = Cookie::build((name, value)).path("/").same_site(SameSite::Lax).secure(secure).permanent().build();
    let back = headers.get(header::REFERER).and_then(|r| r.to_str().ok()).and_then(path_of).unwrap_or("/");
    (StatusCode::SEE_OTHER, jar.add(cookie), [(header::LOCATION, relative(back).to_owned())]).into_response()
}

/// As the cookie says it: `theme.density`.
pub fn chosen_looks(jar: &CookieJar) -> &str {
    jar.get(LOOKS).or_else(|| jar.get(PLAIN_LOOKS)).map_or("", Cookie::value)
}

fn path_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    rest.find('/').map(|slash| &rest[slash..])
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
