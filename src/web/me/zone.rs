//! In whose time somebody reads times.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{super::shell::Shell, refused};
use crate::{actions, app::App, error::Result};

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    time_zone: String,
}

pub async fn set(State(app): State<App>, shell: Shell, Form(wanted): Form<Wanted>) -> Result<Response> {
    match actions::set_time_zone(&app, shell.viewer()?, &wanted.time_zone).await {
        Ok(()) => Ok(Redirect::to("/me?said=time-zone").into_response()),
        Err(error) => refused(&app, shell, "time-zone", error).await,
    }
}
