use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    super::{
        call::open_to,
        calls::{new_call, page},
        session::Caller,
    },
    calls_for, cut, limit, misplaced, place, placed,
    read::{Asked, Sent},
    shapes::{self, CallSummary, List},
    tag,
    terms::{ReadHeaders, Reads, Unchanged, WriteHeaders, Writes},
};
use crate::{
    actions,
    app::App,
    domain::{access::Viewer, call::Status, number::CallNumber, severity::Severity},
    error::{Error, Result},
    store::{
        calls::{self, Filter, Order, Ranked},
        request_keys,
    },
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// One status, or several with commas between.
    #[param(pattern = "^(new|open|awaiting_customer|on_hold|resolved|closed|cancelled)\
        (,(new|open|awaiting_customer|on_hold|resolved|closed|cancelled))*$")]
    status: Option<String>,
    #[param(pattern = "^([sSpP]?[1-4]|[cC]ritical|[sS]erious|[mM]oderate|[mM]inor)$")]
    severity: Option<String>,
    /// The slug of a queue.
    queue: Option<String>,
    /// The serial of a system.
    system: Option<String>,
    /// The code of a site.
    site: Option<String>,
    /// Words of the title.
    q: Option<String>,
    /// The newest first, if nothing else is asked for; `severity` begins with the worst, `due_at` with what is due first.
    #[param(pattern = "^(-?opened_at|-?updated_at|severity|due_at)$", default = "-opened_at")]
    sort: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// Calls that the caller may see.
#[utoipa::path(get, path = "/api/v1/calls", tag = "calls", params(Wanted),
    responses((status = 200, body = List<CallSummary>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<List<CallSummary>>> {
    let (filter, limit) = (filter(&wanted)?, limit(wanted.limit)?);
    let (db, scope, cursor) = (app.store.reader(), &viewer.scope, wanted.cursor.as_deref());
    let Some(order) = order(wanted.sort.as_deref())? else {
        let after = cursor.map(super::cursor).transpose()?;
        return Ok(calls_for(&viewer, page(calls::list(db, scope, &filter, after, limit + 1).await?, limit)));
    };
    let after = cursor.map(|cursor| ranked(order, cursor)).transpose()?;
    let rows = calls::sorted(db, scope, &filter, order, after, limit + 1).await?;
    let rows =
        cut(rows, limit, |last| place(order.name(), &order.rank(last, viewer.scope.internal()).to_string(), last.id));
    Ok(calls_for(&viewer, rows))
}

fn filter(wanted: &Wanted) -> Result<Filter> {
    let severity = wanted.severity.as_deref().map(str::parse::<Severity>).transpose();
    let severity = severity.map_err(|e| Error::invalid("severity", e.to_string()))?;
    Ok(Filter {
        statuses: wanted.status.as_deref().map(statuses).transpose()?,
        severity: severity.map(Into::into),
        queue: wanted.queue.clone(),
        serial: wanted.system.clone(),
        site_code: wanted.site.clone(),
        text: wanted.q.clone(),
    })
}

fn statuses(listed: &str) -> Result<Vec<String>> {
    let unknown = listed.split(',').find(|status| Status::from_name(status).is_none());
    match unknown {
        Some(status) => Err(Error::invalid("status", format!("There is no status {status:?}."))),
        None => Ok(listed.split(',').map(str::to_owned).collect()),
    }
}

/// None is the order that lists have anyway.
fn order(wanted: Option<&str>) -> Result<Option<Order>> {
    match wanted {
        None | Some("-opened_at") => Ok(None),
        Some(name) => Order::from_name(name).map(Some).ok_or_else(|| {
            Error::invalid(
                "sort",
                "Calls are sorted by opened_at, updated_at (with - the newest first), severity or due_at.",
            )
        }),
    }
}

fn ranked(order: Order, cursor: &str) -> Result<Ranked> {
    let (rank, id) = placed(order.name(), cursor)?;
    Ok(Ranked { rank: rank.parse().map_err(|_| misplaced())?, id })
}

/// Files a call: it has a number, a queue and a promise at once.
#[utoipa::path(post, path = "/api/v1/calls", tag = "calls", params(WriteHeaders), request_body = shapes::NewCall,
    responses((status = 201, body = shapes::Call, headers(("Location" = String), ("ETag" = String))), Writes))]
pub async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Sent { fields, .. }: Sent<shapes::NewCall>,
) -> Result<Response> {
    let key = request_keys::taken();
    let call = actions::file_call(&app, &viewer, &new_call(&fields)?, key.as_ref()).await?;
    let place = [(header::LOCATION, format!("/api/v1/calls/{}", call.number))];
    let call = shown(&app, &viewer, &HeaderMap::new(), call.number).await?;
    Ok((StatusCode::CREATED, place, call).into_response())
}

/// One call.
#[utoipa::path(get, path = "/api/v1/calls/{number}", tag = "calls", params(ReadHeaders),
    responses((status = 200, body = shapes::Call, headers(("ETag" = String))), Unchanged, Reads))]
pub async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    Path(number): Path<String>,
) -> Result<Response> {
    shown(&app, &viewer, &headers, named(&number)?).await
}

/// A mistyped number is told from an unknown one by its check digit, and never shows another call.
pub fn named(number: &str) -> Result<CallNumber> {
    match number.parse() {
        Ok(number) => Ok(number),
        Err(slip) if CallNumber::resembles(number) => Err(Error::invalid("number", slip.to_string())),
        Err(_) => Err(Error::NotFound),
    }
}

/// Marked by its version, which is what `If-Match` takes.
pub async fn shown(app: &App, viewer: &Viewer, asked: &HeaderMap, number: CallNumber) -> Result<Response> {
    let detail = calls::find(app.store.reader(), &viewer.scope, number).await?;
    let version = detail.call.version_for(viewer.scope.internal()).0.to_string();
    let verbs = open_to(&detail.call, viewer, app.clock.now());
    tag::tagged(asked, &version, &shapes::Call::of(detail, verbs, viewer.scope.internal()))
}
