//! What every answer goes through, from the outside in.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{self, HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::RequestBodyDeadlineLayer,
    trace::TraceLayer,
};
use tracing::Span;
use uuid::Uuid;

use super::{api, bounds, credential, problem, signed};
use crate::{app::App, error::Error};

/// From the first byte of a body to its last.
const BODY_TIME: Duration = Duration::from_secs(30);

/// For pages and what they are made of.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
    object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types meridian";
/// For what programs read: opened in a browser all the same, it can do nothing at all.
const DATA_POLICY: &str = "default-src 'none'; form-action 'none'; base-uri 'none'; object-src 'none'; \
    frame-ancestors 'none'; sandbox; require-trusted-types-for 'script'; trusted-types 'none'";

/// Everything that a browser could lend us and that we don't need; what some browser does not know it would complain
/// of on each page. Passkeys, the clipboard and a board that stays lit are our own.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), \
    clipboard-write=(self), compute-pressure=(), cross-origin-isolated=(), display-capture=(), encrypted-media=(), \
    fullscreen=(self), gamepad=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), \
    idle-detection=(), keyboard-map=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), otp-credentials=(), \
    payment=(), picture-in-picture=(), publickey-credentials-create=(self), publickey-credentials-get=(self), \
    screen-wake-lock=(self), serial=(), storage-access=(), sync-xhr=(), usb=(), window-management=(), \
    xr-spatial-tracking=()";

/// Two years and every name below ours. Without `preload`: that binds the whole domain for good, and whose domain
/// it is must ask for it; their proxy can.
const ONLY_TLS: &str = "max-age=63072000; includeSubDomains";

pub fn around(router: Router<App>, app: &App) -> Router {
    let id = HeaderName::from_static("x-request-id");
    router
        .layer(middleware::from_fn_with_state(app.clone(), api::once::answer))
        .layer(middleware::from_fn(api::tag::mark))
        .layer(middleware::from_fn_with_state(app.clone(), signed::verify))
        // Ours is told apart by address and says so; axum's would cut everything at two megabytes.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(finish_writes))
        .layer(middleware::from_fn(refuse_nameless))
        .layer(middleware::from_fn(bounds::bound_body))
        .layer(middleware::from_fn(bounds::bound_time))
        .layer(middleware::from_fn_with_state(app.clone(), credential::count_wrong))
        .layer(RequestBodyDeadlineLayer::new(BODY_TIME))
        .layer(csrf(app))
        .layer(middleware::from_fn_with_state(app.clone(), problem::render))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(guard_headers))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(span))
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

/// Nothing that is kept has a NUL in its name or a name that is no text, and Postgres would refuse to look for one.
async fn refuse_nameless(request: Request, next: Next) -> Response {
    if request.uri().path().contains("%00") || !is_text(request.uri().path()) {
        return Error::NotFound.into_response();
    }
    if request.uri().query().is_some_and(|query| query.contains("%00")) {
        return Error::invalid("query", "There is a NUL character in it, which can't be looked for.").into_response();
    }
    next.run(request).await
}

/// Whether an address names something in characters once its escapes are undone.
fn is_text(path: &str) -> bool {
    let (mut bytes, mut rest) = (Vec::with_capacity(path.len()), path.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let escaped = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    std::str::from_utf8(&bytes).is_ok()
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

/// Without the query and without what stands in the path: there are secrets in some.
fn span<B>(request: &http::Request<B>) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let id = Uuid::parse_str(id).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), route, version = ?request.version(), %id)
}

async fn guard_headers(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/static/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let is_html =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.to_str().is_ok_and(|k| k.starts_with("text/html")));
    let policy = if is_html || is_asset { PAGE_POLICY } else { DATA_POLICY };
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (header::STRICT_TRANSPORT_SECURITY, ONLY_TLS),
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
