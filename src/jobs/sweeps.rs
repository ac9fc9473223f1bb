//! What is due now? Asked again and again; any node may ask, and any node may die while asking.

use std::{future::Future, time::Duration};

use jiff::SignedDuration;
use tokio::time::sleep;

use super::notices;
use crate::{
    actions,
    app::App,
    domain::signature,
    error::Result,
    store::{ceremonies, outbox, request_keys, resets, sessions, signed},
};

const PAUSE: Duration = Duration::from_secs(1);
const FRESH: Duration = Duration::from_secs(30);
/// A request key is honoured for seven days, the stream kept for as long.
const KEPT_HOURS: i64 = 7 * 24;

pub async fn run(app: App) {
    let mut round: u64 = 0;
    while !app.stop.is_cancelled() {
        notices(&app).await;
        Box::pin(told("overdue reviews", actions::overdue_review(&app))).await;
        Box::pin(told("calls without a queue", actions::route_lost(&app))).await;
        Box::pin(told("handovers", actions::hand_over_at_close(&app))).await;
        Box::pin(told("word of handovers", actions::tell_of_handovers(&app))).await;
        Box::pin(told("remote access", actions::end_remote_access(&app))).await;
        Box::pin(told("clocks", actions::watch_clocks(&app))).await;
        Box::pin(told("what machines said", actions::tell_murmurs(&app))).await;
        Box::pin(told("faults that are over", actions::believe_the_calm(&app))).await;
        Box::pin(told("systems that are silent", actions::notice_silence(&app))).await;
        Box::pin(told("maintenance windows", actions::end_windows(&app))).await;
        if round.is_multiple_of(30) {
            Box::pin(told("reminders", actions::remind_customer(&app))).await;
            Box::pin(told("silent calls", actions::close_silent_call(&app))).await;
        }
        if round.is_multiple_of(600) {
            told("housekeeping", housekeep(&app)).await;
        }
        round += 1;
        tokio::select! {
            () = app.stop.cancelled() => break,
            () = sleep(PAUSE) => {}
        }
    }
}

/// What every node does for itself, also one that leaves the sweeps to others.
pub async fn keep_fresh(app: App) {
    while !app.stop.is_cancelled() {
        tokio::select! {
            () = app.stop.cancelled() => break,
            () = sleep(FRESH) => {}
        }
        told("reference", app.reload_reference()).await;
        app.limits.tidy(app.clock.now());
    }
}

async fn notices(app: &App) {
    told("notices", notices::tell(app)).await;
}

/// A sweep that fails is tried again in its next round; the others go on.
async fn told<T>(what: &str, work: impl Future<Output = Result<T>>) {
    if let Err(error) = work.await {
        tracing::warn!(%error, what, "a sweep did not finish");
    }
}

async fn housekeep(app: &App) -> Result<()> {
    let now = app.clock.now();
    let old = now - SignedDuration::from_hours(KEPT_HOURS);
    let mut tx = app.store.begin_write().await?;
    sessions::delete_ended(&mut tx, now).await?;
    ceremonies::delete_ended(&mut tx, now).await?;
    resets::forget_before(&mut tx, old).await?;
    signed::forget_before(&mut tx, now - SignedDuration::from_secs(3 * signature::WINDOW)).await?;
    request_keys::forget_before(&mut *tx, old).await?;
    outbox::forget_before(&mut tx, old).await?;
    tx.commit().await?;
    Ok(())
}
