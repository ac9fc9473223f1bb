use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde_json::{Value, json};

use super::{super::session::Caller, Paging, list, stamp, summary};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::Result,
    store::{calls as store, desk},
};

fn desk_only(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::Queue, Relation::Foreign)?)
}

pub async fn index(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Value>> {
    desk_only(&viewer)?;
    let rows = desk::queues(app.store.reader(), &viewer.scope, app.clock.now()).await?;
    let queue = |q: &desk::QueueRow| {
        json!({"slug": q.slug, "name": q.name, "kind": q.kind, "cac": q.cac_code, "open": q.open,
               "unassigned": q.unassigned, "late": q.late, "next_due_at": q.next_due_at.map(stamp)})
    };
    Ok(list(rows.iter().map(queue).collect(), None))
}

/// The most urgent first; a queue is short enough to be one page.
pub async fn calls(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(slug): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Value>> {
    desk_only(&viewer)?;
    desk::queue_name(app.store.reader(), &slug).await?;
    let rows = store::in_queue(app.store.reader(), &viewer.scope, &slug, paging.limit()?).await?;
    Ok(list(rows.iter().map(summary).collect(), None))
}
