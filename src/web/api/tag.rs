//! The mark by which a program knows whether what it has is still what we have.

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Around everything that a program reads: what has no mark of its own is marked by what it says.
pub async fn mark(request: Request, next: Next) -> Response {
    let read = request.method() == Method::GET && request.uri().path().starts_with("/api/v1/");
    if !read {
        return next.run(request).await;
    }
    let asked = request.headers().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK || response.headers().contains_key(header::ETAG) {
        return response;
    }
    match by_bytes(&asked, response).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn by_bytes(asked: &HeaderMap, response: Response) -> Result<Response> {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|e| Error::Internal(e.to_string()))?;
    let tag = quoted(&digest(&body))?;
    if knows(asked, header::IF_NONE_MATCH, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    parts.headers.insert(header::ETAG, tag);
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// A thing without a version of its own is marked by what it says.
pub fn by_content(asked: &HeaderMap, body: &impl Serialize) -> Result<Response> {
    tagged(asked, &of(body)?, body)
}

/// The mark of a thing by what it says.
fn of(body: &impl Serialize) -> Result<String> {
    Ok(digest(&serde_json::to_vec(body).map_err(|e| Error::Internal(e.to_string()))?))
}

fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..12])
}

/// Whether somebody who wants to change a thing has looked at it as it is; who does not say is asked to.
pub fn is_current(asked: &HeaderMap, body: &impl Serialize) -> Result<bool> {
    if !asked.contains_key(header::IF_MATCH) {
        return Err(Error::Unconditional);
    }
    Ok(knows(asked, header::IF_MATCH, &quoted(&of(body)?)?))
}

/// Who has it already is told only that.
pub fn tagged(asked: &HeaderMap, tag: &str, body: &impl Serialize) -> Result<Response> {
    let tag = quoted(tag)?;
    if knows(asked, header::IF_NONE_MATCH, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(body)).into_response())
}

fn quoted(tag: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(&format!("\"{tag}\"")).map_err(|e| Error::Internal(e.to_string()))
}

fn knows(asked: &HeaderMap, name: HeaderName, tag: &HeaderValue) -> bool {
    let known = asked.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|value| value.split(',')).map(|one| one.trim().trim_start_matches("W/"));
    known.any(|one| one == "*" || one.as_bytes() == tag.as_bytes())
}
