//! The mark by which a program knows whether what it has is still what we have.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A thing without a version of its own is marked by what it says.
pub fn by_content(asked: &HeaderMap, body: &impl Serialize) -> Result<Response> {
    let json = serde_json::to_vec(body).map_err(|e| Error::Internal(e.to_string()))?;
    let digest = Sha256::digest(&json);
    tagged(asked, &URL_SAFE_NO_PAD.encode(&digest[..12]), body)
}

/// Who has it already is told only that.
pub fn tagged(asked: &HeaderMap, tag: &str, body: &impl Serialize) -> Result<Response> {
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).map_err(|e| Error::Internal(e.to_string()))?;
    if knows(asked, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(body)).into_response())
}

fn knows(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|value| value.split(',')).map(|one| one.trim().trim_start_matches("W/"));
    known.any(|one| one == "*" || one.as_bytes() == tag.as_bytes())
}
