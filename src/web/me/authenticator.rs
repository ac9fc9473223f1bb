//! The app that shows codes, and the codes on paper.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::{
    super::{
        problem::{sentence, status},
        session::{self, EnrolPage, Fresh},
        shell::Shell,
    },
    refused,
};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
};

/// Seen once; whoever loads it again gets nothing.
#[derive(Template, WebTemplate)]
#[template(path = "me/codes.html")]
pub struct CodesPage {
    shell: Shell,
    codes: Vec<String>,
    next: String,
    new_app: bool,
}

pub async fn new(State(app): State<App>, shell: Shell, Fresh(prover): Fresh) -> Result<Response> {
    match EnrolPage::of(&app, shell, &prover, "/me").await? {
        Some(page) => Ok(page.into_response()),
        None => Ok(Redirect::to("/me#second").into_response()),
    }
}

pub async fn offer(State(app): State<App>, _: Shell, Fresh(prover): Fresh) -> Result<Redirect> {
    actions::offer_authenticator(&app, &prover).await?;
    Ok(Redirect::to("/me/authenticator"))
}

#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// Also for who is let in by it.
pub async fn confirm(
    State(app): State<App>,
    Fresh(prover): Fresh,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<Code>,
) -> Result<Response> {
    let tried = match app.limits.second_step(prover.person, app.clock.now()) {
        Ok(()) => actions::confirm_authenticator(&app, &prover, &form.code).await,
        Err(error) => Err(error),
    };
    let next = session::relative(&form.next).to_owned();
    match tried {
        Ok(confirmed) => {
            app.limits.second_step_was_right(prover.person);
            let jar = match confirmed.token {
                Some(token) => jar.add(session::of_session(&app, &headers, token)?),
                None => jar,
            };
            let shell = Shell::of(&app, &headers, "/me").await?;
            Ok((jar, CodesPage { shell, codes: confirmed.codes, next, new_app: true }).into_response())
        }
        Err(error @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            let status = status(&error);
            let shell = Shell::of(&app, &headers, "/me").await?;
            let page = EnrolPage::of(&app, shell, &prover, &next).await?.ok_or(Error::NotFound)?;
            Ok((status, page.with(sentence(status, Some(&error)))).into_response())
        }
        Err(error) => Err(error),
    }
}

pub async fn end(State(app): State<App>, shell: Shell, Fresh(prover): Fresh) -> Result<Response> {
    match actions::remove_authenticator(&app, &prover).await {
        Ok(()) => Ok(Redirect::to("/me?said=authenticator#second").into_response()),
        Err(error) => refused(&app, shell, "second", error).await,
    }
}

pub async fn renew_codes(State(app): State<App>, shell: Shell, Fresh(prover): Fresh) -> Result<Response> {
    match actions::renew_codes(&app, &prover).await {
        Ok(codes) => Ok(CodesPage { shell, codes, next: "/me".to_owned(), new_app: false }.into_response()),
        Err(error) => refused(&app, shell, "second", error).await,
    }
}
