use serde_json::json;

use super::ending::let_be;
use crate::{
    actions::{audit, audit::Entry},
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
        policy::{Action, Relation, Resource},
        silence::{LONGEST_MINUTES, Watched},
    },
    error::{Error, Result},
    store::{faults, silences, systems},
};

/// From now on a system is expected to call home so often, or not at all.
pub async fn expect_calls(app: &App, viewer: &Viewer, serial: &str, minutes: Option<i32>) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let system = systems::find(&mut *tx, &viewer.scope, serial, now).await?;
    viewer.may(Action::Change, Resource::Device, Relation::Own)?;
    if minutes.is_some_and(|minutes| !(1..=LONGEST_MINUTES).contains(&minutes)) {
        return Err(Error::invalid("every", "A system calls home at least every minute to every 60 days, or never."));
    }
    let (customer, id) = (system.customer_id, system.id);
    faults::lock_sites(&mut tx, &[format!("{customer}|{}", system.site_id)]).await?;
    silences::expect(&mut tx, customer, id, minutes, now).await?;
    let plain = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    let watched = Watched::new(minutes, plain(system.last_heard_at), plain(system.expected_since));
    if !watched.is_some_and(|watched| watched.is_silent(now)) {
        let_be(&mut tx, &app.reference.now(), (customer, id), now).await?;
    }
    let detail = json!({"minutes": minutes, "before": system.heartbeat_minutes});
    let entry = Entry::new(Kind::ExpectationChanged, Subject::System, &system.serial).by_viewer(viewer);
    audit::record(&mut tx, entry.with(detail).of(customer), now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}
