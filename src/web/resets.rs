//! A new password by a link that somebody was given.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    address::Address,
    problem::{sentence, status},
    shell::Shell,
};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
};

#[derive(Template, WebTemplate)]
#[template(path = "session/reset.html")]
pub struct ResetPage {
    shell: Shell,
    /// Whom the link is for; nobody if it is worth nothing, for whatever reason.
    email: Option<String>,
    error: Option<String>,
}

impl ResetPage {
    /// Never used, used, too old or of somebody who was shut out: nobody is told which.
    async fn worthless(app: &App, headers: &HeaderMap) -> Result<Response> {
        let shell = Shell::of(app, headers, "/resets").await?;
        Ok((StatusCode::NOT_FOUND, Self { shell, email: None, error: None }).into_response())
    }
}

pub async fn show(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response> {
    let Some(reset) = actions::reset_of(&app, &token).await? else {
        app.limits.challenge(address, app.clock.now())?;
        return ResetPage::worthless(&app, &headers).await;
    };
    let shell = Shell::of(&app, &headers, "/resets").await?;
    Ok(ResetPage { shell, email: Some(reset.email), error: None }.into_response())
}

#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    password: String,
}

pub async fn change(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(form): Form<Chosen>,
) -> Result<Response> {
    match actions::use_reset(&app, &token, &form.password).await {
        Ok(Some(())) => Ok(Redirect::to("/session/new?said=password").into_response()),
        Ok(None) => ResetPage::worthless(&app, &headers).await,
        Err(error @ Error::Invalid(_)) => {
            let status = status(&error);
            let email = actions::reset_of(&app, &token).await?.map(|reset| reset.email);
            let shell = Shell::of(&app, &headers, "/resets").await?;
            Ok((status, ResetPage { shell, email, error: Some(sentence(status, Some(&error))) }).into_response())
        }
        Err(error) => Err(error),
    }
}
