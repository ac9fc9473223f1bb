//! What becomes of calls when their time comes: the timer's verbs.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    app::App,
    domain::call::{CLOSE_DAYS, Call, Change, CloseCode, REMIND_DAYS, Status},
    error::Result,
    store::calls,
};

use super::act_on_call::{Deed, act_when_due};

/// The partner did not take it in time: it goes on to the CAC by itself.
pub async fn overdue_review(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let overdue = calls::open_review_deadlines(app.store.reader(), now).await?;
    let deed = Deed::new(Change::PassOn, Some("The partner did not take it in time.".to_owned()));
    let still = |call: &Call| call.review.and_then(|r| r.accept_by).is_some_and(|by| by <= now);
    each(app, &overdue, |call| (call.status == Status::Open && still(call)).then(|| deed.clone())).await
}

/// Nobody has answered for days: the customer is reminded.
pub async fn remind_customer(app: &App) -> Result<usize> {
    let since = app.clock.now() - SignedDuration::from_hours(24 * REMIND_DAYS);
    let silent = calls::silent_since(app.store.reader(), since, None).await?;
    each(app, &silent, |call| {
        let due = is_silent(call, since) && call.reminded_at.is_none();
        due.then(|| Deed::new(Change::Remind, None))
    })
    .await
}

/// Still nobody, days after the reminder: the call is closed, and can be opened again for a month.
pub async fn close_silent_call(app: &App) -> Result<usize> {
    let days = |n: i64| app.clock.now() - SignedDuration::from_hours(24 * n);
    let (since, reminded_by) = (days(CLOSE_DAYS), days(CLOSE_DAYS - REMIND_DAYS));
    let silent = calls::silent_since(app.store.reader(), since, Some(reminded_by)).await?;
    each(app, &silent, |call| {
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

/// Each is looked at again once it is locked: somebody may have been quicker. One that can't be moved
/// does not hold up the others.
async fn each(app: &App, calls: &[(Uuid, Uuid)], due: impl Fn(&Call) -> Option<Deed>) -> Result<usize> {
    let mut done = 0;
    for (customer, id) in calls {
        match act_when_due(app, *customer, *id, &due).await {
            Ok(acted) => done += usize::from(acted),
            Err(error) => tracing::warn!(%error, %customer, call = %id, "a call could not be moved on by the timer"),
        }
    }
    Ok(done)
}
