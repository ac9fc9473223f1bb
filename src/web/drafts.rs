//! What somebody is writing, kept while they write.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::shell::Shell;
use crate::{
    actions,
    app::App,
    domain::{access::Viewer, number::CallNumber},
    error::Result,
    store::drafts,
};

pub async fn save(State(app): State<App>, shell: Shell, Path(key): Path<String>, body: String) -> Result<StatusCode> {
    actions::keep_draft(&app, shell.viewer()?, &key, &body.replace('\0', "")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the reader has begun to write; who looks at the pages of somebody else does not read their drafts.
pub async fn kept(app: &App, viewer: &Viewer, key: &str) -> Result<Option<String>> {
    if viewer.is_watched() {
        return Ok(None);
    }
    drafts::find(app.store.reader(), viewer.person_id, key).await
}

/// What the reader has begun to write on a call, and whether it is a work note.
pub async fn of_call(app: &App, viewer: &Viewer, number: CallNumber) -> Result<(String, bool)> {
    if viewer.is_watched() {
        return Ok((String::new(), false));
    }
    let [comment, note] = ["comment", "note"].map(|kind| format!("call.{number}.{kind}"));
    let kept = drafts::find_all(app.store.reader(), viewer.person_id, &[comment.clone(), note.clone()]).await?;
    let kept = |wanted: &str| kept.iter().find(|(key, _)| key == wanted).map(|(_, body)| body.clone());
    let (comment, note) = (kept(&comment), kept(&note));
    let noting = comment.is_none() && note.is_some();
    Ok((comment.or(note).unwrap_or_default(), noting))
}
