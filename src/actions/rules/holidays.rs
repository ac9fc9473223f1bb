use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::json;

use super::{publish::followed, rights::in_region};
use crate::{
    actions::{audit, audit::Entry},
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
        policy::{Action, Relation, Resource},
    },
    error::Result,
    store::{WriteTx, public_holidays},
};

/// Public holidays of a country that close its sites from now on, where those keep no calendar of their own.
pub async fn add_public_holidays(
    app: &App,
    viewer: &Viewer,
    country: &str,
    days: &BTreeMap<Date, String>,
) -> Result<()> {
    let mut tx = allowed(app, viewer, country).await?;
    public_holidays::add(&mut tx, country, &json!(days)).await?;
    let all: Vec<String> = days.keys().map(ToString::to_string).collect();
    written(app, tx, viewer, country, json!({"added": all})).await
}

pub async fn remove_public_holidays(app: &App, viewer: &Viewer, country: &str, days: &[String]) -> Result<()> {
    let mut tx = allowed(app, viewer, country).await?;
    public_holidays::remove(&mut tx, country, days).await?;
    written(app, tx, viewer, country, json!({"removed": days})).await
}

/// They are changed where the sites of the country are at home.
async fn allowed(app: &App, viewer: &Viewer, country: &str) -> Result<WriteTx> {
    let own = if viewer.cac.is_some() { Relation::Own } else { Relation::Foreign };
    viewer.may(Action::Change, Resource::Calendar, own)?;
    let mut tx = app.store.begin_write().await?;
    let reference = app.reference.now();
    for region in public_holidays::regions_of(&mut *tx, &viewer.scope, country).await? {
        in_region(viewer, reference.router.rules(), &region)?;
    }
    Ok(tx)
}

async fn written(app: &App, mut tx: WriteTx, viewer: &Viewer, country: &str, detail: serde_json::Value) -> Result<()> {
    let entry = Entry::new(Kind::HolidaysChanged, Subject::Country, country).by_viewer(viewer).with(detail);
    audit::record(&mut tx, entry, app.clock.now()).await?;
    followed(app, tx).await
}
