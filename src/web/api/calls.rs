use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::{
        call::open_to,
        calls::{new_call, page},
        fields::Fields,
        session::Caller,
    },
    Paging, instant, list, object, summary,
};
use crate::{
    actions,
    app::App,
    domain::{
        access::Viewer,
        call::{Call, Verb},
        number::CallNumber,
        severity::Severity,
    },
    error::{Error, Result},
    store::{
        calls::{self, CallDetail, Filter},
        history as lines,
    },
};

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    status: Option<String>,
    severity: Option<String>,
    queue: Option<String>,
    system: Option<String>,
    site: Option<String>,
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>> {
    let severity = wanted.severity.as_deref().map(str::parse::<Severity>).transpose();
    let severity = severity.map_err(|e| Error::invalid("severity", e.to_string()))?;
    let filter = Filter {
        statuses: wanted.status.map(|s| s.split(',').map(str::to_owned).collect()),
        severity: severity.map(Into::into),
        queue: wanted.queue,
        serial: wanted.system,
        site_code: wanted.site,
        text: wanted.q,
    };
    let paging = Paging { cursor: wanted.cursor, limit: wanted.limit };
    let limit = paging.limit()?;
    let rows = calls::list(app.store.reader(), &viewer.scope, &filter, paging.after()?, limit + 1).await?;
    let (rows, next) = page(rows, limit);
    Ok(list(rows.iter().map(summary).collect(), next))
}

pub async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let fields = Fields::of_json(&object(&body)?)?.judged()?;
    let key = fields.api_key(viewer.person_id, "POST /calls", &headers)?;
    let call = actions::file_call(&app, &viewer, &new_call(&fields)?, key.as_ref()).await?;
    let place = [(header::LOCATION, format!("/api/v1/calls/{}", call.number))];
    Ok((StatusCode::CREATED, place, shown(&app, &viewer, call.number).await?).into_response())
}

pub async fn show(State(app): State<App>, Caller(viewer): Caller, Path(number): Path<String>) -> Result<Response> {
    shown(&app, &viewer, named(&number)?).await
}

/// A mistyped number is told from an unknown one by its check digit, and never shows another call.
fn named(number: &str) -> Result<CallNumber> {
    match number.parse() {
        Ok(number) => Ok(number),
        Err(slip) if CallNumber::resembles(number) => Err(Error::invalid("number", slip.to_string())),
        Err(_) => Err(Error::NotFound),
    }
}

async fn shown(app: &App, viewer: &Viewer, number: CallNumber) -> Result<Response> {
    let detail = calls::find(app.store.reader(), &viewer.scope, number).await?;
    let tag =
        HeaderValue::from_str(&format!("\"{}\"", detail.call.version)).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(([(header::ETAG, tag)], Json(whole(app, viewer, &detail))).into_response())
}

fn whole(app: &App, viewer: &Viewer, detail: &CallDetail) -> Value {
    let (call, place, course) = (&detail.call, &detail.place, &detail.call.course);
    let verbs: Vec<&str> = open_to(call, viewer, app.clock.now()).into_iter().map(Verb::name).collect();
    json!({
        "number": call.number, "id": call.id, "title": call.title, "severity": call.severity,
        "status": call.status, "partner_review": call.in_review(),
        "accept_by": call.review.and_then(|r| r.accept_by).map(instant), "queue": call.queue,
        "queue_name": place.queue_name, "why": course.why, "wait_until": call.wait_until.map(instant),
        "assignee": place.assignee_name, "partner": place.partner_name, "customer": place.customer_name,
        "site": place.site_code, "time_zone": place.time_zone,
        "system": place.system.as_ref().map(|s| &s.serial), "origin": call.origin, "contact": course.contact,
        "available_24x7": course.available_24x7, "due_at": call.due.map(|d| instant(d.at)),
        "due_kind": call.due.map(|d| d.kind), "alarms": call.alarm_count, "reopened": call.reopen_count,
        "queue_changes": course.queue_changes, "opened_at": instant(call.opened_at),
        "acknowledged_at": course.acknowledged_at.map(instant), "restored_at": course.restored_at.map(instant),
        "resolved_at": course.resolved_at.map(instant), "ended_at": call.ended_at.map(instant),
        "updated_at": instant(call.updated_at), "resolution": course.resolution,
        "external_number": call.external_number, "version": call.version, "verbs": verbs,
    })
}

