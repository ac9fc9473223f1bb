//! The secrets that programs and machines send, and what those hear whose secret opens nothing.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::address::Address;
use crate::app::App;

pub const TOKEN: &str = "This token is not known here, or its time is over. Send a valid one as \
    \"Authorization: Bearer …\".";
pub const DEVICE: &str = "This credential is not known here. Send the one of the system or of its site's gateway as \
    \"Authorization: Bearer …\".";

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Wrong secrets are counted by address, after they were looked up: whoever sends the right one from the same
/// address notices nothing, at whatever rate.
pub async fn count_wrong(State(app): State<App>, address: Address, request: Request, next: Next) -> Response {
    let shows_one = request.headers().contains_key(header::AUTHORIZATION);
    let wants_one = shows_one || request.uri().path().starts_with("/ingest/");
    let response = next.run(request).await;
    if !wants_one || response.status() != StatusCode::UNAUTHORIZED {
        return response;
    }
    match app.limits.wrong_credential(address, app.clock.now()) {
        Ok(()) => response,
        Err(too_many) => too_many.into_response(),
    }
}
