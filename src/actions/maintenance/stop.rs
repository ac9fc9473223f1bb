//! A window that ends sooner than planned, or does not come at all.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{close, kept, may_change, still_planned};
use crate::{
    app::App,
    domain::{access::Viewer, maintenance::Occurrence},
    error::{Error, Result},
    store::maintenance::{self, Kept},
};

/// The work is done: alarms make calls again, and what still stands is reported.
pub async fn end_window(app: &App, viewer: &Viewer, id: Uuid, version: Option<i32>) -> Result<()> {
    stop(app, viewer, id, version, false).await
}

/// Nothing more comes of it; what runs ends now.
pub async fn cancel_window(app: &App, viewer: &Viewer, id: Uuid, version: Option<i32>) -> Result<()> {
    stop(app, viewer, id, version, true).await
}

/// Whoever looked at an older one is refused.
async fn stop(app: &App, viewer: &Viewer, id: Uuid, version: Option<i32>, for_good: bool) -> Result<()> {
    viewer.may_change()?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let row = maintenance::lock(&mut tx, &viewer.scope, id).await?;
    may_change(viewer)?;
    if version.is_some_and(|seen| seen != row.version) {
        return Err(Error::Stale);
    }
    let current = still_planned(&row, now)?;
    let running = current.contains(now);
    if !running && !for_good {
        return Err(Error::refused("This window does not run now. To call it off, cancel it."));
    }
    let mut window = row.window();
    window.cancelled |= for_good;
    window.current = running.then_some(Occurrence { ends_at: now, ..current });
    let cancelled_at = for_good.then_some(now).or(kept(&row, &window).cancelled_at);
    let kept = Kept { cancelled_at, ..kept(&row, &window) };
    maintenance::keep(&mut tx, &kept, now).await?;
    let what = if for_good { "cancelled" } else { "ended" };
    let detail = json!({"planned_end": current.ends_at});
    maintenance::write_down(&mut tx, (row.customer_id, id), viewer.actor(), (what, &detail), now).await?;
    tx.commit().await?;
    if running {
        // Who has ended it wants to see what came of it; where this fails, the sweep does it in a moment.
        let closed = close::close(app, (row.customer_id, row.site_id, id)).await;
        if let Err(error) = closed {
            tracing::warn!(%error, window = %id, "a window that somebody has ended waits for the sweep");
        }
    }
    Ok(())
}

/// One occurrence does not come; the others do.
pub async fn skip_occurrence(app: &App, viewer: &Viewer, id: Uuid, planned_at: Timestamp) -> Result<()> {
    viewer.may_change()?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let row = maintenance::lock(&mut tx, &viewer.scope, id).await?;
    may_change(viewer)?;
    let current = still_planned(&row, now)?;
    if current.planned_at == planned_at && current.contains(now) {
        return Err(Error::refused("This one runs already: end it."));
    }
    let mut window = row.window();
    if !window.coming(now).take(LISTED).any(|next| next.planned_at == planned_at) {
        return Err(Error::refused("It is not among the next ones of this window, or was called off already."));
    }
    window.skipped = window.still_skipped(now);
    window.skipped.push(planned_at);
    if current.planned_at == planned_at {
        window.current = window.after(&current);
    }
    maintenance::keep(&mut tx, &kept(&row, &window), now).await?;
    let detail = json!({"planned_at": planned_at});
    maintenance::write_down(&mut tx, (row.customer_id, id), viewer.actor(), ("skipped", &detail), now).await?;
    tx.commit().await?;
    Ok(())
}

/// So far ahead single occurrences are called off.
const LISTED: usize = 60;
