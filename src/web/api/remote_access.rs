//! Remote access: asked for on a call, granted, used, ended.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    super::{
        paging,
        remote_access::{sees, wanted},
        session::Caller,
        systems::plain,
    },
    calls::named,
    limit, list,
    read::{Asked, Sent},
    shapes::{self, List, RemoteAccess, RemoteInstructions, RemoteSession},
    terms::{Reads, WriteHeaders, Writes},
};
use crate::{
    actions::{self, RemoteDeed},
    app::App,
    domain::access::{Party, Viewer},
    error::{Error, Result},
    store::{
        remote::{self as store, Places, RemoteRow},
        request_keys,
    },
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// asked, granted, declined, withdrawn, lapsed, ended or expired.
    state: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// Every access in the caller's sight, the newest first; for customers and staff.
#[utoipa::path(get, path = "/api/v1/remote-access", tag = "remote access", params(Wanted),
    responses((status = 200, body = List<RemoteAccess>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(asked): Asked<Wanted>,
) -> Result<Json<List<RemoteAccess>>> {
    sees(&viewer)?;
    let limit = limit(asked.limit)?;
    let places =
        Places { state: asked.state.as_deref().map(plain), after: paging::read_time(asked.cursor.as_deref())? };
    let rows = store::under(app.store.reader(), &viewer.scope, &places, limit + 1).await?;
    let key = |row: &RemoteRow| (row.opened_at.to_jiff().as_microsecond().to_string(), row.id);
    Ok(list(paging::cut(rows, limit, key)))
}

/// Asks to be let in, as staff; lets the CAC in without being asked, as the customer.
#[utoipa::path(post, path = "/api/v1/calls/{number}/remote-access", tag = "remote access", params(WriteHeaders),
    request_body = shapes::NewRemoteAccess, responses((status = 201, body = RemoteAccess), Writes))]
pub async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
    Sent { fields, .. }: Sent<shapes::NewRemoteAccess>,
) -> Result<Response> {
    let number = named(&number)?;
    viewer.may_change()?;
    let key = request_keys::taken();
    let id = if viewer.role.party() == Party::Customer {
        actions::grant_unasked(&app, &viewer, number, &wanted::grant(&fields), key.as_ref()).await?
    } else {
        actions::ask_remote_access(&app, &viewer, number, &wanted::wish(&fields), key.as_ref()).await?
    };
    Ok((StatusCode::CREATED, shown(&app, &viewer, id).await?).into_response())
}

/// One access with everybody who was in; each reading is in the audit.
#[utoipa::path(get, path = "/api/v1/remote-access/{access}", tag = "remote access",
    responses((status = 200, body = RemoteSession), Reads))]
pub async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(access): Path<String>,
) -> Result<Json<RemoteSession>> {
    let (row, uses) = actions::read_remote_session(&app, &viewer, id(&access)?).await?;
    Ok(Json(RemoteSession::of(row, uses)))
}

/// How the system is reached, for staff while the access is in force; each reading is in the audit.
#[utoipa::path(get, path = "/api/v1/remote-access/{access}/instructions", tag = "remote access",
    responses((status = 200, body = RemoteInstructions), Reads))]
pub async fn instructions(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(access): Path<String>,
) -> Result<Json<RemoteInstructions>> {
    let (row, body) = actions::read_remote_instructions(&app, &viewer, id(&access)?).await?;
    Ok(Json(RemoteInstructions { system: row.serial, instructions: body }))
}

/// Lets the CAC in until then; of one that is in force it moves the end.
#[utoipa::path(post, path = "/api/v1/remote-access/{access}/grant", tag = "remote access", params(WriteHeaders),
    request_body = shapes::RemoteGrant, responses((status = 200, body = RemoteAccess), Writes))]
pub async fn grant(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(access): Path<String>,
    Sent { fields, .. }: Sent<shapes::RemoteGrant>,
) -> Result<Response> {
    let deed = RemoteDeed::Grant(wanted::grant(&fields));
    Done { app: &app, viewer: &viewer, access: &access }.by(deed).await
}

