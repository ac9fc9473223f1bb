use axum::{
    Json,
    extract::{Path, State},
};

use super::{
    super::session::Caller,
    Paging, calls_for, cut, list, misplaced, paged, place, placed,
    read::Asked,
    shapes::{CallSummary, List, Queue},
    terms::Reads,
};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        calls::{self as store, QueuePlace},
        desk,
    },
};

fn desk_only(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::Queue, Relation::Foreign)?)
}

/// Every queue and how full it is; for staff.
#[utoipa::path(get, path = "/api/v1/queues", tag = "queues", params(Paging),
    responses((status = 200, body = List<Queue>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<Queue>>> {
    desk_only(&viewer)?;
    let rows = desk::queues(app.store.reader(), &viewer.scope, app.clock.now()).await?;
    Ok(list(paged(rows, &paging, "queue", |row| row.slug.clone())?))
}

/// One queue and how full it is; for staff.
#[utoipa::path(get, path = "/api/v1/queues/{slug}", tag = "queues",
    responses((status = 200, body = Queue), Reads))]
pub async fn show(State(app): State<App>, Caller(viewer): Caller, Path(slug): Path<String>) -> Result<Json<Queue>> {
    desk_only(&viewer)?;
    let rows = desk::queues(app.store.reader(), &viewer.scope, app.clock.now()).await?;
    let row = rows.into_iter().find(|row| row.slug == slug).ok_or(Error::NotFound)?;
    Ok(Json(row.into()))
}

/// What a queue has to do, the most urgent first.
#[utoipa::path(get, path = "/api/v1/queues/{slug}/calls", tag = "queues", params(Paging),
    responses((status = 200, body = List<CallSummary>), Reads))]
pub async fn calls(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(slug): Path<String>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<CallSummary>>> {
    desk_only(&viewer)?;
    desk::queue_name(app.store.reader(), &slug).await?;
    let limit = paging.limit()?;
    let after = paging.cursor.as_deref().map(after).transpose()?;
    let rows = store::in_queue(app.store.reader(), &viewer.scope, &slug, after, limit + 1).await?;
    Ok(calls_for(&viewer, page(rows, limit)))
}

/// The calls of a page, and where the next one begins; pages of the portal go on in the same way.
pub fn page(rows: Vec<store::CallSummary>, limit: i64) -> (Vec<store::CallSummary>, Option<String>) {
    cut(rows, limit, |last| {
        let due = last.due_at.map_or(i64::MAX, |at| at.to_jiff().as_microsecond());
        place("urgency", &format!("{}/{}/{due}/{}", last.priority, last.severity, last.number), last.id)
    })
}

pub fn after(cursor: &str) -> Result<QueuePlace> {
    let (key, _) = placed("urgency", cursor)?;
    let read = || {
        let mut parts = key.splitn(4, '/');
        let (priority, severity) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (due, number) = (parts.next()?, parts.next()?);
        let due: i64 = due.parse().ok()?;
        let due_at = (due != i64::MAX).then(|| jiff::Timestamp::from_microsecond(due)).transpose().ok()?;
        Some(QueuePlace { priority, severity, due_at, number: number.parse().ok()? })
    };
    read().ok_or_else(misplaced)
}
