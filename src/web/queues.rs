//! Queues: what is due next, and who is awake.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    api,
    shell::Shell,
    view::{self, CallRow, Due},
};
use crate::{
    app::App,
    domain::{
        access::Scope,
        objective::Kind,
        policy::{Action, Relation, Resource},
    },
    error::Result,
    reference::Reference,
    router::Turn,
    store::{calls, desk, silences},
};

#[derive(Template, WebTemplate)]
#[template(path = "queues/show.html")]
pub struct ShowPage {
    shell: Shell,
    slug: String,
    name: String,
    load: desk::Load,
    calls: Vec<CallRow>,
    sun: Sun,
    staff: bool,
    key: Uuid,
    /// Where this page begins, if it is not the first, and where the next one does.
    here: String,
    next: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "queues/_rows.html")]
pub struct RowsFragment {
    slug: String,
    calls: Vec<CallRow>,
    staff: bool,
    key: Uuid,
}

#[derive(Deserialize)]
pub struct Wanted {
    fragment: Option<String>,
    #[serde(default)]
    cursor: String,
}

const PAGE: i64 = 50;

/// Only the desks have queues; for everybody else there is nothing here.
fn desk_only(shell: &Shell) -> Result<()> {
    Ok(shell.viewer()?.may(Action::See, Resource::Queue, Relation::Foreign)?)
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    desk_only(&shell)?;
    let (now, viewer, here) = (app.clock.now(), shell.viewer()?, wanted.cursor);
    let after = Some(here.as_str()).filter(|text| !text.is_empty()).map(api::queues::after).transpose()?;
    let reference = app.reference.now();
    // Whoever may see a queue sees all of it, so one answer is good for all of them.
    let whole = after.is_none() && reference.queue_names.contains_key(&slug) && viewer.scope.json().is_none();
    let page = if whole {
        let read = QueuePage::read(&app, &viewer.scope, &slug, None);
        app.queues.of(slug.clone()).get(|| app.moment(), read).await?
    } else {
        Arc::new(QueuePage::read(&app, &viewer.scope, &slug, after).await?)
    };
    let calls = CallRow::all(&page.rows, viewer, now);
    let (staff, key) = (viewer.role.works_calls(), Uuid::now_v7());
    if wanted.fragment.is_some() {
        return Ok(RowsFragment { slug, calls, staff, key }.into_response());
    }
    let (load, name, next) = (page.load.clone(), page.name.clone(), page.next.clone());
    let sun = Sun::at(&reference, now);
    Ok(ShowPage { shell, slug, name, load, calls, sun, staff, key, here, next }.into_response())
}

/// A page of a queue, as it was read.
pub struct QueuePage {
    name: String,
    rows: Vec<calls::CallSummary>,
    next: Option<String>,
    load: desk::Load,
}

impl QueuePage {
    async fn read(app: &App, scope: &Scope, slug: &str, after: Option<calls::QueuePlace>) -> Result<Self> {
        let db = app.store.reader();
        let name = desk::queue_name(db, slug).await?;
        let (rows, next) = api::queues::page(calls::in_queue(db, scope, slug, after, PAGE + 1).await?, PAGE);
        let load = desk::load(db, scope, slug, app.clock.now()).await?;
        Ok(Self { name, rows, next, load })
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "queues/index.html")]
pub struct IndexPage {
    shell: Shell,
    queues: Vec<QueueView>,
    imported: Vec<QueueView>,
    mine: Vec<CallRow>,
    /// How many systems should have been heard from and were not.
    silent: i64,
    sun: Sun,
}

#[derive(Template, WebTemplate)]
#[template(path = "queues/_queues.html")]
pub struct QueuesFragment {
    queues: Vec<QueueView>,
}

pub struct QueueView {
    slug: String,
    name: String,
    open: i64,
    unassigned: i64,
    late: i64,
    worst: Option<view::Sev>,
    next: Option<Due>,
}

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    desk_only(&shell)?;
    let (now, db) = (app.clock.now(), app.store.reader());
    let viewer = shell.viewer()?;
    let rows = desk::queues(db, &viewer.scope, now).await?;
    let (imported, own): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.kind == "imported");
    let queues = own.into_iter().map(|row| QueueView::of(row, now)).collect();
    if wanted.fragment.is_some() {
        return Ok(QueuesFragment { queues }.into_response());
    }
    let imported = imported.into_iter().filter(|row| row.open > 0).map(|row| QueueView::of(row, now)).collect();
    let mine = CallRow::all(&calls::assigned_to(db, &viewer.scope, viewer.person_id).await?, viewer, now);
    let sun = Sun::at(&app.reference.now(), now);
    let silent = silences::count(db, &viewer.scope).await?;
    Ok(IndexPage { shell, queues, imported, mine, silent, sun }.into_response())
}

