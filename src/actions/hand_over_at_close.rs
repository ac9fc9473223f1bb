//! The sun goes round: urgent calls leave a center that closes, and who takes them is told once.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        access::{Actor, Scope},
        call::{Change, Course},
        handover::{Shift, Sun},
    },
    error::Result,
    router::Held,
    store::{
        calls,
        handovers::{self, Forsaken, HANDED_OVER, NOT_ACCEPTED},
    },
};

use super::{
    act_on_call::{Deed, perform},
    due::{self, Due},
    handing,
};

/// Moves every urgent call that lies where nobody is; answers how many.
pub async fn hand_over_at_close(app: &App) -> Result<usize> {
    let find = |seen: Vec<Uuid>| async move {
        let queues = app.reference.now().router.forsaken(app.clock.now());
        handovers::forsaken(app.store.reader(), &queues, &seen).await
    };
    due::each("a call could not follow the sun", find, |call| hand_over(app, call)).await
}

impl Due for Forsaken {
    fn ids(&self) -> (Uuid, Uuid) {
        (self.customer_id, self.id)
    }
}

async fn hand_over(app: &App, found: Forsaken) -> Result<bool> {
    let (now, reference) = (app.clock.now(), app.reference.now());
    let (customer, id) = found.ids();
    // What somebody gave to the duty manager stays there: each second it is only looked at.
    let looks = held(&found.queue, &found.region, &found.state, found.opened_at.to_jiff());
    if reference.router.handover(&looks, now).is_none() {
        return Ok(false);
    }
    let mut tx = app.store.begin_write().await?;
    if !handovers::claim(&mut tx, customer, id).await? {
        return Ok(false);
    }
    let detail = calls::lock_by_id(&mut tx, &Scope::within(customer), customer, id).await?;
    let call = &detail.call;
    let urgent = call.severity.is_urgent() && call.status.is_worked();
    let held = held(&call.queue, &detail.place.region, &call.course, call.opened_at);
    let Some(handover) = reference.router.handover(&held, now).filter(|_| urgent) else { return Ok(false) };
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

fn held(queue: &str, region: &str, course: &Course, opened_at: Timestamp) -> Held {
    Held {
        queue: queue.to_owned(),
        subject: course.subject.clone(),
        region: region.to_owned(),
        since: course.here_since().unwrap_or(opened_at),
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
