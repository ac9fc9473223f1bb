//! Errors as HTTP: a status in one place, then a page or problem+json, also for what axum itself refuses.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use jiff::fmt::rfc2822;
use serde_json::json;
use uuid::Uuid;

use super::{address::Address, shell::Shell};
use crate::{
    app::App,
    error::{Error, FieldError},
    store::request_keys::TWICE,
};

/// The error on its way from a handler to [`render`].
#[derive(Clone)]
struct Carried(Arc<Error>);

pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Refused(_) | Error::UnderWay => StatusCode::CONFLICT,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::SignedOut | Error::WrongCredential(_) | Error::ClockSkew { .. } => StatusCode::UNAUTHORIZED,
        Error::Stale => StatusCode::PRECONDITION_FAILED,
        Error::Unconditional => StatusCode::PRECONDITION_REQUIRED,
        Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Overloaded | Error::NotPrimary | Error::StoreAway | Error::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
        Error::Command(_) | Error::Database(_) | Error::Io(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = status(&self).into_response();
        response.extensions_mut().insert(Carried(Arc::new(self)));
        response
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    shell: Shell,
    status: u16,
    headline: &'static str,
    sentence: String,
    request_id: Option<String>,
}

/// The last layer of every answer: what failed is told in the form that the asker reads.
pub async fn render(State(app): State<App>, from: Address, request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let (parts, body) = request.into_parts();
    let headers = parts.headers.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    if is_telling(status, &headers) {
        tracing::info!(status = status.as_u16(), %from, "refused");
    }
    let carried = response.extensions().get::<Carried>().cloned();
    let allowed = response.headers().get(header::ALLOW).cloned();
    if carried.is_none() && !is_foreign_refusal(&response) {
        return response;
    }
    let request_id = asked.request_id(&response);
    let error = carried.map(|c| c.0);
    if let Some(error) = &error
        && status.is_server_error()
    {
        // Without the address: there are secrets in some. The span around this names the route.
        tracing::error!(%error, ?request_id, "a request failed");
    }
    let mut answer = if asked.wants_json {
        let mut answer = problem_json(status, error.as_deref(), request_id);
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    } else if matches!(error.as_deref(), Some(Error::SignedOut)) {
        Redirect::to(&asked.sign_in()).into_response()
    } else {
        let shell = Shell::of(&app, &headers, &asked.path).await.unwrap_or_else(|_| Shell::plain());
        page(shell, status, error.as_deref(), request_id)
    };
    retry_after(&mut answer, error.as_deref());
    tell_time(&mut answer, error.as_deref());
    if let Some(methods) = allowed {
        answer.headers_mut().insert(header::ALLOW, methods);
    }
    answer
}

/// Of a signature that would be right by another clock.
pub fn is_clock_skew(response: &Response) -> bool {
    let carried = response.extensions().get::<Carried>();
    carried.is_some_and(|carried| matches!(*carried.0, Error::ClockSkew { .. }))
}

/// Of a request whose key another request under way has written down first.
pub fn is_sent_twice(response: &Response) -> bool {
    let carried = response.extensions().get::<Carried>();
    carried.is_some_and(|carried| carried.0.constraint() == Some(TWICE))
}

/// Worth a line for whoever looks after the portal: somebody tried what is not theirs, or too much of it. Who shows
/// something to be known by and finds nothing may have looked for what is somebody else's.
fn is_telling(status: StatusCode, headers: &HeaderMap) -> bool {
    match status {
        StatusCode::FORBIDDEN | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::UNAUTHORIZED => headers.contains_key(header::AUTHORIZATION),
        StatusCode::NOT_FOUND => headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE),
        _ => false,
    }
}

/// An error status that no handler of ours has dressed: axum's own 404, 405, 413 and the like.
fn is_foreign_refusal(response: &Response) -> bool {
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
    (response.status().is_client_error() || response.status().is_server_error()) && plain
}

