//! Every address of the portal, in one table.

mod programs;

use axum::{
    Router,
    routing::{get, post, put},
};

use super::{
    accounts, admin, alarms, api, assets, audit, availability, board, call, calls, deeds, devices, drafts, handovers,
    home, layers, live, maintenance, me, messages, notifications, people, personal, queues, redaction, remote_access,
    reports, resets, review, routing, search, session, sites, status, systems, timeline, tokens, watching, why,
};
use crate::app::App;

pub fn router(app: &App) -> Router {
    let router = pages()
        .merge(windows())
        .merge(access())
        .merge(house())
        .merge(rules())
        .merge(own_pages())
        .merge(programs::programs())
        .merge(programs::machines());
    #[cfg(feature = "passkeys")]
    let router = router.merge(passkeys());
    #[cfg(feature = "oidc")]
    let router = router.merge(providers());
    layers::around(router, app)
}

/// What people open in a browser.
fn pages() -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/session/new", get(session::new))
        .route("/session", post(session::create))
        .route("/session/end", post(session::end))
        .route("/session/second", get(session::second).post(session::prove_second))
        .route("/session/enrol", get(session::enrol))
        .route("/session/proof", get(session::proof).post(session::prove))
        .route("/resets/{token}", get(resets::show).post(resets::change))
        .route("/ui", post(session::looks))
        .route("/calls", get(calls::index).post(calls::create))
        .route("/calls/new", get(calls::new))
        .route("/calls/{number}", get(call::show))
        .route("/calls/{number}/redaction", get(redaction::new).post(redaction::create))
        .route("/calls/{number}/faults", get(call::all_faults))
        .route("/calls/{number}/routing", get(call::routing))
        .route("/calls/{number}/remote-access", post(remote_access::create))
        .route("/calls/{number}/{noun}", post(deeds::create))
        .route("/drafts/{key}", put(drafts::save))
        .route("/queues", get(queues::index))
        .route("/queues/{slug}", get(queues::show))
        .route("/handovers", get(handovers::index))
        .route("/handovers/acceptances", post(handovers::accept))
        .route("/demo/clock", post(handovers::shift))
        .route("/review", get(review::index))
        .route("/systems", get(systems::index))
        .route("/systems/{serial}", get(systems::show))
        .route("/systems/{serial}/expectation", post(systems::expect))
        .route("/systems/{serial}/tests", get(systems::tests))
        .route("/systems/{serial}/history", get(timeline::of_system))
        .route("/sites/{site_code}/history", get(timeline::of_site))
        .route("/systems/{serial}/availability", get(availability::of_system))
        .route("/sites/{site_code}/availability", get(availability::of_site))
        .route("/systems/{serial}/disputes", post(availability::create))
        .route("/systems/{serial}/disputes/{dispute}/answer", post(availability::answer))
        .route("/systems/{serial}/alarms", get(alarms::of_system))
        .route("/systems/{serial}/alarms/{id}", get(alarms::show_of_system))
        .route("/sites", get(sites::index))
        .route("/sites/{site_code}", get(sites::show))
        .route("/sites/{site_code}/alarms", get(alarms::of_site))
        .route("/sites/{site_code}/alarms/{id}", get(alarms::show_of_site))
        .route("/reports", get(reports::index))
        .route("/search", get(search::show))
        .route("/notifications", get(notifications::index))
        .route("/notifications/read", post(notifications::read))
        .route("/admin/messages", get(messages::index))
        .route("/admin/messages/{message}", get(messages::show))
        .route("/admin/messages/{message}/body", get(messages::download))
        .route("/admin/messages/{message}/receipt", post(messages::receive))
        .route("/admin/imports", get(admin::imports))
        .route("/board", get(board::show))
        .route("/admin/audit", get(audit::index))
        .route("/admin/audit.csv", get(audit::download))
        .route("/admin/people/{id}/data", get(personal::show))
        .route("/admin/people/{id}/export", get(personal::export))
        .route("/admin/people/{id}/erasure", post(personal::erase))
        .route("/admin/why", get(why::show))
        .route("/admin/watching", post(watching::begin))
        .route("/admin/watching/end", post(watching::end))
        .route("/status", get(status::show))
        .route("/live", get(live::show))
        .route("/static/{*path}", get(assets::show))
}

