//! Rules and calendars for programs: what is in force, and what others would do.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    super::{
        routing::other::{Calls, Other, simulated},
        session::Caller,
    },
    Paging, paged,
    read::{Asked, Sent},
    shapes::{Cac, Calendar, Explanation, List, NewSimulation, Question, Simulation},
    terms::{Reads, Writes},
};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    router::Facts,
};

fn desk_only(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::Rule, Relation::Foreign)?)
}

/// Every calendar in force and what comes next; for staff.
#[utoipa::path(get, path = "/api/v1/calendars", tag = "routing", params(Paging),
    responses((status = 200, body = List<Calendar>), Reads))]
pub async fn calendars(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<Calendar>>> {
    desk_only(&viewer)?;
    let (reference, now) = (app.reference.now(), app.clock.now());
    let all = reference.router.rules().calendars.iter().collect();
    let (rows, next_cursor) = paged(all, &paging, "calendar", |named| named.name.clone())?;
    let data = rows.into_iter().map(|named| Calendar::of(&named.name, &named.calendar, &reference, now)).collect();
    Ok(Json(List { data, next_cursor }))
}

/// One calendar and what comes next; for staff.
#[utoipa::path(get, path = "/api/v1/calendars/{name}", tag = "routing",
    responses((status = 200, body = Calendar), Reads))]
pub async fn calendar(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(name): Path<String>,
) -> Result<Json<Calendar>> {
    desk_only(&viewer)?;
    let reference = app.reference.now();
    let hours = reference.calendar(&name).ok_or(Error::NotFound)?;
    Ok(Json(Calendar::of(&name, hours, &reference, app.clock.now())))
}

/// The CACs in the order that breaks ties, with their queues; for staff.
#[utoipa::path(get, path = "/api/v1/cacs", tag = "routing", params(Paging),
    responses((status = 200, body = List<Cac>), Reads))]
pub async fn cacs(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<Cac>>> {
    desk_only(&viewer)?;
    let (reference, now) = (app.reference.now(), app.clock.now());
    let rules = reference.router.rules();
    let ordered = rules.regions.iter().flat_map(|region| rules.cacs.iter().filter(move |cac| cac.region == *region));
    let (rows, next_cursor) = paged(ordered.collect(), &paging, "cac", |cac| cac.code.clone())?;
    let data = rows.into_iter().map(|cac| Cac::of(cac, &reference, now)).collect();
    Ok(Json(List { data, next_cursor }))
}

/// One CAC with its queues; for staff.
#[utoipa::path(get, path = "/api/v1/cacs/{code}", tag = "routing", responses((status = 200, body = Cac), Reads))]
pub async fn cac(State(app): State<App>, Caller(viewer): Caller, Path(code): Path<String>) -> Result<Json<Cac>> {
    desk_only(&viewer)?;
    let reference = app.reference.now();
    let found = reference.router.rules().cacs.iter().find(|cac| cac.code == code).ok_or(Error::NotFound)?;
    Ok(Json(Cac::of(found, &reference, app.clock.now())))
}

/// Says where a call would go and why, under the rules in force and under others.
#[utoipa::path(post, path = "/api/v1/routing/explain", tag = "routing", request_body = Question,
    responses((status = 200, body = Explanation), Writes))]
pub async fn explain(
    State(app): State<App>,
    Caller(viewer): Caller,
    Sent { fields, body, .. }: Sent<Question>,
) -> Result<Json<Explanation>> {
    desk_only(&viewer)?;
    let facts = facts(body, app.clock.now())?;
    let reference = app.reference.now();
    let other = match other(fields.given("rules"), fields.given("other"))? {
        Other::InForce => None,
        named => Some(named.router(&app, &viewer).await?.route(&facts).into()),
    };
    let in_force = reference.router.route(&facts).into();
    Ok(Json(Explanation { version: reference.rule_set_version, in_force, other }))
}

/// Holds other rules against those in force, on past calls or on a made-up year.
#[utoipa::path(post, path = "/api/v1/routing/simulations", tag = "routing", request_body = NewSimulation,
    responses((status = 200, body = Simulation), Writes))]
pub async fn simulate(
    State(app): State<App>,
    Caller(viewer): Caller,
    Sent { fields, .. }: Sent<NewSimulation>,
) -> Result<Json<Simulation>> {
    desk_only(&viewer)?;
    let calls = match fields.given("on") {
        None | Some("past") => Calls::Past,
        Some("year") => Calls::Year,
        Some(_) => return Err(Error::invalid("on", "That is “past” or “year”.")),
    };
    let other = other(fields.given("rules"), fields.given("other"))?;
    Ok(Json(simulated(&app, &viewer, &other, calls).await?.into()))
}

fn other(rules: Option<&str>, name: Option<&str>) -> Result<Other> {
    rules.map_or_else(|| Other::named(name.unwrap_or_default()), |text| Ok(Other::Text(text.to_owned())))
}

/// The question as the router takes it; what is not said is left to its defaults, and the instant is now.
fn facts(mut body: Value, now: jiff::Timestamp) -> Result<Facts> {
    if let Value::Object(asked) = &mut body {
        asked.retain(|_, value| !value.is_null());
        asked.entry("at").or_insert_with(|| json!(now));
    }
    serde_json::from_value(body).map_err(|e| Error::invalid("body", format!("This can't be asked: {e}.")))
}
