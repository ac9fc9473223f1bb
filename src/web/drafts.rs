//! What somebody is writing, kept while they write.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::shell::Shell;
use crate::{actions, app::App, error::Result};

pub async fn save(State(app): State<App>, shell: Shell, Path(key): Path<String>, body: String) -> Result<StatusCode> {
    actions::keep_draft(&app, shell.viewer()?, &key, &body.replace('\0', "")).await?;
    Ok(StatusCode::NO_CONTENT)
}
