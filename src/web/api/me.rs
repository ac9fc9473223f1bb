use axum::{http::HeaderMap, response::Response};

use super::{
    super::session::Caller,
    shapes::Me,
    tag,
    terms::{ReadHeaders, Reads, Unchanged},
};
use crate::error::Result;

/// Who the caller is.
#[utoipa::path(get, path = "/api/v1/me", tag = "people", params(ReadHeaders),
    responses((status = 200, body = Me, headers(("ETag" = String))), Unchanged, Reads))]
pub async fn show(Caller(viewer): Caller, headers: HeaderMap) -> Result<Response> {
    tag::by_content(&headers, &Me::from(viewer))
}
