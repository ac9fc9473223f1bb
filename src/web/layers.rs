//! What every answer goes through, from the outside in.

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::RequestBodyDeadlineLayer,
    trace::TraceLayer,
};

use super::problem;
use crate::{app::App, error::Error};

/// The largest body that anybody may send: what a whole site says in a storm. Pages and the API take
/// axum's own two megabytes.
pub const BODY_LIMIT: usize = 32 * 1024 * 1024;
const BODY_TIME: Duration = Duration::from_secs(30);

const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types meridian";

pub fn around(router: Router<App>, app: &App) -> Router {
    let id = HeaderName::from_static("x-request-id");
    router
        .layer(middleware::from_fn(finish_writes))
        .layer(middleware::from_fn(refuse_nul))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(RequestBodyDeadlineLayer::new(BODY_TIME))
        .layer(csrf(app))
        .layer(middleware::from_fn_with_state(app.clone(), problem::render))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(guard_headers))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
        .layer(PropagateRequestIdLayer::new(id.clone()))
        .layer(SetRequestIdLayer::new(id, MakeRequestUuid))
        .with_state(app.clone())
}

/// Other sites may not make a signed-in browser do things here.
fn csrf(app: &App) -> CsrfLayer {
    let own = app.config.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
    match own {
        Some(origin) => CsrfLayer::new().add_trusted_origin(origin).unwrap_or_else(|_| CsrfLayer::new()),
        None => CsrfLayer::new(),
    }
}

/// Nothing that is kept has a NUL in its name, and Postgres would refuse to look for one.
async fn refuse_nul(request: Request, next: Next) -> Response {
    if request.uri().to_string().contains("%00") {
        return Error::NotFound.into_response();
    }
    next.run(request).await
}

/// A write goes on to its end even when whoever asked has gone: a request that is dropped in
/// the middle of a transaction would leave it to chance what was done.
async fn finish_writes(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a request panicked");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn guard_headers(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/static/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !is_asset && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
