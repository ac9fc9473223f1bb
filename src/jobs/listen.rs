//! Carries what the relay has numbered to the open pages of this node.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::{sleep, timeout};

use super::relay;
use crate::{actions, app::App, error::Result, store::outbox};

const PATIENCE: Duration = Duration::from_secs(1);

pub async fn run(app: App) {
    while !app.stop.is_cancelled() {
        if let Err(error) = listen(&app).await {
            tracing::warn!(%error, "the live stream lost its store and tries again");
            sleep(Duration::from_millis(500)).await;
        }
    }
}

async fn listen(app: &App) -> Result<()> {
    // A listener keeps its connection for good, so it must not be one of those that requests wait for.
    let own = PgPoolOptions::new().max_connections(1);
    let own = own.connect_with(app.store.options().clone()).await?;
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen_all([relay::STREAM, relay::OUTBOX, actions::RULES]).await?;
    if app.live.position() == 0 {
        app.live.begin_at(outbox::last_position(app.store.reader()).await?);
    }
    while !app.stop.is_cancelled() {
        tokio::select! {
            () = app.stop.cancelled() => break,
            woken = timeout(PATIENCE, listener.recv()) => {
                if let Ok(notification) = woken {
                    match notification?.channel() {
                        relay::OUTBOX => {
                            app.told();
                            continue;
                        }
                        actions::RULES => app.reload_reference().await?,
                        _ => {}
                    }
                }
            }
        }
        tell(app).await?;
    }
    Ok(())
}

/// Reads by position: a wake-up that was lost costs a second, never a change.
async fn tell(app: &App) -> Result<()> {
    loop {
        let told = outbox::after(app.store.reader(), app.live.position(), 1_000).await?;
        if told.is_empty() {
            return Ok(());
        }
        app.changed();
        for change in told {
            app.live.tell(change);
        }
    }
}