/// Who is let into a system, for how long, and who was in.
fn access() -> Router<App> {
    Router::new()
        .route("/remote-access", get(remote_access::index))
        .route("/remote-access/{access}", get(remote_access::show))
        .route("/remote-access/{access}/grant", post(remote_access::grant))
        .route("/remote-access/{access}/refusal", post(remote_access::decline))
        .route("/remote-access/{access}/withdrawal", post(remote_access::withdraw))
        .route("/remote-access/{access}/end", post(remote_access::end))
        .route("/remote-access/{access}/uses", post(remote_access::begin_use))
        .route("/remote-access/{access}/uses/{use_id}/end", post(remote_access::end_use))
        .route("/remote-access/{access}/instructions", get(remote_access::read))
        .route("/systems/{serial}/remote-instructions", get(remote_access::edit).post(remote_access::keep))
        .route("/api/v1/calls/{number}/remote-access", post(api::remote_access::create))
        .route("/api/v1/remote-access", get(api::remote_access::index))
        .route("/api/v1/remote-access/{access}", get(api::remote_access::show))
        .route("/api/v1/remote-access/{access}/instructions", get(api::remote_access::instructions))
        .route("/api/v1/remote-access/{access}/grant", post(api::remote_access::grant))
        .route("/api/v1/remote-access/{access}/refusal", post(api::remote_access::decline))
        .route("/api/v1/remote-access/{access}/withdrawal", post(api::remote_access::withdraw))
        .route("/api/v1/remote-access/{access}/end", post(api::remote_access::end))
        .route("/api/v1/remote-access/{access}/uses", post(api::remote_access::begin_use))
        .route("/api/v1/remote-access/{access}/uses/{use_id}/end", post(api::remote_access::end_use))
}

/// Planned work.
fn windows() -> Router<App> {
    Router::new()
        .route("/maintenance-windows", get(maintenance::index).post(maintenance::create))
        .route("/maintenance-windows/new", get(maintenance::new))
        .route("/maintenance-windows/{window}", get(maintenance::show))
        .route("/maintenance-windows/{window}/plan", get(maintenance::edit).post(maintenance::change))
        .route("/maintenance-windows/{window}/extension", post(maintenance::extend))
        .route("/maintenance-windows/{window}/end", post(maintenance::end))
        .route("/maintenance-windows/{window}/cancellation", post(maintenance::cancel))
        .route("/maintenance-windows/{window}/occurrences/removal", post(maintenance::skip))
}

/// Where people, accounts and tokens are looked after, and where the invited come in.
fn house() -> Router<App> {
    Router::new()
        .route("/admin/people", get(people::index).post(people::create))
        .route("/admin/people/new", get(people::new))
        .route("/admin/people/{person}", get(people::show))
        .route("/admin/people/{person}/memberships", post(people::add))
        .route("/admin/people/{person}/memberships/{membership}", post(people::change))
        .route("/admin/people/{person}/memberships/{membership}/end", post(people::end))
        .route("/admin/people/{person}/disablement", post(people::disable))
        .route("/admin/people/{person}/enablement", post(people::enable))
        .route("/admin/people/{person}/signing-out", post(people::sign_out))
        .route("/admin/people/{person}/reset", post(people::reset))
        .route("/admin/people/{person}/factors/removal", post(people::take_factors))
        .route("/admin/invitations/{invitation}", get(people::invitation))
        .route("/admin/invitations/{invitation}/link", post(people::renew))
        .route("/admin/invitations/{invitation}/revocation", post(people::revoke))
        .route("/invitations/{secret}", get(people::welcome::show).post(people::welcome::create))
        .route("/admin/accounts", get(accounts::index).post(accounts::create))
        .route("/admin/accounts/{account}", get(accounts::show))
        .route("/admin/accounts/{account}/sites", post(accounts::add_site))
        .route("/admin/accounts/{account}/relations", post(accounts::add_relation))
        .route("/admin/contracts", get(accounts::contracts))
        .route("/admin/relations", get(accounts::relations::index))
        .route("/admin/relations/{relation}/end", post(accounts::relations::end))
        .route("/admin/relations/{relation}/calendar", post(accounts::relations::give_hours))
        .route("/admin/tokens", get(tokens::index).post(tokens::create))
        .route("/admin/tokens/{token_id}/revocation", post(tokens::revoke))
        .route("/admin/devices", get(devices::index).post(devices::create))
        .route("/admin/devices/{device}", get(devices::show))
        .route("/admin/devices/{device}/rotation", post(devices::rotate))
        .route("/admin/devices/{device}/revocation", post(devices::revoke))
}

