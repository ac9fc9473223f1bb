use crate::{
    app::App,
    domain::{access::Viewer, calendar::Calendar},
    error::{Error, Result},
    store::own,
};

/// Times are shown in the zone that somebody chooses; in that of their browser when they choose none.
pub async fn set_time_zone(app: &App, viewer: &Viewer, zone: &str) -> Result<()> {
    viewer.may_change()?;
    let zone = Some(zone.trim()).filter(|zone| !zone.is_empty());
    let zone = zone.map(Calendar::prime_hours).transpose().map_err(|e| Error::invalid("time_zone", e.to_string()))?;
    let mut tx = app.store.begin_write().await?;
    own::set_time_zone(&mut tx, viewer.person_id, zone.as_ref().map(Calendar::zone_name)).await?;
    tx.commit().await?;
    Ok(())
}
