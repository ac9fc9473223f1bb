//! Handovers: what comes at the next boundary, what waits to be accepted, what was handed over lately.
mod hours;
mod past;
mod views;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use self::{hours::Hours, past::Past, views::Region};
use super::{queues::Sun, shell::Shell};
use crate::{
    actions,
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::handovers::{self, Handover, Urgent},
};

pub use hours::shift;

#[derive(Template, WebTemplate)]
#[template(path = "handovers/index.html")]
pub struct IndexPage {
    shell: Shell,
    sun: Sun,
    regions: Vec<Region>,
    past: Vec<Past>,
    hours: Option<Hours>,
    moved: Option<String>,
    key: Uuid,
}

#[derive(Template, WebTemplate)]
#[template(path = "handovers/_regions.html")]
pub struct RegionsFragment {
    regions: Vec<Region>,
    key: Uuid,
}

#[derive(Template, WebTemplate)]
#[template(path = "handovers/_past.html")]
pub struct PastFragment {
    past: Vec<Past>,
}

#[derive(Template, WebTemplate)]
#[template(path = "handovers/_hours.html")]
pub struct HoursFragment {
    hours: Hours,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    fragment: Option<String>,
    minutes: Option<i64>,
    /// How many calls changed hands when the demo's clock was moved.
    moved: Option<i64>,
}

/// So far back goes what was handed over.
pub const LATELY: SignedDuration = SignedDuration::from_hours(72);
/// So far ahead goes what will come.
const SOON: SignedDuration = SignedDuration::from_hours(24);
pub const MOST: i64 = 500;

/// Only the desks hand over; for everybody else there is nothing here.
pub fn desk_only(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::Queue, Relation::Foreign)?)
}

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    let viewer = shell.viewer()?;
    desk_only(viewer)?;
    let now = app.clock.now();
    let urgent = urgent(&app, viewer).await?;
    if wanted.fragment.as_deref() == Some("hours") {
        let hours = Hours::at(&app.reference.now(), &urgent, now, wanted.minutes.unwrap_or(0));
        return Ok(HoursFragment { hours }.into_response());
    }
    let rows = handovers::list(app.store.reader(), &viewer.scope, now - LATELY, MOST).await?;
    let (key, past) = (Uuid::now_v7(), Past::all(&rows, now));
    if wanted.fragment.as_deref() == Some("past") {
        return Ok(PastFragment { past }.into_response());
    }
    let regions = regions(&app, viewer, &rows, &urgent).await?;
    if wanted.fragment.is_some() {
        return Ok(RegionsFragment { regions, key }.into_response());
    }
    let sun = Sun::at(&app.reference.now(), now);
    let demo = hours::is_demo(&app).await?;
    let hours = demo.then(|| Hours::at(&app.reference.now(), &urgent, now, 0));
    let moved = wanted.moved.filter(|_| demo).map(hours::moved_words);
    Ok(IndexPage { shell, sun, regions, past, hours, moved, key }.into_response())
}

async fn urgent(app: &App, viewer: &Viewer) -> Result<Vec<Urgent>> {
    let queues = app.reference.now().router.sunlit();
    handovers::urgent(app.store.reader(), &viewer.scope, &queues, MOST).await
}

async fn regions(app: &App, viewer: &Viewer, rows: &[Handover], urgent: &[Urgent]) -> Result<Vec<Region>> {
    let waiting: Vec<&Handover> = rows.iter().filter(|row| row.waits).collect();
    let ids: Vec<Uuid> = waiting.iter().map(|row| row.id).collect();
    let lines = handovers::last_lines(app.store.reader(), &viewer.scope, &ids).await?;
    let now = app.clock.now();
    let looked = views::Looked { viewer, reference: &app.reference.now(), waiting: &waiting, lines: &lines, now };
    Ok(looked.regions(urgent, now + SOON))
}

/// Everything that came to one center at one boundary.
#[derive(Debug, Deserialize)]
pub struct Boundary {
    /// Empty for the duty manager.
    #[serde(default)]
    to: String,
    boundary: String,
}

pub async fn accept(State(app): State<App>, shell: Shell, Form(form): Form<Boundary>) -> Result<Redirect> {
    let viewer = shell.viewer()?;
    desk_only(viewer)?;
    let boundary: Timestamp = form
        .boundary
        .parse()
        .map_err(|_| Error::invalid("boundary", "That is no instant, such as 2026-11-25T20:00:00Z."))?;
    let to = Some(form.to.as_str()).filter(|to| !to.is_empty());
    actions::accept_handovers(&app, viewer, to, boundary).await?;
    Ok(Redirect::to("/handovers"))
}
