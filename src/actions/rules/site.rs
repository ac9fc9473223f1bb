use serde_json::json;

use super::{edit::is_language, publish::followed, rights::in_region};
use crate::{
    actions::{audit, audit::Entry},
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
    },
    error::{Error, Result},
    store::places,
};

/// A site keeps a calendar of its own from now on; without one it has prime hours and its country's holidays.
pub async fn give_site_calendar(app: &App, viewer: &Viewer, site_code: &str, calendar: Option<&str>) -> Result<()> {
    let reference = app.reference.now();
    let mut tx = app.store.begin_write().await?;
    let site = places::find(&mut *tx, &viewer.scope, site_code).await?;
    in_region(viewer, reference.router.rules(), &site.region)?;
    if calendar.is_some_and(|name| reference.calendar(name).is_none()) {
        return Err(Error::invalid("calendar", "There is no such calendar among those in force."));
    }
    places::set_calendar(&mut tx, site.customer_id, site.id, calendar).await?;
    let detail = json!({"calendar": calendar, "before": site.calendar});
    let entry = Entry::new(Kind::SiteHoursChanged, Subject::Site, &site.site_code).by_viewer(viewer);
    audit::record(&mut tx, entry.with(detail).of(site.customer_id), app.clock.now()).await?;
    followed(app, tx).await
}

/// Calls of the site go to queues that speak this, where there are any.
pub async fn set_site_language(app: &App, viewer: &Viewer, site_code: &str, language: Option<&str>) -> Result<()> {
    if !language.is_none_or(is_language) {
        return Err(Error::invalid("language", "A language is two small letters, such as fr."));
    }
    let mut tx = app.store.begin_write().await?;
    let site = places::find(&mut *tx, &viewer.scope, site_code).await?;
    in_region(viewer, app.reference.now().router.rules(), &site.region)?;
    places::set_language(&mut tx, site.customer_id, site.id, language).await?;
    let detail = json!({"language": language, "before": site.language});
    let entry = Entry::new(Kind::SiteLanguageChanged, Subject::Site, &site.site_code).by_viewer(viewer);
    audit::record(&mut tx, entry.with(detail).of(site.customer_id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
