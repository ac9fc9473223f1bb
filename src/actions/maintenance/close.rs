//! An occurrence has ended: what still stands gets its call, and what came of it all is written down.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::kept;
use crate::{
    actions::intake,
    app::App,
    domain::{
        fault::Fault,
        maintenance::{NAMED, Occurrence, Report, Reported},
        number::CallNumber,
    },
    error::Result,
    store::{
        WriteTx, faults,
        maintenance::{self, Kept, NewOccurrence, OfWindow, WindowRow},
        silences, systems,
    },
};

/// Windows of one round; what is more waits for the next.
const MOST: i64 = 100;

/// Closes every occurrence that has ended; answers how many.
pub async fn end_windows(app: &App) -> Result<usize> {
    let mut closed = 0;
    for due in maintenance::due(app.store.reader(), app.clock.now(), MOST).await? {
        match close(app, due).await {
            Ok(done) => closed += usize::from(done),
            Err(error) => tracing::warn!(%error, window = %due.2, "a maintenance window could not be closed"),
        }
    }
    Ok(closed)
}

/// Everything in one transaction behind the lock of the site: alarms that arrive meanwhile wait and find the window
/// over, another node finds nothing to do, and after a crash it is as if nobody had begun.
pub(super) async fn close(app: &App, (customer, site, id): (Uuid, Uuid, Uuid)) -> Result<bool> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    faults::lock_sites(&mut tx, &[format!("{customer}|{site}")]).await?;
    let Some(row) = maintenance::lock_due(&mut tx, customer, id, now).await? else { return Ok(false) };
    let Some(ended) = row.current() else { return Ok(false) };
    let mut window = row.window();
    window.current = window.after(&ended);
    let last_ended_at = Some(ended.ends_at);
    maintenance::keep(&mut tx, &Kept { last_ended_at, ..kept(&row, &window) }, now).await?;
    let place = (customer, site);
    silences::expect_after_work(&mut tx, place, row.systems.as_deref(), ended.starts_at, now).await?;
    let found = standing(&mut tx, &row, now).await?;
    let remark = format!(" It began during the maintenance “{}”, which is over.", row.title);
    let calls = intake::report_kept_back(app, &mut tx, found.clone(), remark).await?;
    let report = report(&mut tx, &row, &ended, (&found, &calls)).await?;
    let new = NewOccurrence { customer_id: customer, window_id: id, site_id: site, occurrence: ended, report: &report };
    maintenance::insert_occurrence(&mut tx, &new).await?;
    tx.commit().await?;
    app.told();
    Ok(true)
}

/// What no call has yet and no window is in force for.
pub(super) async fn standing(tx: &mut WriteTx, row: &WindowRow, now: Timestamp) -> Result<Vec<Fault>> {
    let mut found = faults::held_back(tx, row.customer_id, row.site_id).await?;
    if !found.is_empty() {
        let windows = maintenance::around(&mut **tx, &[row.customer_id], &[row.site_id], now).await?;
        let worked_on = |fault: &Fault| {
            let mut own = windows.iter().filter(|(_, _, window)| window.is_for(fault.system_id));
            own.any(|(_, _, window)| window.window.in_force(now).is_some())
        };
        found.retain(|fault| !worked_on(fault));
    }
    Ok(found)
}

async fn report(
    tx: &mut WriteTx,
    row: &WindowRow,
    ended: &Occurrence,
    (found, calls): (&[Fault], &BTreeMap<String, CallNumber>),
) -> Result<Report> {
    let of = OfWindow { customer_id: row.customer_id, site_id: row.site_id, systems: row.systems.as_deref() };
    let counts = maintenance::counts(tx, of, ended.starts_at, ended.ends_at).await?;
    let went = maintenance::gone(tx, of, ended.starts_at).await?;
    let ids: Vec<Uuid> = found.iter().filter_map(|fault| fault.system_id).collect();
    let serials: BTreeMap<Uuid, String> = systems::serials(tx, row.customer_id, &ids).await?.into_iter().collect();
    let reported = |fault: &Fault| Reported {
        serial: fault.system_id.and_then(|id| serials.get(&id).cloned()),
        component: fault.component.clone(),
        summary: fault.summary.clone(),
        call: calls.get(&fault.fingerprint).copied(),
    };
    Ok(Report {
        alarms: counts.iter().map(|count| count.alarms).sum(),
        systems: counts.into_iter().take(NAMED).collect(),
        standing: i64::try_from(found.len()).unwrap_or(i64::MAX),
        calls: found.iter().take(NAMED).map(reported).collect(),
        over: i64::try_from(went.len()).unwrap_or(i64::MAX),
        went: went.into_iter().take(NAMED).collect(),
    })
}
