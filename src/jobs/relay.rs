//! One relay in the house puts committed changes into an order and wakes everybody.
//!
//! Notifying inside the transactions that change calls would make them wait for each other, and
//! positions given out before the commit could be skipped by a reader. So changes only leave an
//! outbox row; the relay, held by a lock, moves rows into the stream and notifies once a batch.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, timeout};

use super::chain;
use crate::{
    app::App,
    error::Result,
    store::{begin_write_on, outbox},
};

/// Changes within this time share one wake-up.
const BATCH: Duration = Duration::from_millis(5);
/// Looked at without being woken: another node may have died before it woke us.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often a node that does not lead asks whether it may.
const TURN: Duration = Duration::from_secs(1);
const MOST: i64 = 2_000;

/// The channel on which readers of the stream are woken.
pub const STREAM: &str = "meridian_stream";
/// The channel on which other nodes wake the relay.
pub const OUTBOX: &str = "meridian_outbox";

pub async fn run(app: App) {
    while !app.stop.is_cancelled() {
        if let Err(error) = lead_or_wake(&app).await {
            tracing::warn!(%error, "the relay lost its store and tries again");
            sleep(Duration::from_millis(500)).await;
        }
    }
}

/// Leads on a connection of its own, since the lock lives as long as the session; else wakes who leads.
async fn lead_or_wake(app: &App) -> Result<()> {
    let mut session = PgConnection::connect_with(app.store.options()).await?;
    while !app.stop.is_cancelled() {
        if outbox::try_lead(&mut session).await? {
            lead(app, &mut session).await?;
        } else {
            follow(app).await?;
        }
    }
    Ok(session.close().await?)
}

/// Writes through the session that holds the lock: who has lost the one can't go on with the other.
async fn lead(app: &App, session: &mut PgConnection) -> Result<()> {
    while !app.stop.is_cancelled() {
        wait(app, PATIENCE).await;
        while relay(session).await? {}
        // A log that somebody has touched is for `doctor audit` to tell; changes are told all the same.
        while link(session).await > 0 {}
    }
    Ok(())
}

async fn link(session: &mut PgConnection) -> usize {
    let linked = chain::link(session).await;
    linked.inspect_err(|error| tracing::error!(%error, "the audit log could not be chained on")).unwrap_or(0)
}

/// Gives what waits its positions and wakes who reads them; answers whether more waited than has its turn at once.
async fn relay(session: &mut PgConnection) -> Result<bool> {
    let mut tx = begin_write_on(session).await?;
    let (moved, last) = outbox::relay(&mut tx, MOST).await?;
    tx.commit().await?;
    if moved > 0 {
        outbox::wake(session, STREAM, last).await?;
    }
    Ok(moved >= MOST)
}

/// Another node leads: what this one commits is told to it, and now and then the lead is asked for.
async fn follow(app: &App) -> Result<()> {
    let turn = Instant::now() + TURN;
    while Instant::now() < turn && !app.stop.is_cancelled() {
        if wait(app, PATIENCE).await {
            outbox::wake(app.store.reader(), OUTBOX, 0).await?;
        }
    }
    Ok(())
}

/// Resolves when something was committed, after the changes of the same moment; or when it is time to look.
async fn wait(app: &App, patience: Duration) -> bool {
    tokio::select! {
        () = app.stop.cancelled() => false,
        woken = timeout(patience, app.committed()) => {
            if woken.is_ok() {
                sleep(BATCH).await;
            }
            woken.is_ok()
        }
    }
}
