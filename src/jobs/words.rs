//! Gathers the words of calls soon after they were said.

use std::time::Duration;

use tokio::time::sleep;

use crate::{actions, app::App};

/// Somebody who has just filed a call looks for it no sooner.
const PAUSE: Duration = Duration::from_millis(250);

pub async fn run(app: App) {
    while !app.stop.is_cancelled() {
        match actions::gather_words(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "words could not be gathered"),
        }
        tokio::select! {
            () = app.stop.cancelled() => break,
            () = sleep(PAUSE) => {}
        }
    }
}
