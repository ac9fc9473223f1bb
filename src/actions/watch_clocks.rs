use jiff::Timestamp;
use uuid::Uuid;

use super::pen::Pen;
use crate::{app::App, domain::access::Scope, error::Result, store::calls};

/// Looked at in one round; what is more waits for the next.
const MOST: i64 = 500;

/// Every promise that is in danger or broken is written down once, however long nobody has looked, and every promise
/// is counted anew after hours have changed.
pub async fn watch_clocks(app: &App) -> Result<usize> {
    let (now, hours) = (app.clock.now(), app.reference.now().hours_version);
    let (mut told, mut failed) = (0, Vec::new());
    loop {
        let mut due = calls::watched_before(app.store.reader(), now, &failed, MOST).await?;
        due.extend(calls::counted_before(app.store.reader(), hours, &failed, MOST).await?);
        let failed_before = failed.len();
        for (customer, id) in due {
            match watch(app, customer, id, now).await {
                Ok(lines) => told += lines,
                Err(error) => {
                    tracing::warn!(%error, %customer, call = %id, "the clocks of a call could not be told");
                    failed.push(id);
                }
            }
        }
        // A call that can't be read does not keep its place before all others.
        if failed.len() == failed_before {
            return Ok(told);
        }
    }
}

/// Under the lock it is looked at again: another node may have told it, or somebody has kept the promise.
async fn watch(app: &App, customer: Uuid, id: Uuid, now: Timestamp) -> Result<usize> {
    let reference = app.reference.now();
    let mut tx = app.store.begin_write().await?;
    if !calls::take_watched(&mut tx, customer, id, now, reference.hours_version).await? {
        return Ok(0);
    }
    let detail = calls::lock_by_id(&mut tx, &Scope::within(customer), customer, id).await?;
    let pen = Pen::of(&reference, detail, now)?;
    let told = pen.len();
    pen.advance(&mut tx, None).await?;
    tx.commit().await?;
    app.told();
    Ok(told)
}
