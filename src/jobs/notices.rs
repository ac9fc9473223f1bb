//! Tells people in the portal what concerns them, from the same stream as everything else.

mod remote_access;

use std::time::Duration;

use jiff::Timestamp;
use sqlx::PgConnection;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    actions,
    app::App,
    domain::{
        access::{Party, Scope},
        call::{Status, Verb},
    },
    error::Result,
    reference::Reference,
    store::{
        calls::{self, CallDetail},
        handovers, history, memberships, notifications, outbox,
        outbox::Told,
    },
};

const READER: &str = "notices";

/// Changes of one transaction.
const PAGE: i64 = 200;
/// The other sweeps wait no longer for it; what is left then is told in the next round.
const ROUND: Duration = Duration::from_millis(500);

/// Tells everybody of what has changed since the last time, as far as it gets.
pub async fn tell(app: &App) -> Result<()> {
    let end = Instant::now() + ROUND;
    while tell_page(app).await? && Instant::now() < end && !app.stop.is_cancelled() {}
    Ok(())
}

/// Goes on where the last one stopped; told and remembered in one transaction, so nobody is told twice. Answers whether
/// more waits.
async fn tell_page(app: &App) -> Result<bool> {
    let mut tx = app.store.begin_write().await?;
    outbox::add_reader(&mut tx, READER).await?;
    let Some(pos) = outbox::lock_reader(&mut tx, READER).await? else { return Ok(false) };
    let told = outbox::after(&mut *tx, pos, PAGE).await?;
    let Some(last) = told.last().map(|t| t.pos) else { return Ok(false) };
    for change in &told {
        notify(&mut tx, change, &app.reference.now(), app.clock.now()).await?;
    }
    outbox::move_reader(&mut tx, READER, last).await?;
    tx.commit().await?;
    app.told();
    Ok(i64::try_from(told.len()) == Ok(PAGE))
}

async fn notify(tx: &mut PgConnection, told: &Told, reference: &Reference, now: Timestamp) -> Result<()> {
    if [handovers::HANDED_OVER, handovers::NOT_ACCEPTED].contains(&told.kind.as_str()) {
        return tell_of_handover(tx, told, now).await;
    }
    let Some(verb) = Verb::from_name(&told.kind) else { return Ok(()) };
    if verb == Verb::JoinStorm {
        // The call of the storm tells of all of them at once.
        return notifications::withdraw(tx, told.customer_id, told.call_id).await;
    }
    if verb == Verb::RemoteAccess {
        return remote_access::tell(tx, told, now).await;
    }
    if !worth_telling(verb) {
        return Ok(());
    }
    let scope = Scope::within(told.customer_id);
    let detail = calls::by_id(&mut *tx, &scope, told.customer_id, told.call_id).await?;
    if verb == Verb::Route && detail.call.status == Status::Cancelled {
        return Ok(());
    }
    let actor = actor_of(tx, &scope, told).await?;
    let mut people = concerned(tx, &detail, verb).await?;
    if verb == Verb::Route {
        people.extend(routed_to(tx, &detail, reference, now).await?);
    }
    people.retain(|person| Some(*person) != actor);
    people.sort();
    people.dedup();
    let people = in_sight(tx, &people, told, now).await?;
    notifications::insert(tx, &people, told).await?;
    // Its kind is no verb, so nobody is told of it again.
    outbox::insert_notice(tx, told, &people).await
}

/// Those to whom a boundary has brought calls; of what they leave lying the duty managers hear.
async fn tell_of_handover(tx: &mut PgConnection, told: &Told, now: Timestamp) -> Result<()> {
    let place = (told.customer_id, told.call_id, told.seq);
    let cac = handovers::receiver(&mut *tx, &Scope::within(told.customer_id), place).await?;
    let people = match cac {
        Some(cac) if told.kind == handovers::HANDED_OVER => memberships::of_cac(&mut *tx, &cac).await?,
        _ => memberships::duty_managers(&mut *tx).await?,
    };
    let people = in_sight(tx, &people, told, now).await?;
    notifications::insert(tx, &people, told).await?;
    outbox::insert_notice(tx, told, &people).await
}

