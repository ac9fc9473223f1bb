//! Calendars as files: what is sent to us, and what others fetch.

use axum::{
    Form,
    body::Bytes,
    extract::{FromRequest, Multipart, Path, Request, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::super::{shell::Shell, systems::plain};
use crate::{
    app::App,
    domain::{
        ical,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
};

/// Holidays of a calendar in force, for the calendar programs of the desk.
pub async fn download(State(app): State<App>, shell: Shell, Path(file): Path<String>) -> Result<Response> {
    shell.viewer()?.may(Action::See, Resource::Calendar, Relation::Foreign)?;
    let file = plain(&file);
    let name = file.strip_suffix(".ics").ok_or(Error::NotFound)?;
    let reference = app.reference.now();
    let calendar = reference.calendar(name).ok_or(Error::NotFound)?;
    let body = ical::write(name, calendar, app.clock.now());
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], body).into_response())
}

/// The file of a form, or else the text that was pasted beside it.
pub async fn sent(request: Request) -> Result<Vec<u8>> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return of_parts(request).await;
    }
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &())
        .await
        .map_err(|e| Error::invalid("text", e.body_text()))?;
    let text = pairs.into_iter().find(|(name, _)| name == "text").map(|(_, text)| text);
    Ok(text.unwrap_or_default().into_bytes())
}

async fn of_parts(request: Request) -> Result<Vec<u8>> {
    let unreadable = |what: String| Error::invalid("file", format!("The file did not arrive whole: {what}."));
    let parts = Multipart::from_request(request, &()).await;
    let mut parts = parts.map_err(|e| unreadable(e.body_text()))?;
    let mut found = Bytes::new();
    while let Some(part) = parts.next_field().await.map_err(|e| unreadable(e.body_text()))? {
        let wanted = matches!(part.name(), Some("file" | "text"));
        let bytes = part.bytes().await.map_err(|e| unreadable(e.body_text()))?;
        if wanted && found.is_empty() {
            found = bytes;
        }
    }
    Ok(found.to_vec())
}
