//! The secrets that programs and machines send, and what those hear whose secret opens nothing.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{address::Address, problem};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
    store::credentials::Device,
};

pub const TOKEN: &str = "This token is not known here, or its time is over. Send a valid one as \
    \"Authorization: Bearer …\".";
pub const DEVICE: &str = "This credential is not known here. Send the one of the system or of its site's gateway as \
    \"Authorization: Bearer …\".";
pub const ROUTING_KEY: &str = "This routing_key is not known here. Send the credential of the system or of its site's \
    gateway as routing_key in the event, or as \"Authorization: Bearer …\".";

/// The system or gateway whose credential this is, wherever in a message it stood; `unknown` says where it should.
pub async fn device(app: &App, secret: &str, from: Address, unknown: &'static str) -> Result<Device> {
    let hash = actions::secret_hash(secret);
    let device = actions::sender_of(app, hash).await?;
    let device = device.ok_or(Error::WrongCredential(unknown))?;
    actions::note_device_use(app, &device, from.to_string());
    Ok(device)
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Wrong secrets are counted by address, after they were looked up: whoever sends the right one from the same
/// address notices nothing, at whatever rate. What phones home is never told that it does so too often: to those
/// programs that is no reason to try again.
pub async fn count_wrong(State(app): State<App>, address: Address, request: Request, next: Next) -> Response {
    let shows_one = request.headers().contains_key(header::AUTHORIZATION);
    let machine = request.uri().path().starts_with("/ingest/");
    let response = next.run(request).await;
    let wrong = response.status() == StatusCode::UNAUTHORIZED && !problem::is_clock_skew(&response);
    if !wrong || !(shows_one || machine) {
        return response;
    }
    let now = app.clock.now();
    if machine {
        app.limits.knocks.note(address.network(), now);
    }
    match app.limits.wrong_credential(address, now) {
        Ok(()) => response,
        Err(_) if machine => Error::Overloaded.into_response(),
        Err(too_many) => too_many.into_response(),
    }
}
