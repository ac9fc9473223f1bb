//! Every address of the portal, in one table.

use axum::{
    Router,
    routing::{get, post, put},
};

use super::{
    admin, api, assets, call, calls, deeds, drafts, health, home, ingest, layers, live, notifications, queues, review,
    search, session, sites, status, systems,
};
use crate::app::App;

pub fn router(app: &App) -> Router {
    layers::around(pages().merge(programs()).merge(machines()), app)
}

/// What people open in a browser.
fn pages() -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/session/new", get(session::new))
        .route("/session", post(session::create))
        .route("/session/end", post(session::end))
        .route("/ui", post(session::looks))
        .route("/calls", get(calls::index).post(calls::create))
        .route("/calls/new", get(calls::new))
        .route("/calls/{number}", get(call::show))
        .route("/calls/{number}/{noun}", post(deeds::create))
        .route("/drafts/{key}", put(drafts::save))
        .route("/queues", get(queues::index))
        .route("/queues/{slug}", get(queues::show))
        .route("/review", get(review::index))
        .route("/systems", get(systems::index))
        .route("/systems/{serial}", get(systems::show))
        .route("/sites", get(sites::index))
        .route("/sites/{site_code}", get(sites::show))
        .route("/search", get(search::show))
        .route("/notifications", get(notifications::index))
        .route("/notifications/read", post(notifications::read))
        .route("/admin/messages", get(admin::messages))
        .route("/admin/imports", get(admin::imports))
        .route("/status", get(status::show))
        .route("/live", get(live::show))
        .route("/static/{*path}", get(assets::show))
}

/// What programs of customers and partners call.
fn programs() -> Router<App> {
    Router::new()
        .route("/api/v1/me", get(api::me::show))
        .route("/api/v1/calls", get(api::calls::index).post(api::calls::create))
        .route("/api/v1/calls/{number}", get(api::calls::show))
        .route("/api/v1/calls/{number}/entries", post(api::calls::entries))
        .route("/api/v1/calls/{number}/transitions", post(api::calls::transitions))
        .route("/api/v1/calls/{number}/history", get(api::calls::history))
        .route("/api/v1/calls/{number}/routing", get(api::calls::routing))
        .route("/api/v1/calls/{number}/clocks", get(api::calls::clocks))
        .route("/api/v1/systems", get(api::systems::index))
        .route("/api/v1/systems/{serial}", get(api::systems::show))
        .route("/api/v1/systems/{serial}/history", get(api::systems::history))
        .route("/api/v1/systems/{serial}/alarms", get(api::systems::alarms))
        .route("/api/v1/sites", get(api::systems::sites))
        .route("/api/v1/queues", get(api::queues::index))
        .route("/api/v1/queues/{slug}/calls", get(api::queues::calls))
}

/// What machines call: systems that phone home, and whoever watches over us.
fn machines() -> Router<App> {
    Router::new()
        .route("/ingest/alarms", post(ingest::alarms))
        .route("/ingest/alertmanager", post(ingest::alertmanager))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
}
