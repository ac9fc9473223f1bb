use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::{calls::page, session::Caller},
    Paging, list, stamp, summary,
};
use crate::{
    app::App,
    error::Result,
    store::{alarms as alarm_store, calls, places, systems},
};

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    q: Option<String>,
    site: Option<String>,
    limit: Option<i64>,
}

pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>> {
    let limit = Paging::of(wanted.limit).limit()?;
    let words = wanted.q.as_deref().map(calls::like);
    let db = app.store.reader();
    let rows =
        systems::list(db, &viewer.scope, app.clock.now(), words.as_deref(), wanted.site.as_deref(), limit).await?;
    Ok(list(rows.iter().map(system).collect(), None))
}

pub async fn show(State(app): State<App>, Caller(viewer): Caller, Path(serial): Path<String>) -> Result<Json<Value>> {
    let row = systems::find(app.store.reader(), &viewer.scope, &serial, app.clock.now()).await?;
    Ok(Json(system(&row)))
}

/// The entire incident history of a system, the newest first, page by page.
pub async fn history(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(serial): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Value>> {
    let (db, limit) = (app.store.reader(), paging.limit()?);
    let row = systems::find(db, &viewer.scope, &serial, app.clock.now()).await?;
    let after = paging.after()?;
    let rows = calls::of_system(db, &viewer.scope, row.customer_id, row.id, after, limit + 1).await?;
    let (rows, next) = page(rows, limit);
    Ok(list(rows.iter().map(summary).collect(), next))
}

pub async fn alarms(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(serial): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Value>> {
    let db = app.store.reader();
    let row = systems::find(db, &viewer.scope, &serial, app.clock.now()).await?;
    let rows = alarm_store::of_system(db, &viewer.scope, row.customer_id, row.id, paging.limit()?).await?;
    let alarm = |a: &alarm_store::AlarmRow| {
        json!({"id": a.id, "kind": a.kind, "format": a.format, "code": a.code, "severity": a.severity,
               "component": a.component, "summary": a.summary, "occurred_at": stamp(a.occurred_at),
               "received_at": stamp(a.received_at), "disposition": a.disposition, "flag": a.flag,
               "call": a.call_number()})
    };
    Ok(list(rows.iter().map(alarm).collect(), None))
}

pub async fn sites(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Value>> {
    let rows = places::list(app.store.reader(), &viewer.scope, 200).await?;
    let site = |s: &places::SiteRow| {
        json!({"site_code": s.site_code, "name": s.name, "customer": s.customer_name, "country": s.country,
               "region": s.region, "time_zone": s.time_zone, "systems": s.systems, "open_calls": s.open_calls})
    };
    Ok(list(rows.iter().map(site).collect(), None))
}

fn system(s: &systems::SystemRow) -> Value {
    json!({"serial": s.serial, "nickname": s.nickname, "model": s.model, "os": s.os, "redundancy": s.redundancy,
           "redundancy_since": stamp(s.redundancy_since), "last_heard_at": s.last_heard_at.map(stamp),
           "installed_at": stamp(s.installed_at), "customer": s.customer_name, "site": s.site_code,
           "time_zone": s.time_zone, "contract": s.contract, "contract_ends_at": s.contract_ends_at.map(stamp),
           "open_calls": s.open_calls})
}
