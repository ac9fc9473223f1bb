use uuid::Uuid;

use crate::{
    actions::{
        due::{self, Due},
        pen::Pen,
    },
    app::App,
    domain::{
        access::{Actor, Scope},
        call::Change,
        remote::{self, Event, Step},
    },
    error::Result,
    store::{
        calls,
        remote::{self as store, Overdue},
    },
};

impl Due for Overdue {
    fn ids(&self) -> (Uuid, Uuid) {
        (self.customer_id, self.id)
    }
}

/// Requests that nobody answered lapse, grants whose time or whose call is over end, and whoever is in is out.
pub async fn end_remote_access(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let find = |seen: Vec<Uuid>| async move { store::due(app.store.reader(), now, &seen).await };
    due::each("a remote access could not be ended by the timer", find, |overdue| end(app, overdue)).await
}

/// Looked at again under the lock of its call: somebody, or another node, may have been quicker.
async fn end(app: &App, overdue: Overdue) -> Result<bool> {
    let now = app.clock.now();
    let (scope, place) = (Scope::within(overdue.customer_id), (overdue.customer_id, overdue.call_id));
    let mut tx = app.store.begin_write().await?;
    let detail = calls::lock_by_id(&mut tx, &scope, place.0, place.1).await?;
    let Some((id, access)) = store::access(&mut tx, &scope, place, Some(overdue.id)).await? else { return Ok(false) };
    let Some(step) = remote::due(&access, detail.call.status.is_ended(), now) else { return Ok(false) };
    let state = remote::after(Some(&access), step, &Actor::TIMER, now)?;
    let reference = app.reference.now();
    let mut pen = Pen::of(&reference, detail, now)?;
    let event = Event { access: id, step, until: None, hours: None };
    pen.write(Actor::TIMER, Change::RemoteAccess(Box::new(event)), None)?;
    let call = pen.advance(&mut tx, None).await?;
    // It was over at its end, however late the sweep comes by.
    let at = if step == Step::CallOver { now } else { access.until };
    store::finish(&mut tx, &call, id, state, None, at).await?;
    tx.commit().await?;
    app.told();
    Ok(true)
}
