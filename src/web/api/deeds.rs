//! Doing something with a call.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

use super::{
    super::{fields::Fields, session::Caller},
    calls::{named, shown},
    read::Sent,
    shapes,
    terms::{ActHeaders, Writes},
};
use crate::{
    actions,
    app::App,
    domain::{
        access::Viewer,
        call::{Call, Verb},
        number::CallNumber,
    },
    error::{Error, Result},
    store::request_keys,
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
    let asked = Asked { viewer: &viewer, number: &number, fields: &fields, headers: &headers };
    acted(&app, &asked, verb, StatusCode::CREATED).await
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
    let asked = Asked { viewer: &viewer, number: &number, fields: &fields, headers: &headers };
    acted(&app, &asked, verb, StatusCode::OK).await
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
    let asked = Asked { viewer: &viewer, number: &number, fields: &fields, headers: &headers };
    acted(&app, &asked, verb, StatusCode::OK).await
}

/// Who wants something done with which call.
struct Asked<'a> {
    viewer: &'a Viewer,
    number: &'a str,
    fields: &'a Fields,
    headers: &'a HeaderMap,
}

/// The call as it is afterwards; who acts on an old copy is given the current one.
async fn acted(app: &App, asked: &Asked<'_>, verb: Verb, done: StatusCode) -> Result<Response> {
    let number = named(asked.number)?;
    let status = match act(app, asked, number, verb).await {
        Ok(_) => done,
        Err(Error::Stale) => StatusCode::PRECONDITION_FAILED,
        Err(error) => return Err(error),
    };
    let mut response = shown(app, asked.viewer, &HeaderMap::new(), number).await?;
    *response.status_mut() = status;
    Ok(response)
}

async fn act(app: &App, asked: &Asked<'_>, number: CallNumber, verb: Verb) -> Result<Call> {
    let Asked { viewer, fields, headers, .. } = asked;
    let mut deed = fields.deed(verb, viewer)?;
    deed.version = version(headers)?;
    actions::act_on_call(app, viewer, number, &deed, request_keys::taken().as_ref()).await
}

/// The version that the sender has looked at, where it cares.
fn version(headers: &HeaderMap) -> Result<Option<i32>> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = tag.to_str().map_err(|_| Error::Stale)?.trim();
    if tag == "*" {
        return Ok(None);
    }
    let bare = tag.trim_start_matches("W/").trim_matches('"');
    bare.parse().map(Some).map_err(|_| Error::Stale)
}
