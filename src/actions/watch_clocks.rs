use uuid::Uuid;

use crate::{app::App, domain::access::Scope, error::Result, store::calls};

use super::pen::Pen;

/// Looked at in one round; what is more waits for the next.
const MOST: i64 = 500;

/// Every promise that is in danger or broken is written down once, however long nobody has looked.
pub async fn watch_clocks(app: &App) -> Result<usize> {
    let due = calls::watched_before(app.store.reader(), app.clock.now(), MOST).await?;
    let mut told = 0;
    for (customer, id) in due {
        match watch(app, customer, id).await {
            Ok(lines) => told += lines,
            Err(error) => tracing::warn!(%error, %customer, call = %id, "the clocks of a call could not be told"),
        }
    }
    Ok(told)
}

/// Under the lock it is looked at again: another node may have told it, or somebody has kept the promise.
async fn watch(app: &App, customer: Uuid, id: Uuid) -> Result<usize> {
    let (now, reference) = (app.clock.now(), app.reference.now());
    let mut tx = app.store.begin_write().await?;
    if !calls::take_watched(&mut tx, customer, id, now).await? {
        return Ok(0);
    }
    let detail = calls::lock_by_id(&mut tx, &Scope::within(customer), customer, id).await?;
    let mut pen = Pen::of(&reference, detail, now)?;
    let told = pen.tell_clocks()?;
    pen.advance(&mut tx, None).await?;
    tx.commit().await?;
    app.told();
    Ok(told)
}
