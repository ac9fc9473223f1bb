//! A request that comes again with the same key is carried out once and answered as it was the first time.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::{problem, session::Present};
use crate::{
    actions::{self, Answer, Before},
    app::App,
    domain::access::Viewer,
    error::{Error, Result},
    store::request_keys::{self, RequestKey},
};

/// Says that nothing was done this time.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What of an answer is kept beside its body.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// So often, and so long apart, it is looked whether the first of two requests has been answered.
const LOOKS: u32 = 20;
const APART: Duration = Duration::from_millis(50);

/// Around everything that a program asks to be changed.
pub async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    let keyed = request.uri().path().starts_with("/api/v1/") && request.headers().contains_key("idempotency-key");
    if !keyed || request.method().is_safe() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    // Who is nobody is told so where the address itself would say it.
    let Ok(present) = Present::calling(&app, &parts.headers).await else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let viewer = present.viewer.clone();
    parts.extensions.insert(present);
    let body = match Bytes::from_request(Request::from_parts(parts.clone(), body), &app).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let key = match key(&viewer, &parts, &body) {
        Ok(key) => key,
        Err(error) => return error.into_response(),
    };
    once(&app, key, Request::from_parts(parts, Body::from(body)), next)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

/// The key belongs to a person as what they are there, and to one request: address and body.
fn key(viewer: &Viewer, parts: &Parts, body: &Bytes) -> Result<RequestKey> {
    let named = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::trim);
    let named = named.filter(|key| !key.is_empty() && key.len() <= 200);
    let named = named.ok_or_else(|| Error::invalid("Idempotency-Key", "The key is 1 to 200 plain characters."))?;
    let mut hash = Sha256::new();
    hash.update(format!("{}\n{} {}\n", viewer.membership_id, parts.method, parts.uri));
    // The same fields in another order are the same.
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => hash.update(value.to_string()),
        Err(_) => hash.update(body),
    }
    Ok(RequestKey { actor_id: viewer.person_id, key: named.to_owned(), digest: hash.finalize().to_vec() })
}

async fn once(app: &App, key: RequestKey, request: Request, next: Next) -> Result<Response> {
    if let Some(before) = before(app, &key).await? {
        return Ok(before);
    }
    let response = request_keys::under(key.clone(), app.clock.now(), next.run(request)).await;
    if problem::is_sent_twice(&response) {
        // The other one was committed while this one waited for it.
        return before(app, &key).await?.ok_or(Error::UnderWay);
    }
    if !response.status().is_success() {
        // What is refused is asked again, also where some of it was done before.
        if response.status().is_client_error() && request_keys::is_kept(app.store.reader(), &key).await? {
            actions::free_key(app, &key).await?;
        }
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|e| Error::Internal(e.to_string()))?;
    let told = kept(parts.status, &parts.headers, &body);
    match actions::keep_answer(app, &key, told.clone()).await {
        Ok(first) if first != told => return replayed(first),
        Ok(_) => {}
        // It is done by now; who asks again is told of it as far as the store knows.
        Err(error) => tracing::warn!(%error, "the answer to a request could not be kept"),
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// The answer to a request that has come before; none where it is to be carried out.
async fn before(app: &App, key: &RequestKey) -> Result<Option<Response>> {
    for _ in 0..LOOKS {
        match actions::answer_before(app, key).await? {
            Before::Nothing => return Ok(None),
            Before::Answered(answer) => return replayed(answer).map(Some),
            Before::Lost => return Err(Error::refused(LOST)),
            Before::UnderWay => tokio::time::sleep(APART).await,
        }
    }
    Err(Error::UnderWay)
}

const LOST: &str = "This request was carried out before, and its answer was lost. Look at what is there now; for \
    something else use another key.";

fn kept(status: StatusCode, headers: &header::HeaderMap, body: &Bytes) -> Answer {
    let named = KEPT.iter().filter_map(|name| Some((name.to_string(), headers.get(name)?.to_str().ok()?.to_owned())));
    Answer { status: status.as_u16(), headers: named.collect(), body: String::from_utf8_lossy(body).into_owned() }
}

fn replayed(answer: Answer) -> Result<Response> {
    let broken = || Error::Internal("a kept answer can't be read".to_owned());
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|_| broken())?;
    for (name, value) in answer.headers {
        let name: HeaderName = name.parse().map_err(|_| broken())?;
        response.headers_mut().insert(name, HeaderValue::try_from(value).map_err(|_| broken())?);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
