//! What becomes of calls when their time comes: the timer's verbs.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    app::App,
    domain::call::{CLOSE_DAYS, Call, Change, CloseCode, REMIND_DAYS, Status},
    error::Result,
    store::calls,
};

use super::{
    act_on_call::{Deed, act_when_due},
    due,
};

/// The partner did not take it in time: it goes on to the CAC by itself.
pub async fn overdue_review(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let find = |seen: Vec<Uuid>| async move { calls::open_review_deadlines(app.store.reader(), now, &seen).await };
    let deed = Deed::new(Change::PassOn, Some("The partner did not take it in time.".to_owned()));
    let still = |call: &Call| call.review.and_then(|r| r.accept_by).is_some_and(|by| by <= now);
    each(app, find, |call| (call.status == Status::Open && still(call)).then(|| deed.clone())).await
}

/// Nobody has answered for days: the customer is reminded.
pub async fn remind_customer(app: &App) -> Result<usize> {
    let since = app.clock.now() - SignedDuration::from_hours(24 * REMIND_DAYS);
    let find = |seen: Vec<Uuid>| async move { calls::silent_since(app.store.reader(), since, None, &seen).await };
    each(app, find, |call| {
        let due = is_silent(call, since) && call.reminded_at.is_none();
        due.then(|| Deed::new(Change::Remind, None))
    })
    .await
}

/// Still nobody, days after the reminder: the call is closed, and can be opened again for a month.
pub async fn close_silent_call(app: &App) -> Result<usize> {
    let days = |n: i64| app.clock.now() - SignedDuration::from_hours(24 * n);
    let (since, reminded_by) = (days(CLOSE_DAYS), days(CLOSE_DAYS - REMIND_DAYS));
    let find =
        |seen: Vec<Uuid>| async move { calls::silent_since(app.store.reader(), since, Some(reminded_by), &seen).await };
    each(app, find, |call| {
        let due = is_silent(call, since) && call.reminded_at.is_some_and(|at| at <= reminded_by);
        let code = if call.status == Status::Resolved { CloseCode::Solved } else { CloseCode::NoAnswer };
        due.then(|| Deed::new(Change::Close { code }, None))
    })
    .await
}

fn is_silent(call: &Call, since: Timestamp) -> bool {
    let waits = matches!(call.status, Status::AwaitingCustomer | Status::Resolved);
    waits && call.last_public_at.is_some_and(|at| at <= since)
}

/// Each is looked at again once it is locked: somebody may have been quicker.
async fn each<F>(app: &App, find: impl Fn(Vec<Uuid>) -> F, deed: impl Fn(&Call) -> Option<Deed>) -> Result<usize>
where
    F: Future<Output = Result<Vec<(Uuid, Uuid)>>>,
{
    let act = |(customer, id)| act_when_due(app, customer, id, &deed);
    due::each("a call could not be moved on by the timer", find, act).await
}
