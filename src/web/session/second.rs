//! The second step of a sign-in: a code of the app, one from paper, or a passkey.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::{
    super::{
        problem::{retry_after, sentence, status},
        shell::Shell,
    },
    Wanted, cookie, relative,
    who::Proving,
};
use crate::{
    actions,
    app::App,
    domain::proof::Stage,
    error::{Error, Result},
};

#[derive(Template, WebTemplate)]
#[template(path = "session/second.html")]
pub struct SecondPage {
    shell: Shell,
    next: String,
    error: Option<String>,
    passkeys: bool,
}

impl SecondPage {
    async fn of(app: &App, headers: &HeaderMap, next: &str) -> Result<Self> {
        let shell = Shell::of(app, headers, "/session/second").await?;
        Ok(Self { shell, next: relative(next).to_owned(), error: None, passkeys: cfg!(feature = "passkeys") })
    }
}

/// The same for everybody who has come so far, whatever they have.
pub async fn second(
    State(app): State<App>,
    Proving(prover): Proving,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    match prover.stage {
        Stage::SecondFactor => Ok(SecondPage::of(&app, &headers, &wanted.next).await?.into_response()),
        Stage::Enrol => Ok(Redirect::to("/session/enrol").into_response()),
        Stage::Open => Ok(Redirect::to(relative(&wanted.next)).into_response()),
    }
}

#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

pub async fn prove_second(
    State(app): State<App>,
    Proving(prover): Proving,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<Code>,
) -> Result<Response> {
    let tried = match app.limits.second_step(prover.person, app.clock.now()) {
        Ok(()) => actions::second_step(&app, &prover, &form.code).await,
        Err(error) => Err(error),
    };
    match tried {
        Ok(token) => {
            app.limits.second_step_was_right(prover.person);
            let jar = jar.add(cookie::of_session(&app, &headers, token)?);
            Ok((jar, Redirect::to(relative(&form.next))).into_response())
        }
        Err(error @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            let status = status(&error);
            let page = SecondPage::of(&app, &headers, &form.next).await?;
            let page = SecondPage { error: Some(sentence(status, Some(&error))), ..page };
            let mut answer = (status, page).into_response();
            retry_after(&mut answer, Some(&error));
            Ok(answer)
        }
        Err(error) => Err(error),
    }
}
