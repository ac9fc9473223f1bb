//! Planned work: what runs, what comes, what was.
mod form;
mod notice;
mod show;
mod view;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use serde::Deserialize;

use self::view::WindowLine;
pub use self::{
    form::{change, create, edit, new},
    notice::Notice,
    show::{cancel, end, extend, show, skip},
};
use super::{shell::Shell, systems::plain};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::Result,
    store::maintenance::{self, Filter},
};

#[derive(Template, WebTemplate)]
#[template(path = "maintenance/index.html")]
pub struct IndexPage {
    shell: Shell,
    running: Vec<WindowLine>,
    coming: Vec<WindowLine>,
    past: Vec<WindowLine>,
    site: String,
    system: String,
    everything: bool,
    may_plan: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    site: String,
    #[serde(default)]
    system: String,
}

const MOST: i64 = 200;
const PAST: i64 = 50;

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    let (db, now, viewer) = (app.store.reader(), app.clock.now(), shell.viewer()?);
    may_see(viewer)?;
    let (site, system) = (plain(&wanted.site), plain(&wanted.system));
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let filter = Filter { site_code: given(&site), serial: given(&system) };
    let planned = maintenance::list(db, &viewer.scope, &filter, false, MOST).await?;
    let past = maintenance::list(db, &viewer.scope, &filter, true, PAST).await?;
    let (running, coming): (Vec<_>, Vec<_>) = planned.iter().partition(|row| row.runs(now));
    let lines = |rows: Vec<_>| rows.into_iter().map(|row| WindowLine::of(row, viewer, now)).collect();
    Ok(IndexPage {
        running: lines(running),
        coming: lines(coming),
        past: lines(past.iter().collect()),
        everything: viewer.sees_all_customers(),
        may_plan: may_plan(viewer),
        site,
        system,
        shell,
    })
}

impl IndexPage {
    fn is_narrowed(&self) -> bool {
        !self.site.is_empty() || !self.system.is_empty()
    }
}

fn may_see(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::MaintenanceWindow, Relation::Own)?)
}

/// Whether the forms are there for this reader.
fn may_plan(viewer: &Viewer) -> bool {
    viewer.may(Action::Change, Resource::MaintenanceWindow, Relation::Own).is_ok()
}