impl QueueView {
    fn of(row: &desk::QueueRow, now: Timestamp) -> Self {
        let worst = row.worst.and_then(|n| crate::domain::severity::Severity::try_from(n).ok());
        Self {
            slug: row.slug.clone(),
            name: row.name.clone(),
            open: row.open,
            unassigned: row.unassigned,
            late: row.late,
            worst: worst.map(Into::into),
            next: row.next_due_at.map(|at| view::due(Kind::Acknowledge, at.to_jiff(), now)),
        }
    }
}

/// The regions awake, over the UTC day that is under way.
pub struct Sun {
    pub rows: Vec<Region>,
    pub now_x: i64,
    pub height: usize,
    pub words: Vec<String>,
    pub label: String,
    /// Who gives to whom next, and how soon.
    pub turn: Option<String>,
    pub utc: view::When,
}

pub struct Region {
    pub code: String,
    pub index: usize,
    pub y: usize,
    /// From and for how many minutes of the UTC day it is open.
    pub bars: Vec<(i64, i64)>,
}

const DAY: i64 = 24 * 60;

impl Sun {
    pub fn at(reference: &Reference, now: Timestamp) -> Self {
        let rules = reference.router.rules();
        let midnight = Timestamp::from_second(now.as_second() / 86_400 * 86_400).unwrap_or(now);
        let mut words = Vec::new();
        let mut rows = Vec::new();
        let ordered =
            rules.regions.iter().flat_map(|region| rules.cacs.iter().filter(move |cac| cac.region == *region));
        for (index, cac) in ordered.enumerate() {
            let Some(calendar) = rules.calendar(&cac.calendar) else { continue };
            words.push(awake_words(&cac.code, calendar, now));
            let bars = bars(calendar, midnight);
            rows.push(Region { code: cac.code.clone(), index: index % 5 + 1, y: index * 19 + 3, bars });
        }
        Self {
            now_x: now.duration_since(midnight).as_secs() / 60,
            height: rows.len() * 19,
            label: format!("Regions on shift. {}", words.join(". ")),
            words,
            rows,
            turn: reference.router.next_turn(now).map(|turn| turn_words(&turn, now)),
            utc: view::when(now, "UTC", now),
        }
    }
}

fn turn_words(turn: &Turn, now: Timestamp) -> String {
    let left = view::span(turn.at.duration_since(now));
    match (&turn.from, &turn.to) {
        (Some(from), Some(to)) => format!("{from} hands over to {to} in {left}"),
        (Some(from), None) => format!("{from} hands over to the duty manager in {left}"),
        (None, Some(to)) => format!("{to} takes over from the duty manager in {left}"),
        (None, None) => "Handovers".to_owned(),
    }
}

fn bars(calendar: &crate::domain::calendar::Calendar, midnight: Timestamp) -> Vec<(i64, i64)> {
    let minute = |at: Timestamp| at.duration_since(midnight).as_secs().clamp(0, DAY * 60) / 60;
    let end = midnight + SignedDuration::from_hours(24);
    let (mut at, mut bars) = (midnight, Vec::new());
    while at < end && bars.len() < 10 {
        let Some(opens) = calendar.next_open(at).filter(|opens| *opens < end) else { break };
        let closes = calendar.open_until(opens).unwrap_or(end).min(end);
        bars.push((minute(opens), minute(closes) - minute(opens)));
        at = closes;
    }
    bars
}

pub fn awake_words(code: &str, calendar: &crate::domain::calendar::Calendar, now: Timestamp) -> String {
    let at = |instant| view::at_place(instant, "UTC", now);
    match (calendar.open_until(now), calendar.next_open(now)) {
        (Some(until), _) => format!("{code} on shift until {}", at(until)),
        (None, Some(opens)) if opens <= now => format!("{code} on shift"),
        (None, Some(opens)) => format!("{code} opens in {}", view::span(opens.duration_since(now))),
        (None, None) => format!("{code} is closed"),
    }
}
