//! Planned work for programs.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    super::{paging, session::Caller, systems::plain},
    deeds::version,
    limit,
    read::{Asked, Sent},
    shapes::{self, List, MaintenanceWindow},
    tag,
    terms::{ActHeaders, ReadHeaders, Reads, Unchanged, WriteHeaders, Writes},
};
use crate::{
    actions::{self, WantedWindow},
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::maintenance::{self, Filter, WindowRow},
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The serial of a system: windows that are for it, those of its whole site among them.
    system: Option<String>,
    /// The code of a site.
    site: Option<String>,
    /// Whether it is in force now.
    in_force: Option<bool>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

fn may_see(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::MaintenanceWindow, Relation::Own)?)
}

/// Maintenance windows that the caller may see, the newest first.
#[utoipa::path(get, path = "/api/v1/maintenance-windows", tag = "maintenance", params(Wanted),
    responses((status = 200, body = List<MaintenanceWindow>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<List<MaintenanceWindow>>> {
    may_see(&viewer)?;
    let (limit, now) = (limit(wanted.limit)?, app.clock.now());
    let after = paging::read_time(wanted.cursor.as_deref())?;
    let given = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    let filter = Filter { site_code: given(&wanted.site), serial: given(&wanted.system) };
    let db = app.store.reader();
    let rows = maintenance::page(db, &viewer.scope, &filter, (wanted.in_force, now), after, limit + 1).await?;
    let key = |row: &WindowRow| (row.created_at.to_jiff().as_microsecond().to_string(), row.id);
    let (rows, next_cursor) = paging::cut(rows, limit, key);
    Ok(Json(List { data: rows.into_iter().map(|row| MaintenanceWindow::of(row, now)).collect(), next_cursor }))
}

/// Plans a window: while it is in force, alarms make no calls.
#[utoipa::path(post, path = "/api/v1/maintenance-windows", tag = "maintenance", params(WriteHeaders),
    request_body = shapes::NewWindow,
    responses((status = 201, body = MaintenanceWindow, headers(("Location" = String), ("ETag" = String))), Writes))]
pub async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Sent { body, .. }: Sent<shapes::NewWindow>,
) -> Result<Response> {
    let planned = actions::plan_window(&app, &viewer, &said(WantedWindow::default(), &body)?).await;
    let id = planned.map_err(by_our_names)?;
    let place = [(header::LOCATION, format!("/api/v1/maintenance-windows/{id}"))];
    let window = shown(&app, &viewer, &HeaderMap::new(), id).await?;
    Ok((StatusCode::CREATED, place, window).into_response())
}

/// One window.
#[utoipa::path(get, path = "/api/v1/maintenance-windows/{window}", tag = "maintenance", params(ReadHeaders),
    responses((status = 200, body = MaintenanceWindow, headers(("ETag" = String))), Unchanged, Reads))]
pub async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    Path(window): Path<String>,
) -> Result<Response> {
    shown(&app, &viewer, &headers, named(&window)?).await
}

fn named(window: &str) -> Result<Uuid> {
    window.parse().map_err(|_| Error::NotFound)
}

/// Marked by its version, and by what time has made of it: a window begins without anybody changing it.
async fn shown(app: &App, viewer: &Viewer, asked: &HeaderMap, id: Uuid) -> Result<Response> {
    may_see(viewer)?;
    let row = maintenance::find(app.store.reader(), &viewer.scope, id).await?;
    let version = row.version.to_string();
    let window = MaintenanceWindow::of(row, app.clock.now());
    if window.in_force {
        tag::tagged(&HeaderMap::new(), &version, &window)
    } else {
        tag::tagged(asked, &version, &window)
    }
}

/// Changes a window; what is not named stays as it is. Of one that comes again, `to` moves the end of the one that runs.
#[utoipa::path(patch, path = "/api/v1/maintenance-windows/{window}", tag = "maintenance",
    params(("If-Match" = String, Header, description = "The ETag that the caller has looked at.")),
    request_body = shapes::WindowChange,
    responses((status = 200, body = MaintenanceWindow, headers(("ETag" = String))),
        (status = 412, body = MaintenanceWindow, description = "The window as it is now."), Writes))]
pub async fn change(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    Path(window): Path<String>,
    Sent { body, .. }: Sent<shapes::WindowChange>,
) -> Result<Response> {
    may_see(&viewer)?;
    let id = named(&window)?;
    maintenance::find(app.store.reader(), &viewer.scope, id).await?;
    let done = match version(&headers) {
        _ if !headers.contains_key(header::IF_MATCH) => {
            Err(Error::invalid("If-Match", "Send the ETag that you have looked at."))
        }
        Ok(seen) => act(&app, &viewer, id, seen, &body).await,
        Err(error) => Err(error),
    };
    answered(&app, &viewer, id, done).await
}

