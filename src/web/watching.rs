//! Looking at the portal as somebody else sees it.

use axum::{Form, extract::State, response::Redirect};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use uuid::Uuid;

use super::{session, shell::Shell};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
};

#[derive(Debug, Deserialize)]
pub struct Begin {
    membership: Uuid,
}

pub async fn begin(State(app): State<App>, shell: Shell, Form(begin): Form<Begin>) -> Result<Redirect> {
    actions::begin_watching(&app, shell.viewer()?, begin.membership).await?;
    Ok(Redirect::to("/"))
}

/// Who looks at others may change nothing, and yet must be able to stop: the session itself is asked.
pub async fn end(State(app): State<App>, jar: CookieJar) -> Result<Redirect> {
    let token = session::token(&jar).ok_or(Error::SignedOut)?;
    if let Some(watched) = actions::end_watching(&app, token).await? {
        return Ok(Redirect::to(&format!("/admin/people/{watched}/data")));
    }
    session::present(&app, &jar).await?.ok_or(Error::SignedOut)?;
    Ok(Redirect::to("/"))
}