/// Nobody hears of what they may not see, whoever has named them: an old filer, a partner whose relation is over.
async fn in_sight(tx: &mut PgConnection, people: &[Uuid], told: &Told, now: Timestamp) -> Result<Vec<Uuid>> {
    let mut seeing = Vec::new();
    for standing in memberships::standing(&mut *tx, people).await? {
        let scope = actions::scope_of(&standing, now)?;
        let reads = told.audience == "all" || scope.internal();
        if reads && scope.contains(told.customer_id, told.site_id, told.opened_at.to_jiff()) {
            seeing.push(standing.person_id);
        }
    }
    seeing.dedup();
    Ok(seeing)
}

fn worth_telling(verb: Verb) -> bool {
    !matches!(
        verb,
        Verb::FoldAlarm
            | Verb::Recover
            | Verb::Flap
            | Verb::JoinStorm
            | Verb::FallSilent
            | Verb::PlaybookStep
            | Verb::ImportedChange
            | Verb::File
            | Verb::Acknowledge
            | Verb::Resume
            | Verb::AcceptHandover
    )
}

async fn actor_of(tx: &mut PgConnection, scope: &Scope, told: &Told) -> Result<Option<Uuid>> {
    let actor = history::actor_of(&mut *tx, scope, told.customer_id, told.call_id, told.seq).await?;
    Ok(actor.and_then(|actor| actor.id))
}

/// What somebody on the customer's side must hear, also where none of them filed the call.
fn asks_the_customer(verb: Verb) -> bool {
    matches!(verb, Verb::AskCustomer | Verb::Remind | Verb::Resolve | Verb::Close | Verb::Comment)
}

/// Who should hear of it: the filer of what they can read, whoever works on it, the partner who has it.
async fn concerned(tx: &mut PgConnection, detail: &CallDetail, verb: Verb) -> Result<Vec<Uuid>> {
    let call = &detail.call;
    let mut people: Vec<Uuid> = call.assignee_id.into_iter().collect();
    let internal = matches!(verb, Verb::Note | Verb::HandOver | Verb::ClockAtRisk | Verb::ClockMissed);
    let public = !internal && !matches!(verb, Verb::Assign | Verb::Route | Verb::ClocksRecounted);
    if public && call.origin != Party::Device {
        people.extend(call.filed_by);
    }
    let first = call.in_review() || call.course.also_partner;
    if let Some(partner) = call.partner_id.filter(|_| first && verb == Verb::Route) {
        people.extend(memberships::of_account(&mut *tx, partner).await?);
    }
    people.extend(call.course.offered_to.filter(|_| verb == Verb::Route));
    if asks_the_customer(verb) && call.origin != Party::Customer {
        people.extend(memberships::of_account(&mut *tx, call.customer_id).await?);
    }
    if verb == Verb::ClockMissed && call.severity.is_urgent() {
        people.extend(answerable(tx, detail).await?);
    }
    Ok(people)
}

/// Of a queue without engineers: the duty manager's own, and those where contracts are renewed.
async fn routed_to(
    tx: &mut PgConnection,
    CallDetail { call, .. }: &CallDetail,
    reference: &Reference,
    now: Timestamp,
) -> Result<Vec<Uuid>> {
    if call.queue == reference.router.rules().duty_manager {
        return memberships::duty_managers(&mut *tx).await;
    }
    let Some(cac) = reference.router.renewing(&call.queue) else { return Ok(Vec::new()) };
    let mut owners = memberships::leads_of(&mut *tx, cac).await?;
    let waits = reference.center_calendar(cac).is_none_or(|hours| hours.is_open(now)) || !call.severity.is_urgent();
    if owners.is_empty() || !waits {
        owners.extend(memberships::duty_managers(&mut *tx).await?);
    }
    Ok(owners)
}

/// Who leads the center that has it; where no center has it, the duty managers.
async fn answerable(tx: &mut PgConnection, detail: &CallDetail) -> Result<Vec<Uuid>> {
    match &detail.place.cac_code {
        Some(cac) => memberships::leads_of(&mut *tx, cac).await,
        None => memberships::duty_managers(&mut *tx).await,
    }
}
