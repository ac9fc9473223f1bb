//! Every change that a page makes to a call: `POST /calls/{number}/{noun}`.

use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    fields::{Fields, verb_of},
    refused::refused,
    shell::Shell,
};
use crate::{
    actions,
    app::App,
    domain::number::CallNumber,
    error::{Error, Result},
};

pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Path((number, noun)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let number: CallNumber = number.parse().map_err(|_| Error::NotFound)?;
    let fields = Fields::from(pairs);
    match act(&app, &headers, number, &noun, &fields).await {
        Ok(()) => Ok(Redirect::to(&destination(number, &noun, &fields)).into_response()),
        Err(error) => Ok(refused(&app, &headers, format!("/calls/{number}"), error, &fields).await),
    }
}

async fn act(app: &App, headers: &HeaderMap, number: CallNumber, noun: &str, fields: &Fields) -> Result<()> {
    let shell = Shell::of(app, headers, "/calls").await?;
    let viewer = shell.viewer()?;
    viewer.may_change()?;
    let fields = fields.clone().judged()?;
    let verb = verb_of(noun, &fields, viewer)?;
    let deed = fields.deed(verb, viewer)?;
    let key = fields.form_key(viewer.person_id, &format!("{number}/{noun}"));
    actions::act_on_call(app, viewer, number, &deed, key.as_ref()).await?;
    if noun == "entries" && !fields.is_set("next_step") {
        let kind = if fields.text("kind") == "note" { "note" } else { "comment" };
        actions::keep_draft(app, viewer, &format!("call.{number}.{kind}"), "").await?;
    }
    Ok(())
}

/// Back to where the person was: the list they worked from, or the call.
fn destination(number: CallNumber, noun: &str, fields: &Fields) -> String {
    match (noun, fields.back()) {
        (_, Some(back)) => back.to_owned(),
        ("entries", _) => format!("/calls/{number}#composer"),
        _ => format!("/calls/{number}"),
    }
}
