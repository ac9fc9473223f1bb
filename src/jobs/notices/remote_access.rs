//! Who hears of remote access: the customer's people of a request, whoever asked of what became of it.

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::in_sight;
use crate::{
    domain::{access::Scope, remote::Step},
    error::Result,
    store::{
        memberships, notifications, outbox,
        outbox::Told,
        remote::{self, Concerned},
    },
};

pub(super) async fn tell(tx: &mut PgConnection, told: &Told, now: Timestamp) -> Result<()> {
    let place = (told.customer_id, told.call_id, told.seq);
    let Some(concerned) = remote::concerned(&mut *tx, &Scope::within(told.customer_id), place).await? else {
        return Ok(());
    };
    let mut people = match concerned.step {
        Step::Ask => memberships::of_account(&mut *tx, told.customer_id).await?,
        step => those(step, &concerned),
    };
    people.retain(|person| Some(*person) != concerned.actor);
    people.sort();
    people.dedup();
    let people = in_sight(tx, &people, told, now).await?;
    // The kind says what was done, not only that it is about remote access.
    let told = Told { kind: format!("remote_{}", concerned.step.name()), ..told.clone() };
    notifications::insert(tx, &people, &told).await?;
    outbox::insert_notice(tx, &told, &people).await
}

/// Who let somebody in hears when they come in, or need the access no more.
fn those(step: Step, concerned: &Concerned) -> Vec<Uuid> {
    let Concerned { asked_by, answered_by, assignee, .. } = *concerned;
    let wait_for_it = asked_by.into_iter().chain(assignee);
    match step {
        Step::Grant | Step::Decline | Step::Lapse => wait_for_it.collect(),
        Step::End | Step::Expire | Step::CallOver => wait_for_it.chain(answered_by).collect(),
        Step::BeginUse => answered_by.into_iter().collect(),
        Step::Ask | Step::Withdraw | Step::EndUse => Vec::new(),
    }
}
