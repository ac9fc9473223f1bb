//! A call that lies in a queue which is there no more finds another: rules may be published while it is filed, by
//! nodes that have not heard of it yet.

use uuid::Uuid;

use crate::{
    app::App,
    domain::access::Scope,
    error::Result,
    store::{calls, handovers, targets},
};

use super::{due, pen::Pen};

/// Routes every such call by the rules in force; answers how many.
pub async fn route_lost(app: &App) -> Result<usize> {
    if handovers::lost(app.store.reader(), &[]).await?.is_empty() {
        return Ok(0);
    }
    // By the rules that it has, this node might send them to the same queue again.
    app.reload_reference().await?;
    let find = |seen: Vec<Uuid>| async move { handovers::lost(app.store.reader(), &seen).await };
    due::each("a call without a queue could not be routed", find, |(customer, id)| route(app, customer, id)).await
}

async fn route(app: &App, customer: Uuid, id: Uuid) -> Result<bool> {
    let (now, reference, scope) = (app.clock.now(), app.reference.now(), Scope::within(customer));
    let mut tx = app.store.begin_write().await?;
    if !handovers::claim(&mut tx, customer, id).await? {
        return Ok(false);
    }
    let detail = calls::lock_by_id(&mut tx, &scope, customer, id).await?;
    let call = &detail.call;
    if !call.status.is_worked() || reference.queue_names.contains_key(&call.queue) {
        return Ok(false);
    }
    let (site, system) = (call.site_id, call.system_id);
    let target = targets::by_id(&mut *tx, &scope, customer, site, system, now).await?;
    let mut pen = Pen::of(&reference, detail, now)?;
    pen.route_knowing(&mut tx, &target, false).await?;
    pen.advance(&mut tx, None).await?;
    tx.commit().await?;
    app.told();
    Ok(true)
}
