//! Everything that happened to a system or at a site, as it is known now or was at any moment.

use axum::{
    Json,
    extract::{Path, State},
};

use super::{
    super::{calls::place_of, session::Caller, timeline::Wanted},
    cut, limit,
    read::Asked,
    shapes::{Happening, SiteList},
    terms::Reads,
};
use crate::{
    app::App,
    domain::access::Viewer,
    error::Result,
    store::{ledger::Holder, places, systems, timeline},
};

/// What happened to a system, the newest first: calls, alarms without a call, redundancy, silence, planned work, remote
/// access, its contract.
#[utoipa::path(get, path = "/api/v1/systems/{serial}/timeline", tag = "systems", params(Wanted),
    responses((status = 200, body = SiteList<Happening>), Reads))]
pub async fn of_system(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(serial): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<SiteList<Happening>>> {
    let row = systems::find(app.store.reader(), &viewer.scope, &serial, app.clock.now()).await?;
    happened(&app, &viewer, Holder::System { customer: row.customer_id, id: row.id }, (&wanted, row.time_zone)).await
}

/// The same for a site and all its systems.
#[utoipa::path(get, path = "/api/v1/sites/{site_code}/timeline", tag = "systems", params(Wanted),
    responses((status = 200, body = SiteList<Happening>), Reads))]
pub async fn of_site(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(site_code): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<SiteList<Happening>>> {
    let row = places::find(app.store.reader(), &viewer.scope, &site_code).await?;
    happened(&app, &viewer, Holder::Site { customer: row.customer_id, id: row.id }, (&wanted, row.time_zone)).await
}

async fn happened(
    app: &App,
    viewer: &Viewer,
    place: Holder,
    (wanted, time_zone): (&Wanted, String),
) -> Result<Json<SiteList<Happening>>> {
    let (limit, asked, now) = (limit(wanted.limit)?, wanted.asked(&time_zone)?, app.clock.now());
    let rows = timeline::of(app.store.reader(), &viewer.scope, place, &asked, (now, limit + 1)).await?;
    let (rows, next_cursor) = cut(rows, limit, |last| place_of(last.at.to_jiff(), last.id));
    Ok(Json(SiteList { data: rows.into_iter().map(Happening::from).collect(), next_cursor, time_zone }))
}
