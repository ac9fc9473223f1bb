//! The cookies of a session, and where the browser that sends them believes to be.

use axum::http::HeaderMap;
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};

use super::super::shell::host;
use crate::{
    app::App,
    error::{Error, Result},
};

/// The browser itself refuses this cookie from a sibling site or without TLS.
const COOKIE: &str = "__Host-sid";
/// For a demo that is looked at over plain HTTP from another machine.
const PLAIN_COOKIE: &str = "sid";

/// The cookie of a name: with TLS the browser guards it, without TLS only a demo has one.
pub fn sealed(
    app: &App,
    headers: &HeaderMap,
    names: (&'static str, &'static str),
    value: String,
) -> Result<Cookie<'static>> {
    let secure = travels_safely(app, headers);
    if !secure && !app.config.demo {
        return Err(Error::Forbidden(
            "Signing in needs https. Ask whoever runs this portal for its address.".to_owned(),
        ));
    }
    let name = if secure { names.0 } else { names.1 };
    let cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).secure(secure);
    Ok(cookie.build())
}

pub fn of_session(app: &App, headers: &HeaderMap, token: String) -> Result<Cookie<'static>> {
    sealed(app, headers, (COOKIE, PLAIN_COOKIE), token)
}

/// The token of the session, whatever it still lacks.
pub fn token(jar: &CookieJar) -> Option<&str> {
    jar.get(COOKIE).or_else(|| jar.get(PLAIN_COOKIE)).map(Cookie::value)
}

pub fn without_session(jar: CookieJar) -> CookieJar {
    without(jar, (COOKIE, PLAIN_COOKIE))
}

pub fn without(jar: CookieJar, names: (&'static str, &'static str)) -> CookieJar {
    let gone = |name: &'static str| {
        let cookie = Cookie::build((name, "")).path("/").http_only(true).same_site(SameSite::Lax);
        cookie.secure(name.starts_with("__Host-")).build()
    };
    jar.remove(gone(names.0)).remove(gone(names.1))
}

/// Over TLS, or not over a network at all.
pub fn travels_safely(app: &App, headers: &HeaderMap) -> bool {
    let https = app.config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    https || is_local(headers)
}

fn is_local(headers: &HeaderMap) -> bool {
    let host = host(headers).rsplit_once(':').map_or_else(|| host(headers), |(name, _)| name);
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

/// Where others send a browser back to us: the address that the operator named, else this very machine.
#[cfg(feature = "oidc")]
pub fn origin(app: &App, headers: &HeaderMap) -> Result<String> {
    match app.config.public_url.as_deref() {
        Some(url) => Ok(url.trim_end_matches('/').to_owned()),
        None if is_local(headers) => Ok(format!("http://{}", host(headers))),
        None => Err(Error::refused("This portal does not know its own address: set MERIDIAN_PUBLIC_URL.")),
    }
}
