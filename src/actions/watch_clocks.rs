use jiff::Timestamp;
use uuid::Uuid;

use super::{due, pen::Pen};
use crate::{app::App, domain::access::Scope, error::Result, store::calls};

/// Found at once; the next look brings more.
const PAGE: i64 = 500;

/// Every promise that is in danger or broken is written down once, however long nobody has looked, and every promise
/// is counted anew after hours have changed. Answers on how many calls that had something to tell.
pub async fn watch_clocks(app: &App) -> Result<usize> {
    let (now, hours) = (app.clock.now(), app.reference.now().hours_version);
    let find = async |seen: Vec<Uuid>| {
        let mut due = calls::watched_before(app.store.reader(), now, &seen, PAGE).await?;
        due.extend(calls::counted_before(app.store.reader(), hours, &seen, PAGE).await?);
        Ok(due)
    };
    due::each("the clocks of a call could not be told", find, |(customer, id)| watch(app, customer, id, now)).await
}

/// Under the lock it is looked at again: another node may have told it, or somebody has kept the promise.
async fn watch(app: &App, customer: Uuid, id: Uuid, now: Timestamp) -> Result<bool> {
    let reference = app.reference.now();
    let mut tx = app.store.begin_write().await?;
    if !calls::take_watched(&mut tx, customer, id, now, reference.hours_version).await? {
        return Ok(false);
    }
    let detail = calls::lock_by_id(&mut tx, &Scope::within(customer), customer, id).await?;
    let pen = Pen::of(&reference, detail, now)?;
    let told = pen.tells();
    pen.advance(&mut tx, None).await?;
    tx.commit().await?;
    app.told();
    Ok(told)
}
