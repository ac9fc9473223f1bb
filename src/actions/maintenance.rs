//! Planned work: people plan it, change it and call it off; the clock ends it.

mod change;
mod close;
mod stop;
mod wanted;

use serde_json::json;
use uuid::Uuid;

pub use self::{
    change::{change_window, extend_window},
    close::end_windows,
    stop::{cancel_window, end_window, skip_occurrence},
    wanted::WantedWindow,
};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        maintenance::{Occurrence, Plan, Window},
        policy::{Action, Relation, Resource},
    },
    error::{Error, FieldError, Result},
    store::{
        WriteTx,
        maintenance::{self, Kept, WindowRow},
        places::{self, SiteRow},
        systems,
    },
};

/// Whether the thing is theirs is the scope's to say: outside it there is none.
fn may_change(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::Change, Resource::MaintenanceWindow, Relation::Own)?)
}

fn fault(field: &str, message: impl Into<String>) -> FieldError {
    FieldError { field: field.to_owned(), message: message.into() }
}

/// From its first occurrence on, alarms of the site, or of the systems that are named, make no calls.
pub async fn plan_window(app: &App, viewer: &Viewer, wanted: &WantedWindow) -> Result<Uuid> {
    may_change(viewer)?;
    let (now, id) = (app.clock.now(), Uuid::now_v7());
    let mut tx = app.store.begin_write().await?;
    let (site, mut faults) = match places::find(&mut *tx, &viewer.scope, wanted.site.trim()).await {
        Ok(site) => (Some(site), Vec::new()),
        Err(Error::NotFound) => (None, vec![fault("site", "Choose one of your sites.")]),
        Err(error) => return Err(error),
    };
    let plan = wanted.plan(site.as_ref().map_or("UTC", |site| &site.time_zone), now);
    faults.extend(wanted.faults());
    let plan = plan.map_err(|more| faults.extend(more)).ok();
    let systems = match &site {
        Some(site) => chosen(&mut tx, viewer, site, wanted).await?.map_err(|more| faults.push(more)).ok(),
        None => None,
    };
    let (Some(site), Some(plan), Some(systems), true) = (site, plan, systems, faults.is_empty()) else {
        return Err(Error::Invalid(faults));
    };
    let current = first(&plan, now)?;
    let window = Window { plan, skipped: Vec::new(), current: Some(current), cancelled: false };
    let kept = Kept {
        customer_id: site.customer_id,
        id,
        site_id: site.id,
        systems: systems.as_deref(),
        title: wanted.title.trim(),
        reason: wanted.reason.trim(),
        window: &window,
        cancelled_at: None,
        last_ended_at: None,
    };
    maintenance::keep(&mut tx, &kept, now).await?;
    let detail = json!({"plan": window.plan, "systems": systems});
    maintenance::write_down(&mut tx, (site.customer_id, id), viewer.actor(), ("planned", &detail), now).await?;
    tx.commit().await?;
    Ok(id)
}

/// What has begun already begins for us when it is planned.
fn first(plan: &Plan, now: jiff::Timestamp) -> Result<Occurrence> {
    let next = plan.coming(now).next();
    let next =
        next.ok_or_else(|| Error::invalid("valid_until", "Nothing comes of this plan: its last day is over."))?;
    Ok(Occurrence { starts_at: next.starts_at.max(now), ..next })
}

type Chosen = std::result::Result<Option<Vec<Uuid>>, FieldError>;

/// More systems than any site has.
const MOST: i64 = 5_000;

/// The systems of the site that are meant, by their serials; none named is the whole site.
async fn chosen(tx: &mut WriteTx, viewer: &Viewer, site: &SiteRow, wanted: &WantedWindow) -> Result<Chosen> {
    if wanted.systems.is_empty() {
        let meant = "Choose the systems, or say that it is the whole site.";
        return Ok(if wanted.only_some { Err(fault("systems", meant)) } else { Ok(None) });
    }
    let there = systems::of_site(&mut **tx, &viewer.scope, site.customer_id, site.id, MOST).await?;
    let mut ids = Vec::new();
    for serial in &wanted.systems {
        match there.iter().find(|system| system.serial == serial.trim()) {
            Some(system) => ids.push(system.id),
            None => {
                return Ok(Err(fault("systems", format!("There is no system {} at {}.", serial.trim(), site.name))));
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(Ok(Some(ids)))
}

/// The window as it is, to be kept with something changed.
fn kept<'a>(row: &'a WindowRow, window: &'a Window) -> Kept<'a> {
    Kept {
        customer_id: row.customer_id,
        id: row.id,
        site_id: row.site_id,
        systems: row.systems.as_deref(),
        title: &row.title,
        reason: &row.reason,
        window,
        cancelled_at: row.cancelled_at.map(jiff_sqlx::Timestamp::to_jiff),
        last_ended_at: row.last_ended_at.map(jiff_sqlx::Timestamp::to_jiff),
    }
}

/// Refused where there is nothing left to change, and while what has just ended waits to be closed.
fn still_planned(row: &WindowRow, now: jiff::Timestamp) -> Result<Occurrence> {
    match row.current() {
        None => Err(Error::refused("This window is over. Plan another one.")),
        Some(current) if current.ends_at <= now => {
            Err(Error::refused("This window has just ended. Look again in a moment."))
        }
        Some(current) => Ok(current),
    }
}
