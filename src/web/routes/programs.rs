//! The addresses of programs and of machines.

use axum::{
    Router,
    routing::{delete, get, post},
};

use super::super::{api, health, ingest};
use crate::app::App;

/// What programs of customers and partners call.
pub(super) fn programs() -> Router<App> {
    Router::new()
        .route("/api/v1/openapi.json", get(api::describe::show))
        .route("/api/v1/me", get(api::me::show))
        .route("/api/v1/calls", get(api::calls::index).post(api::calls::create))
        .route("/api/v1/calls/{number}", get(api::calls::show).patch(api::deeds::change))
        .route("/api/v1/calls/{number}/entries", post(api::deeds::entries))
        .route("/api/v1/calls/{number}/transitions", post(api::deeds::transitions))
        .route("/api/v1/calls/{number}/handover", post(api::deeds::handover))
        .route("/api/v1/calls/{number}/history", get(api::course::history))
        .route("/api/v1/calls/{number}/routing", get(api::course::routing))
        .route("/api/v1/calls/{number}/clocks", get(api::course::clocks))
        .route("/api/v1/calls/{number}/faults", get(api::faults::index))
        .route("/api/v1/systems", get(api::systems::index))
        .route("/api/v1/systems/{serial}", get(api::systems::show))
        .route("/api/v1/systems/{serial}/history", get(api::systems::history))
        .route("/api/v1/systems/{serial}/alarms", get(api::systems::alarms))
        .route("/api/v1/systems/{serial}/timeline", get(api::timeline::of_system))
        .route("/api/v1/sites/{site_code}/timeline", get(api::timeline::of_site))
        .route("/api/v1/systems/{serial}/availability", get(api::availability::of_system))
        .route("/api/v1/sites/{site_code}/availability", get(api::availability::of_site))
        .route("/api/v1/systems/{serial}/ledger", get(api::ledger::of_system))
        .route("/api/v1/sites/{site_code}/ledger", get(api::ledger::of_site))
        .route("/api/v1/sites", get(api::systems::sites))
        .route("/api/v1/sites/{site_code}", get(api::systems::site))
        .route("/api/v1/maintenance-windows", get(api::maintenance::index).post(api::maintenance::create))
        .route(
            "/api/v1/maintenance-windows/{window}",
            get(api::maintenance::show).patch(api::maintenance::change).delete(api::maintenance::cancel),
        )
        .route("/api/v1/maintenance-windows/{window}/end", post(api::maintenance::end))
        .route("/api/v1/users", get(api::people::index).post(api::people::create))
        .route("/api/v1/users/{person}", get(api::people::show).patch(api::people::change))
        .route("/api/v1/accounts", get(api::house::accounts))
        .route("/api/v1/accounts/{account}", get(api::house::account))
        .route("/api/v1/contracts", get(api::house::contracts))
        .route("/api/v1/partner-relations", get(api::house::partner_relations).post(api::house::relate))
        .route("/api/v1/partner-relations/{relation}", get(api::house::partner_relation))
        .route("/api/v1/tokens", get(api::house::tokens).post(api::house::make_token))
        .route("/api/v1/tokens/{token_id}", get(api::house::token).delete(api::house::revoke_token))
        .route("/api/v1/devices", get(api::devices::index).post(api::devices::create))
        .route("/api/v1/devices/{device}", delete(api::devices::revoke))
        .route("/api/v1/devices/{device}/rotation", post(api::devices::rotate))
        .route("/api/v1/audit", get(api::audit::index))
        .route("/api/v1/queues", get(api::queues::index))
        .route("/api/v1/queues/{slug}", get(api::queues::show))
        .route("/api/v1/queues/{slug}/calls", get(api::queues::calls))
        .route("/api/v1/handovers", get(api::handovers::index))
        .route("/api/v1/calendars", get(api::routing::calendars))
        .route("/api/v1/calendars/{name}", get(api::routing::calendar))
        .route("/api/v1/cacs", get(api::routing::cacs))
        .route("/api/v1/cacs/{code}", get(api::routing::cac))
        .route("/api/v1/routing/explain", post(api::routing::explain))
        .route("/api/v1/routing/simulations", post(api::routing::simulate))
        .route("/api/v1/search", get(api::search::show))
}

/// What machines call: systems that phone home, and whoever watches over us.
pub(super) fn machines() -> Router<App> {
    Router::new()
        .route("/ingest/alarms", post(ingest::alarms))
        .route("/ingest/alertmanager", post(ingest::alertmanager))
        .route("/ingest/prometheus/api/v2/alerts", post(ingest::prometheus))
        .route("/ingest/pagerduty/v2/enqueue", post(ingest::pagerduty))
        .route("/ingest/redfish", post(ingest::redfish))
        .route("/ingest/redfish/{credential}", post(ingest::redfish_by_path))
        .route("/ingest/snmptrap", post(ingest::snmptrap))
        .route("/ingest/mail", post(ingest::mail))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
}
