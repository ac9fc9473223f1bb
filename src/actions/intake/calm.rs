//! Faults that end without a message: those that came and went and have been quiet, and those that nobody repeats.

use crate::{
    actions::pen::Pen,
    app::App,
    domain::{
        access::{Actor, Party, Scope},
        call::Change,
        fault::{FLAP_WINDOW, Fault},
    },
    error::Result,
    store::{calls, faults, systems},
};

/// Faults of one round; what is more waits for the next.
const MOST: i64 = 200;

/// Ends what has been quiet for long enough, and what its sender has not repeated in the time that it promised.
pub async fn believe_the_calm(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut due = faults::calm(app.store.reader(), now - FLAP_WINDOW, MOST).await?;
    due.extend(faults::expired(app.store.reader(), now, MOST).await?);
    let mut ended = 0;
    for fault in due {
        match end(app, &fault).await {
            Ok(done) => ended += usize::from(done),
            Err(error) => tracing::warn!(%error, fault = fault.fingerprint, "a fault could not be ended"),
        }
    }
    Ok(ended)
}

/// Looks again behind the lock: a message may have come meanwhile.
async fn end(app: &App, found: &Fault) -> Result<bool> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    faults::lock_sites(&mut tx, &[format!("{}|{}", found.customer_id, found.site_id)]).await?;
    let known = faults::known(&mut tx, &[found.customer_id], std::slice::from_ref(&found.fingerprint)).await?;
    let Some(mut fault) = known.into_iter().next() else { return Ok(false) };
    let calmed = fault.has_calmed_down(now);
    let expired = fault.stands() && fault.expires_at.is_some_and(|at| at < now);
    if calmed {
        fault.flapping = false;
    } else if let Some(at) = fault.expires_at.filter(|_| expired) {
        fault.clear(at, now);
    } else {
        return Ok(false);
    }
    let believed = !fault.flapping;
    faults::remember(&mut tx, std::iter::once(&fault)).await?;
    if let Some(system) = fault.system_id.filter(|_| expired) {
        systems::settle_redundancy(&mut tx, &[fault.customer_id], &[system], now).await?;
        calls::rerank_of_systems(&mut tx, &[fault.customer_id], &[system]).await?;
    }
    if believed {
        tell(app, &mut tx, &fault).await?;
    }
    tx.commit().await?;
    app.told();
    Ok(true)
}

async fn tell(app: &App, tx: &mut sqlx::PgConnection, fault: &Fault) -> Result<()> {
    let (Some(call), Some(alarm_id)) = (fault.call_id, fault.alarm_id) else { return Ok(()) };
    let customer = fault.customer_id;
    let detail = calls::lock_by_id(tx, &Scope::within(customer), customer, call).await?;
    if detail.call.status.is_ended() {
        return Ok(());
    }
    let standing = faults::standing(tx, &[customer], &[call]).await?.first().map_or(0, |found| found.1);
    let summary = fault.summary.clone();
    let change = match u32::try_from(standing).unwrap_or(u32::MAX) {
        0 => Change::ClearAlarm { alarm_id, summary },
        standing => Change::Recover { alarm_id, summary, count: 1, standing },
    };
    let reference = app.reference.now();
    let device = Actor { party: Party::Device, id: fault.system_id };
    let mut pen = Pen::of(&reference, detail, app.clock.now())?;
    pen.write(device, change, None)?;
    pen.advance(tx, None).await?;
    Ok(())
}