struct Asked {
    path: String,
    wants_json: bool,
    safe: bool,
    id: Option<HeaderValue>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let path = request.uri().path().to_owned();
        let by_programs = ["/api/", "/ingest/", "/live", "/drafts/", "/session/passkey"];
        let by_scripts = ["/me/passkeys", "/me/passkeys/challenge"];
        Self {
            wants_json: by_programs.iter().any(|prefix| path.starts_with(prefix))
                || by_scripts.contains(&path.as_str()),
            safe: request.method().is_safe(),
            id: request.headers().get("x-request-id").cloned(),
            path: request.uri().path_and_query().map_or(path, ToString::to_string),
        }
    }

    fn request_id(&self, response: &Response) -> Option<String> {
        let id = response.headers().get("x-request-id").or(self.id.as_ref())?.to_str().ok()?;
        // Whoever asks may have chosen it; only what can't be anything else goes into logs and pages.
        Uuid::parse_str(id).ok().map(|id| id.to_string())
    }

    /// After signing in the person goes on where they were, if that was a page.
    fn sign_in(&self) -> String {
        if !self.safe || self.path == "/" {
            return "/session/new".to_owned();
        }
        format!("/session/new?next={}", escape(&self.path))
    }
}

/// A text as part of an address.
pub fn escape(text: &str) -> String {
    text.bytes().map(escaped).collect()
}

fn escaped(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    }
}

fn problem_json(status: StatusCode, error: Option<&Error>, request_id: Option<String>) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let kind = if matches!(error, Some(Error::ClockSkew { .. })) { "clock-skew" } else { "about:blank" };
    let mut problem = json!({"type": kind, "title": title, "status": status.as_u16(),
                             "detail": sentence(status, error)});
    if let Some(Error::Invalid(faults)) = error {
        problem["errors"] = json!(faults);
    }
    // Equal refusals stay equal; only what we can't explain has a number to ask about.
    if let Some(id) = request_id.filter(|_| status.is_server_error()) {
        problem["request_id"] = json!(id);
    }
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, Json(problem).into_response().into_body()).into_response()
}

fn page(shell: Shell, status: StatusCode, error: Option<&Error>, request_id: Option<String>) -> Response {
    let page = ProblemPage {
        shell,
        status: status.as_u16(),
        headline: headline(status),
        sentence: sentence(status, error),
        request_id: request_id.filter(|_| status.is_server_error()),
    };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => (status, sentence(status, error)).into_response(),
    }
}

fn headline(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is nothing at this address for you",
        StatusCode::FORBIDDEN => "Not yours to do",
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => "Not possible now",
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => "That can't be used",
        StatusCode::TOO_MANY_REQUESTS => "One moment",
        StatusCode::SERVICE_UNAVAILABLE => "The store is away",
        s if s.is_server_error() => "That did not work, and it is not your doing",
        _ => "That did not work",
    }
}

/// What a person reads: our own sentence, or one that gives nothing away.
pub fn sentence(status: StatusCode, error: Option<&Error>) -> String {
    match error {
        Some(Error::Invalid(faults)) => faults.iter().map(told).collect::<Vec<_>>().join(" "),
        Some(error) if !matches!(status, StatusCode::INTERNAL_SERVER_ERROR) => error.to_string(),
        _ => match status {
            StatusCode::NOT_FOUND => Error::NotFound.to_string(),
            StatusCode::METHOD_NOT_ALLOWED => "That address does not take this kind of request.".to_owned(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "That form of content is not understood here.".to_owned(),
            StatusCode::FORBIDDEN => "The request came from another site and was not carried out.".to_owned(),
            StatusCode::REQUEST_TIMEOUT => "The rest of the request did not arrive in time.".to_owned(),
            s if s.is_client_error() => "The request can't be read.".to_owned(),
            _ => "Nothing that you filed before is lost. Try again in a minute.".to_owned(),
        },
    }
}

fn told(fault: &FieldError) -> String {
    fault.message.clone()
}

/// Our own clock, where somebody is to set theirs by it: a demo's may stand elsewhere than the machine's.
fn tell_time(answer: &mut Response, error: Option<&Error>) {
    let Some(Error::ClockSkew { now, .. }) = error else { return };
    let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(now);
    if let Some(date) = date.ok().and_then(|date| HeaderValue::try_from(date).ok()) {
        answer.headers_mut().insert(header::DATE, date);
    }
}

pub fn retry_after(answer: &mut Response, error: Option<&Error>) {
    let seconds = match error {
        Some(Error::TooMany { seconds }) => *seconds,
        Some(Error::Overloaded | Error::NotPrimary | Error::StoreAway) => 2,
        Some(Error::UnderWay) => 1,
        Some(Error::TooSlow) => 30,
        _ => return,
    };
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
}
