//! The sun goes round: urgent calls leave a center that closes, and who takes them is told once.

use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        access::{Actor, Scope},
        call::Change,
        handover::{Shift, Sun},
    },
    error::Result,
    router::Held,
    store::{
        calls::{self, CallDetail},
        handovers::{self, HANDED_OVER, NOT_ACCEPTED},
    },
};

use super::{
    act_on_call::{Deed, perform},
    handing,
};

/// Moves every urgent call that lies where nobody is; answers how many. Each call by itself, so that one that
/// can't be moved holds up no other, and a node that dies leaves the rest to the next.
pub async fn hand_over_at_close(app: &App) -> Result<usize> {
    let (mut moved, mut seen) = (0, Vec::new());
    loop {
        let queues = app.reference.now().router.forsaken(app.clock.now());
        let calls = handovers::forsaken(app.store.reader(), &queues, &seen).await?;
        if calls.is_empty() {
            break;
        }
        for (customer, id) in calls {
            seen.push(id);
            match hand_over(app, customer, id).await {
                Ok(done) => moved += usize::from(done),
                Err(error) => tracing::warn!(%error, %customer, call = %id, "a call could not follow the sun"),
            }
        }
    }
    Ok(moved)
}

async fn hand_over(app: &App, customer: Uuid, id: Uuid) -> Result<bool> {
    let (now, reference) = (app.clock.now(), app.reference.now());
    let mut tx = app.store.begin_write().await?;
    if !handovers::claim(&mut tx, customer, id).await? {
        return Ok(false);
    }
    let detail = calls::lock_by_id(&mut tx, &Scope::within(customer), customer, id).await?;
    let urgent = detail.call.severity.is_urgent() && detail.call.status.is_worked();
    let Some(handover) = reference.router.handover(&held(&detail), now).filter(|_| urgent) else { return Ok(false) };
    let said = handover.said();
    let accept_by = handing::accept_by(&mut tx, handover.to.as_deref(), now).await?;
    let sun = Some(Sun { chip: handover.chip, why: handover.why, plain: said.clone() });
    let shift = Shift { from: handover.from, to: handover.to, boundary_at: handover.boundary_at, accept_by, sun };
    let change = Change::HandOver { queue: handover.queue, shift: Some(Box::new(shift)) };
    perform(app, &mut tx, detail, Actor::TIMER, &Deed::new(change, Some(said)), None).await?;
    tx.commit().await?;
    app.told();
    Ok(true)
}

fn held(detail: &CallDetail) -> Held {
    let call = &detail.call;
    Held {
        queue: call.queue.clone(),
        subject: call.course.subject.clone(),
        region: detail.place.region.clone(),
        since: call.course.here_since().unwrap_or(call.opened_at),
    }
}

/// Each queue hears once of each boundary what came, and the duty manager once of what nobody has accepted.
pub async fn tell_of_handovers(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let arrived = handovers::take_untold(&mut tx, now).await?;
    let overdue = handovers::take_overdue(&mut tx, now).await?;
    for (arrivals, kind) in [(&arrived, HANDED_OVER), (&overdue, NOT_ACCEPTED)] {
        for arrival in arrivals {
            handovers::announce(&mut tx, arrival, kind, now).await?;
        }
    }
    tx.commit().await?;
    if !arrived.is_empty() || !overdue.is_empty() {
        app.told();
    }
    Ok(arrived.len() + overdue.len())
}
