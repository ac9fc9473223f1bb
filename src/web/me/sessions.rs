//! Where somebody is signed in, and as what they act.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{super::shell::Shell, refused};
use crate::{actions, app::App, error::Result};

pub async fn end(State(app): State<App>, shell: Shell, Path(session): Path<Uuid>) -> Result<Redirect> {
    actions::end_session(&app, shell.viewer()?, session).await?;
    Ok(Redirect::to("/me?said=session#sessions"))
}

pub async fn end_others(State(app): State<App>, shell: Shell) -> Result<Redirect> {
    actions::end_other_sessions(&app, shell.viewer()?).await?;
    Ok(Redirect::to("/me?said=sessions#sessions"))
}

#[derive(Deserialize)]
pub struct Wanted {
    membership: Uuid,
}

pub async fn switch(State(app): State<App>, shell: Shell, Form(wanted): Form<Wanted>) -> Result<Response> {
    match actions::switch_membership(&app, shell.viewer()?, wanted.membership).await {
        // Another role has another first page.
        Ok(()) => Ok(Redirect::to("/").into_response()),
        Err(error) => refused(&app, shell, "memberships", error).await,
    }
}
