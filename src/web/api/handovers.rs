use axum::{Json, extract::State};

use super::{
    super::{handovers as page, session::Caller},
    Paging, list, paged,
    read::Asked,
    shapes::{Handover, List},
    terms::Reads,
};
use crate::{app::App, error::Result, store::handovers};

/// More than change hands in three days.
const MOST: i64 = 5_000;

/// What waits to be accepted, then what was handed over in the last three days; for staff.
#[utoipa::path(get, path = "/api/v1/handovers", tag = "queues", params(Paging),
    responses((status = 200, body = List<Handover>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<Handover>>> {
    page::desk_only(&viewer)?;
    let since = app.clock.now() - page::LATELY;
    let rows = handovers::list(app.store.reader(), &viewer.scope, since, MOST).await?;
    Ok(list(paged(rows, &paging, "handover", |row| row.id.to_string())?))
}
