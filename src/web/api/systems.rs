use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    super::{
        alarms::Wanted as AlarmsWanted,
        calls::{cursor, page, place_of},
        session::Caller,
    },
    Paging, calls_for, cut, limit, list, place, placed,
    read::Asked,
    shapes::{Alarm, CallSummary, List, Site, SiteList, System},
    tag,
    terms::{ReadHeaders, Reads, Unchanged},
};
use crate::{
    app::App,
    error::Result,
    store::{alarms::searched, calls, ledger::Holder, paths, places, systems},
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The beginning of a serial, or part of the name of a system, a site or a customer.
    q: Option<String>,
    /// The code of a site.
    site: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// Systems that the caller may see, by serial.
#[utoipa::path(get, path = "/api/v1/systems", tag = "systems", params(Wanted),
    responses((status = 200, body = List<System>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<List<System>>> {
    let limit = limit(wanted.limit)?;
    let sought = systems::Sought {
        words: wanted.q.as_deref().map(calls::like),
        site_code: wanted.site,
        after: wanted.cursor.as_deref().map(|cursor| placed("serial", cursor)).transpose()?,
    };
    let rows = systems::by_serial(app.store.reader(), &viewer.scope, app.clock.now(), &sought, limit + 1).await?;
    let (rows, next_cursor) = cut(rows, limit, |last| place("serial", &last.serial, last.id));
    let data = rows.into_iter().map(|row| System::of(row, app.clock.now())).collect();
    Ok(Json(List { data, next_cursor }))
}

/// One system.
#[utoipa::path(get, path = "/api/v1/systems/{serial}", tag = "systems", params(ReadHeaders),
    responses((status = 200, body = System, headers(("ETag" = String))), Unchanged, Reads))]
pub async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    Path(serial): Path<String>,
) -> Result<Response> {
    let (db, now) = (app.store.reader(), app.clock.now());
    let row = systems::find(db, &viewer.scope, &serial, now).await?;
    let paths = paths::of_place(db, &viewer.scope, row.customer_id, row.site_id, Some(row.id)).await?;
    tag::by_content(&headers, &System::of(row, now).with(&paths))
}

/// The entire incident history of a system, the newest first, page by page.
#[utoipa::path(get, path = "/api/v1/systems/{serial}/history", tag = "systems", params(Paging),
    responses((status = 200, body = List<CallSummary>), Reads))]
pub async fn history(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(serial): Path<String>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<CallSummary>>> {
    let (db, limit) = (app.store.reader(), paging.limit()?);
    let row = systems::find(db, &viewer.scope, &serial, app.clock.now()).await?;
    let after = paging.after()?;
    let rows = calls::of_system(db, &viewer.scope, row.customer_id, row.id, after, limit + 1).await?;
    Ok(calls_for(&viewer, page(rows, limit)))
}

/// What a system has sent, the newest first, with what could not be used.
#[utoipa::path(get, path = "/api/v1/systems/{serial}/alarms", tag = "systems", params(AlarmsWanted),
    responses((status = 200, body = SiteList<Alarm>), Reads))]
pub async fn alarms(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(serial): Path<String>,
    Asked(wanted): Asked<AlarmsWanted>,
) -> Result<Json<SiteList<Alarm>>> {
    let (db, limit) = (app.store.reader(), limit(wanted.limit)?);
    let row = systems::find(db, &viewer.scope, &serial, app.clock.now()).await?;
    let after = Some(wanted.cursor.as_str()).filter(|text| !text.is_empty()).map(cursor).transpose()?;
    let (of, sought) = (Holder::System { customer: row.customer_id, id: row.id }, wanted.sought(&row.time_zone)?);
    let rows = searched::list(db, &viewer.scope, of, &sought, (after, limit + 1)).await?;
    let (rows, next_cursor) = cut(rows, limit, |last| place_of(last.received_at.to_jiff(), last.id));
    let data = rows.into_iter().map(Alarm::from).collect();
    Ok(Json(SiteList { data, next_cursor, time_zone: row.time_zone }))
}

/// Sites that the caller may see, by code.
#[utoipa::path(get, path = "/api/v1/sites", tag = "systems", params(Paging),
    responses((status = 200, body = List<Site>), Reads))]
pub async fn sites(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<Site>>> {
    let limit = paging.limit()?;
    let after = paging.cursor.as_deref().map(|cursor| placed("site", cursor)).transpose()?;
    let rows = places::by_code(app.store.reader(), &viewer.scope, after, limit + 1).await?;
    Ok(list(cut(rows, limit, |last| place("site", &last.site_code, last.id))))
}

/// One site.
#[utoipa::path(get, path = "/api/v1/sites/{site_code}", tag = "systems",
    responses((status = 200, body = Site), Reads))]
pub async fn site(State(app): State<App>, Caller(viewer): Caller, Path(site_code): Path<String>) -> Result<Json<Site>> {
    Ok(Json(places::find(app.store.reader(), &viewer.scope, &site_code).await?.into()))
}
