//! Credentials of devices for programs that look after them.

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
        devices::{overlap, wanted},
        paging,
        session::Caller,
        systems::plain,
    },
    limit,
    read::{Asked, Sent},
    shapes::{self, Device, List},
    terms::{Reads, Writes},
};
use crate::{
    actions::{self, By, MadeDevice},
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        calls,
        devices::{self, DeviceRow},
    },
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// How a serial, a site's code, a name or the credential begins.
    q: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// Credentials of systems and gateways, the newest first.
#[utoipa::path(get, path = "/api/v1/devices", tag = "house", params(Wanted),
    responses((status = 200, body = List<Device>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(asked): Asked<Wanted>,
) -> Result<Json<List<Device>>> {
    viewer.may(Action::See, Resource::Device, Relation::Foreign)?;
    let limit = limit(asked.limit)?;
    let after = paging::read_time(asked.cursor.as_deref())?;
    let words = asked.q.as_deref().map(|words| calls::like(&plain(words))).filter(|words| !words.is_empty());
    let rows = devices::list(app.store.reader(), &viewer.scope, words.as_deref(), after, limit + 1).await?;
    let key = |row: &DeviceRow| (row.created_at.to_jiff().as_microsecond().to_string(), row.id);
    let (rows, next_cursor) = paging::cut(rows, limit, key);
    let now = app.clock.now();
    Ok(Json(List { data: rows.into_iter().map(|row| Device::of(row, now)).collect(), next_cursor }))
}

/// Makes a credential for a system or the gateway of a site; it stands in this one answer.
#[utoipa::path(post, path = "/api/v1/devices", tag = "house", request_body = shapes::NewDevice,
    responses((status = 201, body = Device), Writes))]
pub async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Sent { fields, .. }: Sent<shapes::NewDevice>,
) -> Result<Response> {
    viewer.may(Action::Change, Resource::Device, Relation::Foreign)?;
    let made = actions::make_device(&app.store, By::Person(&viewer), &wanted(&fields)?, app.clock.now()).await?;
    told(&app, &viewer, made).await
}

/// Makes the successor of a credential; both open until the hours are over.
#[utoipa::path(post, path = "/api/v1/devices/{device}/rotation", tag = "house", request_body = shapes::Rotation,
    responses((status = 201, body = Device), Writes))]
pub async fn rotate(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(device): Path<String>,
    sent: Result<Sent<shapes::Rotation>, Response>,
) -> Result<Response> {
    // Whom the credential does not concern is not told which fields there are: there is none.
    viewer.may(Action::Change, Resource::Device, Relation::Foreign)?;
    let Sent { fields, .. } = match sent {
        Ok(sent) => sent,
        Err(refused) => return Ok(refused),
    };
    let (by, overlap) = (By::Person(&viewer), overlap(&fields));
    let made = actions::rotate_device(&app.store, by, named(&device)?, overlap, app.clock.now()).await?;
    told(&app, &viewer, made).await
}

async fn told(app: &App, viewer: &Viewer, made: MadeDevice) -> Result<Response> {
    let row = devices::find(app.store.reader(), &viewer.scope, made.id).await?;
    let mut device = Device::of(row, app.clock.now());
    device.credential = Some(made.secret);
    Ok((StatusCode::CREATED, Json(device)).into_response())
}

/// Ends a credential at once.
#[utoipa::path(delete, path = "/api/v1/devices/{device}", tag = "house",
    responses((status = 204, description = "It opens nothing any more."), Writes))]
pub async fn revoke(State(app): State<App>, Caller(viewer): Caller, Path(device): Path<String>) -> Result<StatusCode> {
    actions::revoke_device(&app.store, By::Person(&viewer), named(&device)?, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn named(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::NotFound)
}
