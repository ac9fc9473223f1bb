//! Doing something with a call.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use serde_json::Value;

use super::{
    super::session::Caller,
    calls::{named, shown},
    read::Sent,
    shapes,
    terms::{ActHeaders, ChangeHeaders, Conditional, Writes},
};
use crate::{
    actions::{self, Deed},
    app::App,
    domain::{
        access::Viewer,
        call::{Call, Change, Edited, Edits, Verb},
        number::CallNumber,
    },
    error::{Error, Result},
    store::{calls, request_keys},
};

/// Writes a comment or a note; answers the call as it is afterwards.
#[utoipa::path(post, path = "/api/v1/calls/{number}/entries", tag = "calls", params(ActHeaders),
    request_body = shapes::Entry,
    responses((status = 201, body = shapes::Call, headers(("ETag" = String))),
        (status = 412, body = shapes::Call, description = "The call as it is now."), Writes))]
pub async fn entries(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    Sent { fields, .. }: Sent<shapes::Entry>,
) -> Result<Response> {
    let verb = match fields.text("kind") {
        "note" => Verb::Note,
        "comment" | "" => Verb::Comment,
        _ => return Err(Error::invalid("kind", "An entry is a comment or a note.")),
    };
    let asked = Asked { viewer: &viewer, number: &number, headers: &headers };
    acted(&app, &asked, fields.deed(verb, &viewer)?, StatusCode::CREATED).await
}

/// Does what the verb says; answers the call as it is afterwards.
#[utoipa::path(post, path = "/api/v1/calls/{number}/transitions", tag = "calls", params(ActHeaders),
    request_body = shapes::Transition,
    responses((status = 200, body = shapes::Call, headers(("ETag" = String))),
        (status = 412, body = shapes::Call, description = "The call as it is now."), Writes))]
pub async fn transitions(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    Sent { fields, .. }: Sent<shapes::Transition>,
) -> Result<Response> {
    let wanted = if fields.text("verb") == "take" { "assign" } else { fields.text("verb") };
    let verb = Verb::from_name(wanted)
        .ok_or_else(|| Error::invalid("verb", format!("There is no verb {:?}.", fields.text("verb"))))?;
    let asked = Asked { viewer: &viewer, number: &number, headers: &headers };
    acted(&app, &asked, fields.deed(verb, &viewer)?, StatusCode::OK).await
}

/// Hands the call to another queue, or accepts it; answers the call as it is afterwards.
#[utoipa::path(post, path = "/api/v1/calls/{number}/handover", tag = "calls", params(ActHeaders),
    request_body = shapes::Handing,
    responses((status = 200, body = shapes::Call, headers(("ETag" = String))),
        (status = 412, body = shapes::Call, description = "The call as it is now."), Writes))]
pub async fn handover(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    Sent { fields, .. }: Sent<shapes::Handing>,
) -> Result<Response> {
    let verb = if fields.text("action") == "accept" { Verb::AcceptHandover } else { Verb::HandOver };
    let asked = Asked { viewer: &viewer, number: &number, headers: &headers };
    acted(&app, &asked, fields.deed(verb, &viewer)?, StatusCode::OK).await
}

/// Puts right what was filed; answers the call as it is afterwards.
#[utoipa::path(patch, path = "/api/v1/calls/{number}", tag = "calls", params(ChangeHeaders),
    request_body = shapes::CallChange,
    responses((status = 200, body = shapes::Call, headers(("ETag" = String))),
        (status = 412, body = shapes::Call, description = "The call as it is now."), Conditional, Writes))]
pub async fn change(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    sent: Result<Sent<shapes::CallChange>, Response>,
) -> Result<Response> {
    // Whose call it is not learns nothing of what a change must say.
    calls::find(app.store.reader(), &viewer.scope, named(&number)?).await?;
    let Sent { body, .. } = match sent {
        Ok(sent) => sent,
        Err(refused) => return Ok(refused),
    };
    if !headers.contains_key(header::IF_MATCH) {
        return Err(Error::Unconditional);
    }
    let asked = Asked { viewer: &viewer, number: &number, headers: &headers };
    let deed = Deed::new(Change::Edit(Box::new(edits(&body))), None);
    acted(&app, &asked, deed, StatusCode::OK).await
}

/// What is not named stays as it is; a subject or a number may be taken away.
fn edits(body: &Value) -> Edits {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(|text| text.trim().to_owned());
    let given = |name: &str| body.get(name).map(|_| text(name).filter(|text| !text.is_empty()));
    Edits {
        title: text("title").map(Edited::to),
        contact: text("contact").map(Edited::to),
        available_24x7: body.get("available_24x7").and_then(Value::as_bool).map(Edited::to),
        subject: given("subject").map(Edited::to),
        external_number: given("external_number").map(Edited::to),
    }
}

/// Who wants something done with which call.
struct Asked<'a> {
    viewer: &'a Viewer,
    number: &'a str,
    headers: &'a HeaderMap,
}

/// The call as it is afterwards; who acts on an old copy is given the current one.
async fn acted(app: &App, asked: &Asked<'_>, deed: Deed, done: StatusCode) -> Result<Response> {
    let number = named(asked.number)?;
    let status = match act(app, asked, number, deed).await {
        Ok(_) => done,
        Err(Error::Stale) => StatusCode::PRECONDITION_FAILED,
        Err(error) => return Err(error),
    };
    let mut response = shown(app, asked.viewer, &HeaderMap::new(), number).await?;
    *response.status_mut() = status;
    Ok(response)
}

async fn act(app: &App, asked: &Asked<'_>, number: CallNumber, mut deed: Deed) -> Result<Call> {
    deed.version = version(asked.headers)?;
    actions::act_on_call(app, asked.viewer, number, &deed, request_keys::taken().as_ref()).await
}

/// The version that the sender has looked at, where it cares.
pub(super) fn version(headers: &HeaderMap) -> Result<Option<i32>> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = tag.to_str().map_err(|_| Error::Stale)?.trim();
    if tag == "*" {
        return Ok(None);
    }
    let bare = tag.trim_start_matches("W/").trim_matches('"');
    bare.parse().map(Some).map_err(|_| Error::Stale)
}
