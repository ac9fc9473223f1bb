//! Who should have been heard from by now?
//!
//! A system is looked at when it would fall silent if nothing came, and not each time it is heard: of a million systems
//! a round sees only those whose time is up, and nearly all of them get a new one in a single statement.

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::opening::Opener;
use crate::{
    app::App,
    domain::silence::{self, Verdict, Watched},
    error::Result,
    store::{
        faults, maintenance,
        silences::{self, Expected},
    },
};

/// Systems that get a new time in one statement.
const AT_ONCE: i64 = 10_000;
/// Sites of one round; what is more waits for the next.
const SITES: i64 = 200;

/// Opens a call for each system, or each whole site, that is silent; answers how many became silent.
pub async fn notice_silence(app: &App) -> Result<usize> {
    let (db, now) = (app.store.reader(), app.clock.now());
    if silences::due_sites(db, now, 1).await?.is_empty() {
        return Ok(0);
    }
    let mut tx = app.store.begin_write().await?;
    silences::put_off_heard(&mut tx, now, AT_ONCE).await?;
    tx.commit().await?;
    let mut found = 0;
    for (customer, site) in silences::due_sites(db, now, SITES).await? {
        match look_at(app, customer, site).await {
            Ok(silent) => found += silent,
            Err(error) => tracing::warn!(%error, %site, "a site could not be asked whether it is silent"),
        }
    }
    Ok(found)
}

/// Behind the lock of the site: another node may have looked already, and a message may have come.
async fn look_at(app: &App, customer: Uuid, site: Uuid) -> Result<usize> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    faults::lock_sites(&mut tx, &[format!("{customer}|{site}")]).await?;
    let mut systems = silences::of_site(&mut tx, customer, site, now).await?;
    mark_worked_on(&mut tx, customer, site, &mut systems, now).await?;
    let plan = Plan::of(&systems, now);
    if !plan.worked_on.is_empty() {
        silences::expect_anew(&mut tx, customer, &plan.worked_on, now).await?;
    }
    for (system, at) in &plan.later {
        silences::look_again(&mut tx, customer, &[*system], *at).await?;
    }
    let reference = app.reference.now();
    let opener = Opener { reference: &reference, customer, site, now };
    let found = if plan.whole {
        opener.whole_site(&mut tx, &systems).await?
    } else {
        for system in &plan.alone {
            opener.one_system(&mut tx, system).await?;
        }
        plan.alone.len()
    };
    tx.commit().await?;
    app.told();
    Ok(found)
}

/// Who is worked on is not missed: its time begins anew when the window is over.
async fn mark_worked_on(
    tx: &mut PgConnection,
    customer: Uuid,
    site: Uuid,
    systems: &mut [Expected],
    now: Timestamp,
) -> Result<()> {
    let ids: Vec<Option<Uuid>> = systems.iter().map(|system| Some(system.id)).collect();
    let (customers, sites) = (vec![customer; ids.len()], vec![site; ids.len()]);
    let worked_on = maintenance::in_force(tx, &customers, &sites, &ids, now).await?;
    for (system, worked_on) in systems.iter_mut().zip(worked_on) {
        system.in_window = worked_on;
    }
    Ok(())
}

/// What is to be done at a site.
#[derive(Default)]
struct Plan<'a> {
    /// Their time begins anew, for as long as the work lasts.
    worked_on: Vec<Uuid>,
    later: Vec<(Uuid, Timestamp)>,
    alone: Vec<&'a Expected>,
    whole: bool,
}

impl<'a> Plan<'a> {
    fn of(systems: &'a [Expected], now: Timestamp) -> Self {
        let watched: Vec<(&Expected, Watched)> =
            systems.iter().filter_map(|system| Some((system, system.watched()?))).collect();
        let mut plan = Self::default();
        for (system, own) in watched.iter().filter(|(system, _)| system.due) {
            if own.in_window {
                plan.worked_on.push(system.id);
                continue;
            }
            if !own.is_silent(now) {
                continue;
            }
            let others = watched.iter().filter(|(other, _)| other.id != system.id).map(|(_, watched)| *watched);
            match silence::judge(own, &others.collect::<Vec<_>>(), now) {
                Verdict::Wait(until) => plan.later.push((system.id, until)),
                Verdict::System => plan.alone.push(*system),
                Verdict::Site => plan.whole = true,
            }
        }
        plan
    }
}
