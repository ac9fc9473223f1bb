//! Whether this node lives, and whether it should be given work.

use axum::{extract::State, http::StatusCode};

use crate::{app::App, store::outbox};

pub async fn alive() -> &'static str {
    "ok\n"
}

/// Ready means that the store answers.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match outbox::last_position(app.store.reader()).await {
        Ok(_) if !app.stop.is_cancelled() => (StatusCode::OK, "ready\n"),
        Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
    }
}