/// Rules and calendars: in force, in a draft, as they were.
fn rules() -> Router<App> {
    Router::new()
        .route("/routing", get(routing::index))
        .route("/routing/draft", get(routing::draft).post(routing::begin))
        .route("/routing/draft/end", post(routing::drop))
        .route("/routing/draft/base", post(routing::bring_up))
        .route("/routing/draft/order", post(routing::order))
        .route("/routing/draft/cacs/{cac}", post(routing::cac))
        .route("/routing/draft/queues", post(routing::queue))
        .route("/routing/draft/queues/{slug}/removal", post(routing::remove_queue))
        .route("/routing/draft/text", get(routing::text).post(routing::edit_text))
        .route("/routing/draft/calendars", post(routing::add_calendar))
        .route("/routing/draft/calendars/{calendar}", get(routing::calendar).post(routing::hours))
        .route("/routing/draft/calendars/{calendar}/removal", post(routing::remove_calendar))
        .route("/routing/draft/calendars/{calendar}/holidays", post(routing::add_days))
        .route("/routing/draft/calendars/{calendar}/holidays/removal", post(routing::remove_days))
        .route("/routing/draft/calendars/{calendar}/holidays/import", post(routing::import))
        .route("/routing/versions", get(routing::versions).post(routing::publish))
        .route("/routing/versions/{version}", get(routing::version))
        .route("/routing/versions/{version}/reversion", post(routing::revert))
        .route("/routing/simulator", get(routing::simulator).post(routing::simulate_typed))
        .route("/routing/holidays/{country}", get(routing::holidays).post(routing::look_at_holidays))
        .route("/routing/holidays/{country}/days", post(routing::add_holidays))
        .route("/routing/holidays/{country}/removal", post(routing::remove_holidays))
        .route("/sites/{site_code}/calendar", get(routing::site).post(routing::give_site))
        .route("/sites/{site_code}/language", post(routing::set_site_language))
        .route("/calendars/{file}", get(routing::download))
}

/// What somebody does for themselves.
fn own_pages() -> Router<App> {
    Router::new()
        .route("/me", get(me::show))
        .route("/me/membership", post(me::switch))
        .route("/me/sessions/end", post(me::end_others))
        .route("/me/sessions/{session}/end", post(me::end_session))
        .route("/me/time-zone", post(me::set_time_zone))
        .route("/me/password", post(me::change_password))
        .route("/me/authenticator", get(me::new_authenticator).post(me::offer))
        .route("/me/authenticator/confirmation", post(me::confirm))
        .route("/me/authenticator/end", post(me::end_authenticator))
        .route("/me/recovery-codes", post(me::renew_codes))
}

#[cfg(feature = "passkeys")]
fn passkeys() -> Router<App> {
    Router::new()
        .route("/session/passkey", post(session::enter_with_passkey))
        .route("/session/passkey/challenge", post(session::challenge))
        .route("/me/passkeys", post(me::add_passkey))
        .route("/me/passkeys/challenge", post(me::challenge))
        .route("/me/passkeys/{passkey}/name", post(me::rename_passkey))
        .route("/me/passkeys/{passkey}/end", post(me::end_passkey))
}

#[cfg(feature = "oidc")]
fn providers() -> Router<App> {
    Router::new()
        .route("/session/oidc/{slug}", get(session::depart))
        .route("/session/oidc/{slug}/callback", get(session::arrive))
}
