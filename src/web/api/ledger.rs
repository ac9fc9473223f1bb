//! What was sent, what became of it, and what was never heard.

use axum::{
    Json,
    extract::{Path, State},
};

use super::{super::session::Caller, shapes::Ledger, terms::Reads};
use crate::{
    app::App,
    domain::access::Viewer,
    error::{Error, Result},
    store::{
        ledger::{self, Holder},
        places, systems,
    },
};

/// Of each; a sender with more spools or gaps than this has been told of otherwise.
const MOST: i64 = 1_000;

/// What a system has sent, by what became of it, and the numbers of its spools that were never heard.
#[utoipa::path(get, path = "/api/v1/systems/{serial}/ledger", tag = "systems",
    responses((status = 200, body = Ledger), Reads))]
pub async fn of_system(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(serial): Path<String>,
) -> Result<Json<Ledger>> {
    let row = systems::find(app.store.reader(), &viewer.scope, &serial, app.clock.now()).await?;
    ledger(&app, &viewer, Holder::System { customer: row.customer_id, id: row.id }).await
}

/// The same for everything that a site has sent.
#[utoipa::path(get, path = "/api/v1/sites/{site_code}/ledger", tag = "systems",
    responses((status = 200, body = Ledger), Reads))]
pub async fn of_site(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(site_code): Path<String>,
) -> Result<Json<Ledger>> {
    let row = places::find(app.store.reader(), &viewer.scope, &site_code).await?;
    ledger(&app, &viewer, Holder::Site { customer: row.customer_id, id: row.id }).await
}

async fn ledger(app: &App, viewer: &Viewer, of: Holder) -> Result<Json<Ledger>> {
    let account = ledger::account(&app.store, &viewer.scope, of, MOST).await?;
    account.map(Ledger::from).map(Json).ok_or(Error::TooSlow)
}
