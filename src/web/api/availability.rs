//! How available a system was in a month, and a site with all its systems.

use axum::{
    Json,
    extract::{Path, State},
};

use super::{
    super::{
        availability::{Wanted, named, reports, systems_of},
        session::Caller,
    },
    read::Asked,
    shapes::{SiteAvailability, SystemAvailability},
    terms::Reads,
};
use crate::{
    app::App,
    domain::availability::total,
    error::{Error, Result},
    store::{places, systems},
};

/// What every minute of a month counts as for a system, by which evidence, and what that comes to.
#[utoipa::path(get, path = "/api/v1/systems/{serial}/availability", tag = "systems", params(Wanted),
    responses((status = 200, body = SystemAvailability), Reads))]
pub async fn of_system(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(serial): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<SystemAvailability>> {
    let now = app.clock.now();
    let row = systems::find(app.store.reader(), &viewer.scope, &serial, now).await?;
    let asking = wanted.read(&row.time_zone, now)?;
    let report = reports(&app, &viewer, std::slice::from_ref(&row), asking).await?.pop().ok_or(Error::NotFound)?;
    Ok(Json(SystemAvailability::of(row.serial, row.time_zone, asking.month.name(), &report)))
}

/// The same for a site: the times of all its systems added up, and the figures of each.
#[utoipa::path(get, path = "/api/v1/sites/{site_code}/availability", tag = "systems", params(Wanted),
    responses((status = 200, body = SiteAvailability), Reads))]
pub async fn of_site(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(site_code): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<SiteAvailability>> {
    let now = app.clock.now();
    let site = places::find(app.store.reader(), &viewer.scope, &site_code).await?;
    let asking = wanted.read(&site.time_zone, now)?;
    let rows = systems_of(&app, &viewer, &site).await?;
    let made = reports(&app, &viewer, &rows, asking).await?;
    let each: Vec<_> = named(&rows, &made).collect();
    let all = total(each.clone());
    let place = (site.site_code, site.time_zone);
    Ok(Json(SiteAvailability::of(place, asking.month.name(), asking.as_of, all, each)))
}