/// The window as it is now, also for whoever looked at an older one.
async fn answered(app: &App, viewer: &Viewer, id: Uuid, done: Result<()>) -> Result<Response> {
    match done {
        Ok(()) => shown(app, viewer, &HeaderMap::new(), id).await,
        Err(Error::Stale) => {
            let mut response = shown(app, viewer, &HeaderMap::new(), id).await?;
            *response.status_mut() = StatusCode::PRECONDITION_FAILED;
            Ok(response)
        }
        Err(error) => Err(by_our_names(error)),
    }
}

/// What forms call otherwise.
fn by_our_names(mut error: Error) -> Error {
    if let Error::Invalid(faults) = &mut error {
        for fault in faults.iter_mut().filter(|fault| fault.field == "duration") {
            "duration_minutes".clone_into(&mut fault.field);
        }
    }
    error
}

async fn act(app: &App, viewer: &Viewer, id: Uuid, seen: Option<i32>, body: &Value) -> Result<()> {
    let row = maintenance::find(app.store.reader(), &viewer.scope, id).await?;
    let moved = said(WantedWindow::of(&row), body)?;
    let alone = body.as_object().is_some_and(|fields| fields.len() == 1);
    if moved.repeats != "once" && body.get("to").is_some() {
        if !alone {
            return Err(Error::invalid("to", "Move the end of the one that runs by itself, without other changes."));
        }
        return actions::extend_window(app, viewer, id, seen, &moved.to).await;
    }
    actions::change_window(app, viewer, id, seen, |own| said(own, body)).await
}

/// Calls a window off; what runs of it ends now.
#[utoipa::path(delete, path = "/api/v1/maintenance-windows/{window}", tag = "maintenance", params(ActHeaders),
    responses((status = 204, description = "Nothing more comes of it."),
        (status = 412, body = MaintenanceWindow, description = "The window as it is now."), Writes))]
pub async fn cancel(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    Path(window): Path<String>,
) -> Result<Response> {
    may_see(&viewer)?;
    let id = named(&window)?;
    let done = match version(&headers) {
        Ok(seen) => actions::cancel_window(&app, &viewer, id, seen).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        refused => answered(&app, &viewer, id, refused).await,
    }
}

/// Ends the one that runs now; what still stands is reported. Answers the window as it is afterwards.
#[utoipa::path(post, path = "/api/v1/maintenance-windows/{window}/end", tag = "maintenance", params(ActHeaders),
    request_body(content = Value, description = "Nothing has to be said."),
    responses((status = 200, body = MaintenanceWindow, headers(("ETag" = String))),
        (status = 412, body = MaintenanceWindow, description = "The window as it is now."), Writes))]
pub async fn end(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    Path(window): Path<String>,
) -> Result<Response> {
    may_see(&viewer)?;
    let id = named(&window)?;
    let done = match version(&headers) {
        Ok(seen) => actions::end_window(&app, &viewer, id, seen).await,
        Err(error) => Err(error),
    };
    answered(&app, &viewer, id, done).await
}

/// What a body says, over what was there.
fn said(own: WantedWindow, body: &Value) -> Result<WantedWindow> {
    let text = |name: &str, own: String| match body.get(name) {
        None => own,
        Some(Value::Null) => String::new(),
        Some(Value::String(text)) => plain(text),
        Some(other) => other.to_string(),
    };
    let list = |name: &str, own: Vec<String>| match body.get(name) {
        None => Ok(own),
        Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let text = |item: &Value| item.as_str().map(str::to_owned);
            let texts: Option<Vec<String>> = items.iter().map(text).collect();
            texts.ok_or_else(|| Error::invalid(name, "This is a list of words."))
        }
        Some(_) => Err(Error::invalid(name, "This is a list of words.")),
    };
    let systems = list("systems", own.systems)?;
    Ok(WantedWindow {
        only_some: match body.get("systems") {
            None => own.only_some,
            Some(said) => !said.is_null(),
        },
        systems,
        weekdays: list("weekdays", own.weekdays)?,
        site: text("site", own.site),
        title: text("title", own.title),
        reason: text("reason", own.reason),
        zone: text("zone", own.zone),
        repeats: text("repeats", own.repeats),
        from: text("from", own.from),
        to: text("to", own.to),
        every: text("every", own.every),
        nth: text("nth", own.nth),
        weekday: text("weekday", own.weekday),
        at: text("at", own.at),
        duration: text("duration_minutes", own.duration),
        valid_from: text("valid_from", own.valid_from),
        valid_until: text("valid_until", own.valid_until),
    })
}
