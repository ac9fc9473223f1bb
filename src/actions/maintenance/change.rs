//! Another plan for a window, or another end for the occurrence that runs.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{chosen, close, kept, may_change, still_planned, wanted};
use crate::{
    actions::{WantedWindow, intake},
    app::App,
    domain::{
        access::Viewer,
        fault::Fault,
        maintenance::{LONGEST_ONCE, Occurrence, Plan, Rule, Window, is_for},
    },
    error::{Error, Result},
    store::{
        WriteTx, faults,
        maintenance::{self, Kept, WindowRow},
        places,
    },
};

/// The window is from now on as `wanted` says, given what it was; whoever looked at an older one is refused.
///
/// What runs goes on: of a window that is planned once the end moves, of one that comes again the other occurrences.
pub async fn change_window(
    app: &App,
    viewer: &Viewer,
    id: Uuid,
    version: Option<i32>,
    wanted: impl FnOnce(WantedWindow) -> Result<WantedWindow>,
) -> Result<()> {
    viewer.may_change()?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let found = maintenance::find(&mut *tx, &viewer.scope, id).await?;
    may_change(viewer)?;
    // The site before the window, as whoever closes one does: alarms that arrive meanwhile wait for what it becomes.
    faults::lock_sites(&mut tx, &[format!("{}|{}", found.customer_id, found.site_id)]).await?;
    let row = maintenance::lock(&mut tx, &viewer.scope, id).await?;
    if version.is_some_and(|seen| seen != row.version) {
        return Err(Error::Stale);
    }
    let current = still_planned(&row, now)?;
    let wanted = wanted(WantedWindow::of(&row))?;
    if wanted.site.trim() != row.site_code {
        return Err(Error::invalid("site", "A window stays at its site. Plan another one there."));
    }
    let mut faults = wanted.faults();
    let plan = wanted.plan(&row.time_zone, now).map_err(|more| faults.extend(more)).ok();
    let site = places::find(&mut *tx, &viewer.scope, &row.site_code).await?;
    let systems = chosen(&mut tx, viewer, &site, &wanted).await?.map_err(|more| faults.push(more)).ok();
    let (Some(plan), Some(systems), true) = (plan, systems, faults.is_empty()) else {
        return Err(Error::Invalid(faults));
    };
    let window = changed(&row, plan, now)?;
    let detail = json!({"plan": window.plan, "systems": systems});
    let kept = Kept {
        systems: systems.as_deref(),
        title: wanted.title.trim(),
        reason: wanted.reason.trim(),
        ..kept(&row, &window)
    };
    maintenance::keep(&mut tx, &kept, now).await?;
    maintenance::write_down(&mut tx, (row.customer_id, id), viewer.actor(), ("changed", &detail), now).await?;
    if current.contains(now) {
        let_go(app, &mut tx, &row, systems.as_deref(), now).await?;
    }
    tx.commit().await?;
    app.told();
    Ok(())
}

/// What is worked on no more gets its calls now: nobody would hear of it before the window ends.
async fn let_go(app: &App, tx: &mut WriteTx, row: &WindowRow, systems: Option<&[Uuid]>, now: Timestamp) -> Result<()> {
    let left = |fault: &Fault| is_for(row.systems.as_deref(), fault.system_id) && !is_for(systems, fault.system_id);
    let mut found = close::standing(tx, row, now).await?;
    found.retain(left);
    let remark = format!(" It began during the maintenance “{}”, which is for it no more.", row.title);
    intake::report_kept_back(app, tx, found, remark).await?;
    Ok(())
}

fn changed(row: &WindowRow, mut plan: Plan, now: Timestamp) -> Result<Window> {
    let skipped = row.window().still_skipped(now);
    let current = if let Some(running) = row.current().filter(|current| current.contains(now)) {
        Some(going_on(running, &mut plan, now)?)
    } else {
        let since = row.last_ended_at.map(jiff_sqlx::Timestamp::to_jiff);
        let new = |next: &Occurrence| since.is_none_or(|ended| next.planned_at > ended);
        let next = plan.coming(now).filter(|next| !skipped.contains(&next.planned_at)).find(new);
        next.map(|next| Occurrence { starts_at: next.starts_at.max(now), ..next })
    };
    if current.is_none() {
        return Err(Error::invalid("valid_until", "Nothing comes of this plan: its last day is over."));
    }
    Ok(Window { plan, skipped, current, cancelled: false })
}

/// What runs, as it goes on under another plan.
///
/// Where that comes again, somebody may have moved the end of this one, so it stays. Where it comes once, the plan
/// keeps the start by which this one is known: under any other it would come a second time.
fn going_on(running: Occurrence, plan: &mut Plan, now: Timestamp) -> Result<Occurrence> {
    let Rule::Once { from, to } = &mut plan.rule else { return Ok(running) };
    if *from > now {
        return Err(Error::invalid("from", "It runs already: end it first, then plan another one."));
    }
    if to.duration_since(running.starts_at) > LONGEST_ONCE {
        return Err(Error::invalid("to", "A window lasts up to 31 days."));
    }
    *from = running.planned_at;
    Ok(Occurrence { ends_at: *to, ..running })
}

/// The occurrence that runs goes on until then, or ends sooner.
pub async fn extend_window(app: &App, viewer: &Viewer, id: Uuid, version: Option<i32>, until: &str) -> Result<()> {
    viewer.may_change()?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let row = maintenance::lock(&mut tx, &viewer.scope, id).await?;
    may_change(viewer)?;
    if version.is_some_and(|seen| seen != row.version) {
        return Err(Error::Stale);
    }
    let current = still_planned(&row, now)?;
    if !current.contains(now) {
        return Err(Error::refused("This window does not run now: change its plan."));
    }
    let until = wanted::instant(until, &row.plan.zone());
    let until = until.ok_or_else(|| Error::invalid("to", "Say until when, such as 2026-12-01T23:30."))?;
    if until <= now {
        return Err(Error::invalid("to", "That is over already. To end it now, end it."));
    }
    if until.duration_since(current.starts_at) > LONGEST_ONCE {
        return Err(Error::invalid("to", "A window lasts up to 31 days."));
    }
    let mut window = row.window();
    window.current = Some(Occurrence { ends_at: until, ..current });
    if let Rule::Once { to, .. } = &mut window.plan.rule {
        *to = until;
    }
    maintenance::keep(&mut tx, &kept(&row, &window), now).await?;
    let detail = json!({"from": current.ends_at, "to": until});
    maintenance::write_down(&mut tx, (row.customer_id, id), viewer.actor(), ("extended", &detail), now).await?;
    tx.commit().await?;
    Ok(())
}