/// Lets nobody in, and says why.
#[utoipa::path(post, path = "/api/v1/remote-access/{access}/refusal", tag = "remote access", params(WriteHeaders),
    request_body = shapes::RemoteReason, responses((status = 200, body = RemoteAccess), Writes))]
pub async fn decline(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(access): Path<String>,
    Sent { fields, .. }: Sent<shapes::RemoteReason>,
) -> Result<Response> {
    let deed = RemoteDeed::Decline { reason: fields.text("reason").to_owned() };
    Done { app: &app, viewer: &viewer, access: &access }.by(deed).await
}

/// Asks no more.
#[utoipa::path(post, path = "/api/v1/remote-access/{access}/withdrawal", tag = "remote access", params(WriteHeaders),
    request_body = shapes::Nothing, responses((status = 200, body = RemoteAccess), Writes))]
pub async fn withdraw(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(access): Path<String>,
    _: Sent<shapes::Nothing>,
) -> Result<Response> {
    let done = Done { app: &app, viewer: &viewer, access: &access };
    done.by(RemoteDeed::Withdraw).await
}

/// Ends the access at once: whoever is in is out.
#[utoipa::path(post, path = "/api/v1/remote-access/{access}/end", tag = "remote access", params(WriteHeaders),
    request_body = shapes::RemoteReason, responses((status = 200, body = RemoteAccess), Writes))]
pub async fn end(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(access): Path<String>,
    Sent { fields, .. }: Sent<shapes::RemoteReason>,
) -> Result<Response> {
    let deed = RemoteDeed::End { reason: fields.text("reason").to_owned() };
    Done { app: &app, viewer: &viewer, access: &access }.by(deed).await
}

/// Says that one is in from now on.
#[utoipa::path(post, path = "/api/v1/remote-access/{access}/uses", tag = "remote access", params(WriteHeaders),
    request_body = shapes::Nothing, responses((status = 200, body = RemoteAccess), Writes))]
pub async fn begin_use(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(access): Path<String>,
    _: Sent<shapes::Nothing>,
) -> Result<Response> {
    let done = Done { app: &app, viewer: &viewer, access: &access };
    done.by(RemoteDeed::BeginUse).await
}

/// Says what was done, and that one is out again.
#[utoipa::path(post, path = "/api/v1/remote-access/{access}/uses/{use_id}/end", tag = "remote access",
    params(WriteHeaders), request_body = shapes::RemoteNote,
    responses((status = 200, body = RemoteAccess), Writes))]
pub async fn end_use(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path((access, use_id)): Path<(String, String)>,
    Sent { fields, .. }: Sent<shapes::RemoteNote>,
) -> Result<Response> {
    let deed = RemoteDeed::EndUse { use_id: id(&use_id)?, note: fields.text("note").to_owned() };
    Done { app: &app, viewer: &viewer, access: &access }.by(deed).await
}

fn id(text: &str) -> Result<Uuid> {
    text.parse().map_err(|_| Error::NotFound)
}

async fn shown(app: &App, viewer: &Viewer, id: Uuid) -> Result<Json<RemoteAccess>> {
    let row = store::find(app.store.reader(), &viewer.scope, id).await?;
    Ok(Json(RemoteAccess::from(row)))
}

/// Who wants what done with which access.
struct Done<'a> {
    app: &'a App,
    viewer: &'a Viewer,
    access: &'a str,
}

impl Done<'_> {
    /// The access as it is afterwards.
    async fn by(&self, deed: RemoteDeed) -> Result<Response> {
        let (app, viewer, id) = (self.app, self.viewer, id(self.access)?);
        viewer.may_change()?;
        let key = request_keys::taken();
        actions::act_on_access(app, viewer, id, &deed, key.as_ref()).await?;
        Ok(shown(app, viewer, id).await?.into_response())
    }
}
