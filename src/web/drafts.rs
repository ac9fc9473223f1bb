//! What somebody is writing, kept while they write.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::shell::Shell;
use crate::{actions, app::App, domain::access::Viewer, error::Result, store::drafts};

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

/// The same for all texts of one page.
pub async fn kept_all(app: &App, viewer: &Viewer, keys: &[String]) -> Result<Vec<(String, String)>> {
    if viewer.is_watched() {
        return Ok(Vec::new());
    }
    drafts::find_all(app.store.reader(), viewer.person_id, keys).await
}
