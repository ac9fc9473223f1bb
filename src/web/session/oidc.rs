//! Signing in at an identity provider: out by a link, back by a redirect.

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::{
    super::address::Address,
    NewPage, Wanted,
    cookie::{origin, sealed, without},
    enter, relative,
    who::agent,
};
use crate::{
    actions::{self, Came},
    app::App,
    error::{Error, Result},
};

/// What makes the departure and the arrival one browser's.
const DEPARTED: (&str, &str) = ("__Host-oidc", "oidc");

pub async fn depart(
    State(app): State<App>,
    Path(slug): Path<String>,
    address: Address,
    headers: HeaderMap,
    jar: CookieJar,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    app.limits.challenge(address, app.clock.now())?;
    let back = back(&app, &headers, &slug)?;
    match actions::depart(&app, &slug, &back, relative(&wanted.next)).await {
        Ok(departure) => {
            let cookie = sealed(&app, &headers, DEPARTED, departure.token)?;
            Ok((jar.add(cookie), Redirect::to(&departure.to)).into_response())
        }
        Err(Error::Internal(reason)) => {
            tracing::warn!(reason, slug, "an identity provider can't be asked");
            let page = NewPage::of(&app, &headers, wanted.next).await?;
            let error =
                Some("That provider can't be reached at the moment. Sign in another way, or try again.".to_owned());
            Ok((StatusCode::BAD_GATEWAY, NewPage { error, ..page }).into_response())
        }
        Err(error) => Err(error),
    }
}

fn back(app: &App, headers: &HeaderMap, slug: &str) -> Result<String> {
    Ok(format!("{}/session/oidc/{slug}/callback", origin(app, headers)?))
}

/// The provider's answer; what else it may say is nothing that helps anybody here.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

pub async fn arrive(
    State(app): State<App>,
    Path(slug): Path<String>,
    address: Address,
    headers: HeaderMap,
    jar: CookieJar,
    Query(answer): Query<Answer>,
) -> Result<Response> {
    let from = address.to_string();
    let came = Came { address: &from, agent: agent(&headers) };
    let back = back(&app, &headers, &slug)?;
    let token =
        [DEPARTED.0, DEPARTED.1].into_iter().find_map(|name| jar.get(name)).map(|cookie| cookie.value().to_owned());
    let token = token.unwrap_or_default();
    let arrived = actions::arrive(&app, &slug, &token, &back, &answer.state, &answer.code, came).await?;
    let jar = without(jar, DEPARTED);
    if let Some(arrival) = arrived {
        let (jar, to) = enter(&app, &headers, jar, arrival.begun, &arrival.next).await?;
        return Ok((jar, Redirect::to(&to)).into_response());
    }
    let page = NewPage::of(&app, &headers, String::new()).await?;
    let error = "That did not lead to anybody here. Try again, or ask your administrator whether you were invited.";
    let page = NewPage { error: Some(error.to_owned()), ..page };
    Ok((jar, (StatusCode::UNPROCESSABLE_ENTITY, page)).into_response())
}
