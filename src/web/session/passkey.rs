//! Signing in with a passkey. Only scripts can ask a device for it, so they talk JSON.

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{super::address::Address, enter, who::agent};
use crate::{
    actions::{self, Came, Challenge},
    app::App,
    error::Result,
};

pub async fn challenge(State(app): State<App>, address: Address) -> Result<Json<Challenge>> {
    // Each one is a row in the store; nobody needs many.
    app.limits.challenge(address, app.clock.now())?;
    Ok(Json(actions::challenge_for_sign_in(&app).await?))
}

#[derive(Deserialize)]
pub struct Answer {
    ceremony: String,
    credential: Value,
    #[serde(default)]
    next: String,
}

pub async fn enter_with_passkey(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    jar: CookieJar,
    Json(answer): Json<Answer>,
) -> Result<Response> {
    let from = address.to_string();
    let came = Came { address: &from, agent: agent(&headers) };
    let begun = actions::sign_in_with_passkey(&app, &answer.ceremony, answer.credential, came).await?;
    let (jar, next) = enter(&app, &headers, jar, begun, &answer.next).await?;
    Ok((jar, Json(json!({"next": next}))).into_response())
}
