//! Passkeys of a person. Only scripts can ask a device for one, so making one is told in JSON.

use axum::{
    Form, Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        session::{self, Fresh},
        shell::Shell,
    },
    browser, refused,
};
use crate::{
    actions::{self, Challenge},
    app::App,
    error::Result,
};

/// Also for who is let in by it.
pub async fn challenge(State(app): State<App>, Fresh(prover): Fresh) -> Result<Json<Challenge>> {
    Ok(Json(actions::challenge_for_new(&app, &prover).await?))
}

#[derive(Deserialize)]
pub struct Answer {
    ceremony: String,
    credential: Value,
    #[serde(default)]
    next: String,
}

pub async fn add(
    State(app): State<App>,
    Fresh(prover): Fresh,
    headers: HeaderMap,
    jar: CookieJar,
    Json(answer): Json<Answer>,
) -> Result<Response> {
    let name = browser::words(session::agent(&headers));
    let token = actions::add_passkey(&app, &prover, &answer.ceremony, &name, answer.credential).await?;
    let Some(token) = token else { return Ok(Json(json!({"next": "/me?said=passkey#passkeys"})).into_response()) };
    let jar = jar.add(session::of_session(&app, &headers, token)?);
    Ok((jar, Json(json!({"next": session::relative(&answer.next)}))).into_response())
}

#[derive(Deserialize)]
pub struct Name {
    #[serde(default)]
    name: String,
}

pub async fn rename(
    State(app): State<App>,
    _: Shell,
    Fresh(prover): Fresh,
    Path(passkey): Path<Uuid>,
    Form(form): Form<Name>,
) -> Result<Redirect> {
    actions::rename_passkey(&app, &prover, passkey, &form.name).await?;
    Ok(Redirect::to("/me?said=passkey#passkeys"))
}

pub async fn end(
    State(app): State<App>,
    shell: Shell,
    Fresh(prover): Fresh,
    Path(passkey): Path<Uuid>,
) -> Result<Response> {
    match actions::remove_passkey(&app, &prover, passkey).await {
        Ok(()) => Ok(Redirect::to("/me?said=passkey#passkeys").into_response()),
        Err(error) => refused(&app, shell, "passkeys", error).await,
    }
}
