use axum::{Json, extract::State};

use super::{
    super::{handovers as page, session::Caller},
    list,
    shapes::{Handover, List},
    terms::Reads,
};
use crate::{app::App, error::Result, store::handovers};

/// What waits to be accepted, then what was handed over in the last three days; for staff.
#[utoipa::path(get, path = "/api/v1/handovers", tag = "queues",
    responses((status = 200, body = List<Handover>), Reads))]
pub async fn index(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<List<Handover>>> {
    page::desk_only(&viewer)?;
    let since = app.clock.now() - page::LATELY;
    let rows = handovers::list(app.store.reader(), &viewer.scope, since, page::MOST).await?;
    Ok(list((rows, None)))
}
