//! What a call has been through, why it is where it is, and what was promised.

use axum::{
    Json,
    extract::{Path, State},
};

use super::{
    super::{hours, session::Caller},
    calls::named,
    shapes::{self, Clock, ClockPlace, HistoryLine, Routing, SiteList},
    terms::Reads,
};
use crate::{
    app::App,
    domain::{calendar::Calendar, objective},
    error::Result,
    store::{calls, history as lines},
};

/// The history of a call, the oldest line first; work notes are for staff.
#[utoipa::path(get, path = "/api/v1/calls/{number}/history", tag = "calls",
    responses((status = 200, body = SiteList<HistoryLine>), Reads))]
pub async fn history(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
) -> Result<Json<SiteList<HistoryLine>>> {
    let (db, internal) = (app.store.reader(), viewer.scope.internal());
    let detail = calls::find(db, &viewer.scope, named(&number)?).await?;
    let told = lines::of_call(db, &viewer.scope, detail.call.customer_id, detail.call.id).await?;
    let data = told.into_iter().map(|line| shapes::told(line, internal)).collect();
    Ok(Json(SiteList { data, next_cursor: None, time_zone: detail.place.time_zone }))
}

/// Which queue a call is in, and why.
#[utoipa::path(get, path = "/api/v1/calls/{number}/routing", tag = "calls",
    responses((status = 200, body = Routing), Reads))]
pub async fn routing(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
) -> Result<Json<Routing>> {
    let db = app.store.reader();
    let calls::CallDetail { call, place } = calls::find(db, &viewer.scope, named(&number)?).await?;
    let decided = lines::last_decision(db, &viewer.scope, call.customer_id, call.id).await?;
    let decided = decided.filter(|_| viewer.scope.internal());
    let (inputs, decision, basis) = match decided {
        Some(decided) => (Some(decided.inputs), Some(decided.decision), Some(decided.basis)),
        None => (None, None, None),
    };
    let (queue, plain, why) = (call.queue, call.course.plain.clone(), call.course.reasons(viewer.scope.internal()));
    let wait_until = call.wait_until.map(Into::into);
    let time_zone = place.time_zone;
    Ok(Json(Routing { queue, why, plain, wait_until, time_zone, inputs, decision, basis }))
}

/// The promises of a call, and how each stands.
#[utoipa::path(get, path = "/api/v1/calls/{number}/clocks", tag = "calls",
    responses((status = 200, body = SiteList<Clock>), Reads))]
pub async fn clocks(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
) -> Result<Json<SiteList<Clock>>> {
    let (now, reference) = (app.clock.now(), app.reference.now());
    let detail = calls::find(app.store.reader(), &viewer.scope, named(&number)?).await?;
    let (call, place) = (&detail.call, &detail.place);
    let site = reference.site_calendar(place.site_calendar.as_deref(), &place.time_zone, &place.country)?;
    let told = |clock: objective::Clock| {
        let place = ClockPlace {
            course: &call.course,
            site_time_zone: &place.time_zone,
            cac_time_zone: reference.cac_calendar(&call.queue).map(Calendar::zone_name),
            counted: hours::counted(clock.clock, &reference, call, place, &site),
        };
        Clock::of(clock, &place)
    };
    let data = reference.clocks(call, &site, now).into_iter().map(told).collect();
    Ok(Json(SiteList { data, next_cursor: None, time_zone: detail.place.time_zone }))
}
