//! Taking words out of one line of a call, after a second look.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::shell::Shell;
use crate::{
    actions,
    app::App,
    domain::{
        number::CallNumber,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{calls, history},
};

#[derive(Template, WebTemplate)]
#[template(path = "calls/redaction.html")]
pub struct NewPage {
    shell: Shell,
    number: CallNumber,
    seq: i32,
    author: String,
    words: String,
    reason: String,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Which {
    #[serde(default)]
    seq: i32,
}

#[derive(Debug, Deserialize)]
pub struct Wish {
    #[serde(default)]
    seq: i32,
    #[serde(default)]
    reason: String,
}

pub async fn new(
    State(app): State<App>,
    shell: Shell,
    Path(number): Path<String>,
    Query(which): Query<Which>,
) -> Result<NewPage> {
    page(&app, shell, named(&number)?, which.seq, String::new(), None).await
}

pub async fn create(
    State(app): State<App>,
    shell: Shell,
    Path(number): Path<String>,
    Form(wish): Form<Wish>,
) -> Result<Response> {
    let number = named(&number)?;
    let reason = wish.reason.replace('\0', "");
    match actions::redact_entry(&app, shell.viewer()?, number, wish.seq, &reason).await {
        Ok(()) => Ok(Redirect::to(&format!("/calls/{number}#e-{}", wish.seq)).into_response()),
        Err(Error::Invalid(faults)) => {
            let error = faults.into_iter().next().map(|fault| fault.message);
            let page = page(&app, shell, number, wish.seq, reason, error).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}

fn named(number: &str) -> Result<CallNumber> {
    number.parse().map_err(|_| Error::NotFound)
}

async fn page(
    app: &App,
    shell: Shell,
    number: CallNumber,
    seq: i32,
    reason: String,
    error: Option<String>,
) -> Result<NewPage> {
    let (db, viewer) = (app.store.reader(), shell.viewer()?);
    let call = calls::find(db, &viewer.scope, number).await?.call;
    viewer.may(Action::Redact, Resource::History, Relation::Own)?;
    let told = history::of_call(db, &viewer.scope, call.customer_id, call.id).await?;
    let line = told.into_iter().find(|told| told.line.seq == seq).ok_or(Error::NotFound)?;
    let words = line.line.body.ok_or(Error::NotFound)?;
    let author = line.actor_name.unwrap_or_default();
    Ok(NewPage { shell, number, seq, author, words, reason, error })
}
