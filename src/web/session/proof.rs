//! Whoever changes how they prove who they are shows first that it is still them.

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
        address::Address,
        problem::{retry_after, sentence, status},
        shell::Shell,
    },
    Wanted, cookie, providers, relative,
    who::Proving,
};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
    store::{factors, identities},
};

#[derive(Template, WebTemplate)]
#[template(path = "session/proof.html")]
pub struct ProofPage {
    shell: Shell,
    next: String,
    error: Option<String>,
    wants_code: bool,
    passkeys: bool,
    providers: Vec<(String, String)>,
}

impl ProofPage {
    async fn of(app: &App, shell: Shell, next: &str) -> Result<Self> {
        let person = shell.viewer()?.person_id;
        let held = factors::held(app.store.reader(), person).await?;
        let known = identities::list(app.store.reader(), person).await?;
        Ok(Self {
            shell,
            next: relative(next).to_owned(),
            error: None,
            wants_code: held.authenticator,
            passkeys: cfg!(feature = "passkeys") && held.passkeys > 0,
            providers: if known.is_empty() { Vec::new() } else { providers(app) },
        })
    }
}

pub async fn proof(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<ProofPage> {
    ProofPage::of(&app, shell, &wanted.next).await
}

#[derive(Deserialize)]
pub struct Proof {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

pub async fn prove(
    State(app): State<App>,
    shell: Shell,
    Proving(prover): Proving,
    address: Address,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<Proof>,
) -> Result<Response> {
    let tried = match app.limits.sign_in(address, &prover.email, app.clock.now()) {
        Ok(attempt) => {
            actions::prove_again(&app, &prover, &form.password, &form.code).await.map(|token| (attempt, token))
        }
        Err(error) => Err(error),
    };
    match tried {
        Ok((attempt, token)) => {
            attempt.was_right();
            let jar = jar.add(cookie::of_session(&app, &headers, token)?);
            Ok((jar, Redirect::to(relative(&form.next))).into_response())
        }
        Err(error @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            let status = status(&error);
            let page = ProofPage::of(&app, shell, &form.next).await?;
            let page = ProofPage { error: Some(sentence(status, Some(&error))), ..page };
            let mut answer = (status, page).into_response();
            retry_after(&mut answer, Some(&error));
            Ok(answer)
        }
        Err(error) => Err(error),
    }
}