pub async fn entries(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let fields = Fields::of_json(&object(&body)?)?.judged()?;
    let verb = match fields.text("kind") {
        "note" => Verb::Note,
        "comment" | "" => Verb::Comment,
        _ => return Err(Error::invalid("kind", "An entry is a comment or a note.")),
    };
    let asked = Asked { viewer: &viewer, number: &number, fields: &fields, headers: &headers };
    acted(&app, &asked, verb, StatusCode::CREATED).await
}

pub async fn transitions(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let fields = Fields::of_json(&object(&body)?)?.judged()?;
    let wanted = if fields.text("verb") == "take" { "assign" } else { fields.text("verb") };
    let verb = Verb::from_name(wanted)
        .ok_or_else(|| Error::invalid("verb", format!("There is no verb {:?}.", fields.text("verb"))))?;
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
    let mut response = shown(app, asked.viewer, number).await?;
    *response.status_mut() = status;
    Ok(response)
}

async fn act(app: &App, asked: &Asked<'_>, number: CallNumber, verb: Verb) -> Result<Call> {
    let Asked { viewer, fields, headers, .. } = asked;
    let mut deed = fields.deed(verb, viewer)?;
    deed.version = version(headers)?;
    let key = fields.api_key(viewer.person_id, &format!("{number}/{}", verb.name()), headers)?;
    actions::act_on_call(app, viewer, number, &deed, key.as_ref()).await
}

/// The version that the sender has looked at, where it cares.
fn version(headers: &HeaderMap) -> Result<Option<i32>> {
    let Some(tag) = headers.get(header::IF_MATCH).and_then(|t| t.to_str().ok()) else { return Ok(None) };
    if tag.trim() == "*" {
        return Ok(None);
    }
    let bare = tag.trim().trim_start_matches("W/").trim_matches('"');
    bare.parse().map(Some).map_err(|_| Error::Stale)
}

/// What only staff read of a line of history.
const INTERNAL: [&str; 4] = ["assignee", "service_level", "partner_id", "alarm_id"];

pub async fn history(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
) -> Result<Json<Value>> {
    let db = app.store.reader();
    let call = calls::find(db, &viewer.scope, named(&number)?).await?.call;
    let told = lines::of_call(db, &viewer.scope, call.customer_id, call.id).await?;
    let line = |t: &lines::Told| {
        let mut change = json!(t.line.change);
        if let Some(fields) = change.as_object_mut().filter(|_| !viewer.scope.internal()) {
            fields.retain(|name, _| !INTERNAL.contains(&name.as_str()));
        }
        json!({"seq": t.line.seq, "verb": t.line.change.verb(), "party": t.line.actor.party,
               "actor": t.actor_name, "occurred_at": instant(t.line.occurred_at),
               "recorded_at": instant(t.line.recorded_at), "status": t.line.status, "body": t.line.body,
               "change": change, "redacted_at": t.redacted.as_ref().map(|(at, _)| instant(*at)),
               "redacted_by": t.redacted.as_ref().and_then(|(_, by)| by.clone())})
    };
    Ok(list(told.iter().map(line).collect(), None))
}

pub async fn routing(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
) -> Result<Json<Value>> {
    let db = app.store.reader();
    let call = calls::find(db, &viewer.scope, named(&number)?).await?.call;
    let decided = lines::last_decision(db, &viewer.scope, call.customer_id, call.id).await?;
    let mut answer = json!({"queue": call.queue, "why": call.course.why, "wait_until": call.wait_until.map(instant)});
    if let Some((inputs, decision)) = decided.filter(|_| viewer.scope.internal()) {
        answer["inputs"] = inputs;
        answer["decision"] = decision;
    }
    Ok(Json(answer))
}

pub async fn clocks(State(app): State<App>, Caller(viewer): Caller, Path(number): Path<String>) -> Result<Json<Value>> {
    let (now, reference) = (app.clock.now(), app.reference.now());
    let detail = calls::find(app.store.reader(), &viewer.scope, named(&number)?).await?;
    let place = &detail.place;
    let site = reference.site_calendar(place.site_calendar.as_deref(), &place.time_zone, &place.country)?;
    let clocks = reference.clocks(&detail.call, &site, now);
    Ok(Json(json!({"data": clocks, "time_zone": place.time_zone})))
}
