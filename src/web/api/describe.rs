//! The description of the API (OpenAPI 3.1), gathered from what stands above each handler.
//!
//! A new address needs `#[utoipa::path(…)]` above its handler and its line in `paths` here.

use std::sync::LazyLock;

use axum::{http::HeaderMap, response::Response};
use utoipa::OpenApi;

use super::{
    audit, availability, calls, course, deeds, devices, faults, handovers, house, ledger, maintenance, me, people,
    queues, remote_access, routing, search, shapes, systems, tag,
    terms::{Finish, ReadHeaders, Unchanged},
    timeline,
};
use crate::error::Result;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Meridian",
        description = "Calls, systems and queues for programs. Lists come page by page: send `next_cursor` as \
                       `cursor` until it is null. Whatever is asked with an `Idempotency-Key` may be repeated for 7 days. \
                       What is not yours to see does not exist: 404."
    ),
    paths(
        show,
        me::show,
        people::index,
        people::create,
        people::show,
        people::change,
        house::accounts,
        house::account,
        house::contracts,
        house::partner_relations,
        house::partner_relation,
        house::relate,
        house::tokens,
        house::make_token,
        house::token,
        house::revoke_token,
        devices::index,
        devices::create,
        devices::rotate,
        devices::revoke,
        audit::index,
        calls::index,
        calls::create,
        calls::show,
        course::history,
        course::routing,
        course::clocks,
        faults::index,
        deeds::change,
        deeds::entries,
        deeds::transitions,
        deeds::handover,
        systems::index,
        systems::show,
        systems::history,
        systems::alarms,
        timeline::of_system,
        timeline::of_site,
        availability::of_system,
        availability::of_site,
        ledger::of_system,
        ledger::of_site,
        systems::sites,
        systems::site,
        maintenance::index,
        maintenance::create,
        maintenance::show,
        maintenance::change,
        maintenance::cancel,
        maintenance::end,
        queues::index,
        queues::show,
        queues::calls,
        handovers::index,
        remote_access::index,
        remote_access::create,
        remote_access::show,
        remote_access::instructions,
        remote_access::grant,
        remote_access::decline,
        remote_access::withdraw,
        remote_access::end,
        remote_access::begin_use,
        remote_access::end_use,
        search::show,
        routing::calendars,
        routing::calendar,
        routing::cacs,
        routing::cac,
        routing::explain,
        routing::simulate,
    ),
    components(schemas(shapes::Problem)),
    security(("token" = []), ("session" = [])),
    modifiers(&Finish)
)]
struct Description;

static DESCRIPTION: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Description::openapi);

pub fn description() -> &'static utoipa::openapi::OpenApi {
    &DESCRIPTION
}

/// This description. It is the same for everybody and needs no sign-in.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "description", security(()), params(ReadHeaders),
    responses((status = 200, body = serde_json::Value, headers(("ETag" = String))), Unchanged))]
pub async fn show(headers: HeaderMap) -> Result<Response> {
    tag::by_content(&headers, description())
}
