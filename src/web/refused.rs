//! A form that could not be carried out: said why, and every word given back.

use askama::Template;
use axum::{
    http::HeaderMap,
    response::{Html, IntoResponse, Response},
};

use super::{
    fields::Fields,
    problem::{retry_after, sentence, status},
    shell::Shell,
};
use crate::{app::App, error::Error};

#[derive(Template)]
#[template(path = "calls/refused.html")]
struct RefusedPage {
    shell: Shell,
    back: String,
    signed_out: bool,
    sentence: String,
    typed: Vec<(String, String)>,
}

/// Also for who has been signed out meanwhile, and while the store is away: typing is work.
pub async fn refused(app: &App, headers: &HeaderMap, back: String, error: Error, fields: &Fields) -> Response {
    if matches!(error, Error::NotFound) {
        return error.into_response();
    }
    let code = status(&error);
    if code.is_server_error() {
        tracing::error!(%error, back, "a form could not be carried out");
    }
    let page = RefusedPage {
        shell: Shell::of(app, headers, &back).await.unwrap_or_else(|_| Shell::plain()),
        back,
        signed_out: matches!(error, Error::SignedOut),
        sentence: sentence(code, Some(&error)),
        typed: fields.typed(),
    };
    let mut answer = match page.render() {
        Ok(html) => (code, Html(html)).into_response(),
        Err(_) => code.into_response(),
    };
    retry_after(&mut answer, Some(&error));
    answer
}
