use serde_json::json;
use uuid::Uuid;

use crate::{
    actions::{audit, audit::Entry},
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::relations,
};

/// A partner reviews in the hours of this calendar from now on; without one in those of the site.
pub async fn give_partner_calendar(app: &App, viewer: &Viewer, relation: Uuid, calendar: Option<&str>) -> Result<()> {
    viewer.may(Action::Change, Resource::PartnerRelation, Relation::Foreign)?;
    if calendar.is_some_and(|name| app.reference.now().calendar(name).is_none()) {
        return Err(Error::invalid("calendar", "There is no such calendar among those in force."));
    }
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let partner = relations::set_calendar(&mut tx, relation, calendar, now).await?.ok_or(Error::NotFound)?;
    let entry = Entry::new(Kind::RelationChanged, Subject::Relation, relation).by_viewer(viewer);
    audit::record(&mut tx, entry.with(json!({"calendar": calendar})).of(partner), now).await?;
    tx.commit().await?;
    Ok(())
}
