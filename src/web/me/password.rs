use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    super::{
        address::Address,
        session::{Proving, prove_again},
        shell::Shell,
    },
    refused,
};
use crate::{actions, app::App, error::Result, store::own};

#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

/// Whoever has no password yet has nothing to show but a fresh proof of another kind.
pub async fn change(
    State(app): State<App>,
    shell: Shell,
    Proving(prover): Proving,
    address: Address,
    Form(form): Form<Change>,
) -> Result<Response> {
    let secrets = own::secrets(app.store.reader(), prover.person).await?;
    let has_password = secrets.is_some_and(|secrets| secrets.password_hash.is_some());
    if !has_password && !prover.is_fresh(app.clock.now()) {
        return Ok(prove_again("/me"));
    }
    let changed = match app.limits.sign_in(address, &prover.email, app.clock.now()) {
        Ok(attempt) => {
            actions::change_password(&app, &prover, &form.current, &form.password).await.map(|()| attempt.was_right())
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => Ok(Redirect::to("/me?said=password#password").into_response()),
        Err(error) => refused(&app, shell, "password", error).await,
    }
}
