use axum::{Json, extract::State};

use super::{
    super::{
        audit::{Wanted, wanted},
        session::Caller,
    },
    limit, list,
    read::Asked,
    shapes::{Deed, List},
    terms::Reads,
};
use crate::{app::App, error::Result, store::audit::lists};

/// Sensitive deeds, the newest first. Administrators of an account read of their own people.
#[utoipa::path(get, path = "/api/v1/audit", tag = "house", params(Wanted),
    responses((status = 200, body = List<Deed>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(asked): Asked<Wanted>,
) -> Result<Json<List<Deed>>> {
    let limit = limit(asked.limit)?;
    let filter = asked.filter(&app, &viewer).await?;
    let rows = lists::list(app.store.reader(), &filter, asked.before()?, limit + 1).await?;
    Ok(list(wanted::page(rows, limit)))
}
