//! What a change of hands leaves beside the call: the packet for who takes it, and word of who has accepted it.

use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Party, Role, Viewer},
        calendar::Calendar,
        call::{Call, Change, Line},
        handover::{Packet, Shift},
    },
    error::{Error, Result},
    reference::Reference,
    store::handovers,
};

/// Until when a center must have accepted what it is given now.
pub(super) async fn accept_by(tx: &mut PgConnection, to: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>> {
    let Some(cac) = to else { return Ok(None) };
    let minutes = handovers::accept_minutes(&mut *tx, cac).await?;
    Ok(Some(now + SignedDuration::from_mins(minutes)))
}

/// A handover by hand, with what it means beyond the queue: another center, which must accept it.
pub(super) async fn by_hand(
    tx: &mut PgConnection,
    reference: &Reference,
    call: &Call,
    change: Change,
    now: Timestamp,
) -> Result<Change> {
    let Change::HandOver { queue, shift: None } = change else { return Ok(change) };
    let rules = reference.router.rules();
    let owner = |slug: &str| rules.queues.iter().find(|q| q.slug == slug).map(|q| q.cac.clone());
    let (from, to) = (owner(&call.queue), owner(&queue));
    if call.severity.is_urgent() && reference.cac_calendar(&queue).is_some_and(|hours| !hours.is_open(now)) {
        let to = to.unwrap_or_default();
        return Err(Error::invalid("queue", format!("{to} is closed now; choose a queue where somebody is awake.")));
    }
    if from == to || (to.is_none() && queue != rules.duty_manager) {
        return Ok(Change::HandOver { queue, shift: None });
    }
    let accept_by = accept_by(tx, to.as_deref(), now).await?;
    let shift = Shift { from, to, boundary_at: now, accept_by, sun: None };
    Ok(Change::HandOver { queue, shift: Some(Box::new(shift)) })
}

/// Engineers accept for their own center; leads and duty managers for any.
pub fn may_accept(viewer: &Viewer, call: &Call) -> bool {
    let here = |to: &Option<String>| to.is_some() && viewer.cac == *to;
    viewer.role != Role::Engineer || call.course.handed.as_ref().is_none_or(|handed| here(&handed.to))
}

pub(super) fn judge_acceptance(viewer: &Viewer, call: &Call) -> Result<()> {
    let Some(handed) = call.course.handed.as_ref().filter(|_| !may_accept(viewer, call)) else { return Ok(()) };
    let who = handed.to.as_deref().unwrap_or("the duty manager");
    Err(Error::Forbidden(format!("This was handed to {who}; somebody there accepts it.")))
}

/// A call as a transaction found it and as it leaves it, with the lines between.
pub(super) struct Done<'a> {
    pub before: &'a Call,
    pub call: &'a Call,
    pub lines: &'a [Line],
}

/// Keeps the packet of a handover, and settles the one that waited before. Asked wherever a call advances, so that
/// no verb and no machine leaves a handover waiting that nobody can accept any more.
pub(super) async fn keep(
    tx: &mut PgConnection,
    reference: &Reference,
    done: &Done<'_>,
    site: &Calendar,
    now: Timestamp,
) -> Result<()> {
    let Done { before, call, lines } = done;
    let moved = lines.iter().find(|line| matches!(line.change, Change::HandOver { .. }));
    if before.course.handed.is_some() && (moved.is_some() || call.course.handed.is_none()) {
        let taken = moved.is_none() && call.status.is_worked() && call.queue == before.queue;
        let by = lines.iter().filter(|_| taken).find_map(taker);
        handovers::settle(tx, (call.customer_id, call.id), by, now).await?;
    }
    let Some((line, Change::HandOver { shift: Some(shift), .. })) = moved.map(|line| (line, &line.change)) else {
        return Ok(());
    };
    let worded = line.body.is_some() && line.actor.party == Party::Staff;
    let clocks = reference.clocks(before, site, now);
    let packet = Packet { version: line.seq - 1, ..Packet::of(before, &clocks, worded.then_some(line.seq)) };
    handovers::insert(tx, call, shift, &packet).await
}

/// Who has accepted it with this line, by saying so or by giving it to somebody.
fn taker(line: &Line) -> Option<Uuid> {
    let takes = matches!(line.change, Change::AcceptHandover | Change::Assign { assignee: Some(_) });
    line.actor.id.filter(|_| takes && line.actor.party == Party::Staff)
}
