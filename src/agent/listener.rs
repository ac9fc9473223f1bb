//! Where programs of this machine post what they have to say: answered 202 when it is on disk, and not before.

use std::{io, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use tower_http::timeout::RequestBodyDeadlineLayer;

use super::{
    Parts,
    aside::Kept,
    board::Told,
    event::{self, Post},
    intake::{Refused, Spooled, Writer},
};

const LARGEST: usize = 1024 * 1024;
const SLOWEST: Duration = Duration::from_secs(30);

pub fn router(parts: Parts) -> Router {
    Router::new()
        .route("/alarms", post(alarms))
        .route("/healthz", get(async || "ok\n"))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(RequestBodyDeadlineLayer::new(SLOWEST))
        .with_state(parts)
}

async fn alarms(State(parts): State<Parts>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    if headers.contains_key(header::ORIGIN) {
        return problem(StatusCode::FORBIDDEN, "Pages in browsers have nothing to say here.");
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let most = LARGEST / 1024 / 1024;
            return problem(rejection.status(), &format!("More than {most} MiB at once. Post it in parts."));
        }
        Err(rejection) => return problem(rejection.status(), "The body did not come whole. Post it again."),
    };
    let post = Post { content_type: text(&headers, "content-type"), attributes: attributes(&headers), body: &body };
    if !is_json(&post) {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Post JSON, with a content type that says so.");
    }
    let now = parts.clock.now();
    let events = match event::read(&post, parts.voice.said(now)) {
        Ok(events) => events,
        Err(wrong) => return set_aside(&parts, body.clone(), wrong).await,
    };
    let many = events.len();
    match parts.intake.take(events).await {
        Ok(spooled) => accepted(&spooled),
        Err(refused) => {
            if refused == Refused::Full {
                Writer::refused(&parts.board, many, now);
            }
            problem(status(&refused), &refused.to_string())
        }
    }
}

/// Whoever posted it hears why; for those who were not there it is kept, and the portal is told.
async fn set_aside(parts: &Parts, body: Bytes, wrong: String) -> Response {
    let (aside, now) = (parts.aside.clone(), parts.clock.now());
    let kept = tokio::task::spawn_blocking(move || aside.keep(&body)).await;
    let where_to = match kept.map_err(io::Error::other).and_then(|kept| kept) {
        Ok(Kept::New(name)) => {
            let told = parts.voice.file_unusable(&name, &wrong, &format!("{name}-unusable"), now);
            // Without room for the news it is still kept and counted.
            let _ = parts.intake.take(vec![told]).await;
            parts.board.change(|state| {
                state.set_aside += 1;
                state.last_set_aside = Some(Told { at: now, said: format!("{name}: {wrong}") });
            });
            format!("It is kept in unusable as {name}.")
        }
        Ok(Kept::Before(name)) => format!("It is kept in unusable as {name}."),
        Ok(Kept::Full) => "It is not kept: the folder unusable holds a thousand already.".to_owned(),
        Err(error) => format!("It can't be kept: {error}."),
    };
    tracing::warn!(wrong, "a post that can't be used");
    problem(StatusCode::UNPROCESSABLE_ENTITY, &format!("{wrong} {where_to}"))
}

/// What a page of a browser can't send without asking first, and we answer no such question.
fn is_json(post: &Post<'_>) -> bool {
    let kind = post.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.ends_with("/json") || kind.ends_with("+json") || (kind.is_empty() && !post.attributes.is_empty())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn attributes(headers: &HeaderMap) -> std::collections::BTreeMap<String, String> {
    let ours = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("ce-")?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    ours.collect()
}

fn accepted(spooled: &[Spooled]) -> Response {
    let line = |Spooled { id, sequence }: &Spooled| json!({"id": id, "sequence": sequence, "disposition": "spooled"});
    let results: Vec<_> = spooled.iter().map(line).collect();
    (StatusCode::ACCEPTED, Json(json!({"accepted": results.len(), "results": results}))).into_response()
}

fn status(refused: &Refused) -> StatusCode {
    match refused {
        Refused::Full => StatusCode::INSUFFICIENT_STORAGE,
        Refused::Broken(_) | Refused::Stopping => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
