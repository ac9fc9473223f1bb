//! The theme and density that a person chose, kept in their browser.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use serde::Deserialize;

use super::{cookie::travels_safely, relative};
use crate::app::App;

/// Nothing secret, and scripts write it too; nobody else may.
const LOOKS: &str = "__Host-ui";
const PLAIN_LOOKS: &str = "ui";

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
