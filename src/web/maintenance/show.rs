//! One window: what runs or comes of it, what came of it, and ending it.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    super::{
        shell::Shell,
        typed::{self, Typed},
        view::{self, When},
    },
    may_plan, may_see,
    view::{Times, WindowLine, exact, wall},
};
use crate::{
    actions,
    app::App,
    domain::{
        access::Viewer,
        maintenance::{Occurrence, Report},
    },
    error::{Error, Result},
    store::maintenance::{self, HistoryRow, OccurrenceRow, OfWindow, SuppressedRow, WindowRow},
};

type Pairs = Form<Vec<(String, String)>>;

#[derive(Template, WebTemplate)]
#[template(path = "maintenance/show.html")]
pub struct ShowPage {
    shell: Shell,
    form: Typed,
    w: WindowLine,
    reason: String,
    systems: Vec<(String, String)>,
    next: Vec<Times>,
    past: Vec<PastLine>,
    alarms: Vec<AlarmLine>,
    /// Of which occurrence the alarms are.
    shown: Option<String>,
    history: Vec<HistoryLine>,
    runs: bool,
    repeats: bool,
    until: String,
    /// The instant behind it.
    until_at: String,
    may_plan: bool,
}

/// An occurrence that is over, and what came of it.
pub struct PastLine {
    key: String,
    times: Times,
    report: Report,
}

pub struct AlarmLine {
    at: When,
    serial: Option<String>,
    component: String,
    summary: String,
    severity: String,
    stands: bool,
    number: Option<String>,
}

pub struct HistoryLine {
    at: When,
    who: String,
    what: &'static str,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    occurrence: Option<i64>,
}

const NEXT: usize = 5;
const PAST: i64 = 30;
const ALARMS: i64 = 100;
const HISTORY: i64 = 50;

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(window): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<ShowPage> {
    page(&app, shell, &window, wanted.occurrence, Typed::default()).await
}

fn named(window: &str) -> Result<Uuid> {
    window.parse().map_err(|_| Error::NotFound)
}

async fn page(app: &App, shell: Shell, window: &str, of: Option<i64>, form: Typed) -> Result<ShowPage> {
    let (db, now, viewer) = (app.store.reader(), app.clock.now(), shell.viewer()?);
    may_see(viewer)?;
    let row = maintenance::find(db, &viewer.scope, named(window)?).await?;
    let past = maintenance::occurrences(db, &viewer.scope, row.customer_id, row.id, PAST).await?;
    let history = maintenance::history(db, &viewer.scope, row.customer_id, row.id, HISTORY).await?;
    let stretch = stretch(&row, &past, of, now);
    let alarms = match stretch {
        Some(stretch) => {
            let of = OfWindow { customer_id: row.customer_id, site_id: row.site_id, systems: row.systems.as_deref() };
            maintenance::suppressed(db, &viewer.scope, of, stretch, None, ALARMS).await?
        }
        None => Vec::new(),
    };
    let parts = Parts { row: &row, past: &past, history: &history, alarms: &alarms, stretch };
    let page = parts.page(viewer, now);
    Ok(ShowPage { shell, form, ..page })
}

/// Whose alarms are shown: those of the occurrence that was asked for, of the one that runs, or of the last one.
fn stretch(row: &WindowRow, past: &[OccurrenceRow], of: Option<i64>, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let of_past = |o: &OccurrenceRow| (o.starts_at.to_jiff(), o.ends_at.to_jiff());
    let asked = of.and_then(|key| past.iter().map(of_past).find(|(from, _)| from.as_microsecond() == key));
    let running = row.current().filter(|current| current.contains(now)).map(|current| (current.starts_at, now));
    asked.or(running).or_else(|| past.first().map(of_past))
}

/// What was read for the page.
struct Parts<'a> {
    row: &'a WindowRow,
    past: &'a [OccurrenceRow],
    history: &'a [HistoryRow],
    alarms: &'a [SuppressedRow],
    stretch: Option<(Timestamp, Timestamp)>,
}

impl Parts<'_> {
    fn page(&self, viewer: &Viewer, now: Timestamp) -> ShowPage {
        let (row, zone) = (self.row, self.row.time_zone.as_str());
        let window = row.window();
        let next: Vec<Occurrence> = window.coming(now).take(NEXT).collect();
        let running = next.first().filter(|next| next.contains(now));
        let past = |o: &OccurrenceRow| {
            let (starts_at, ends_at) = (o.starts_at.to_jiff(), o.ends_at.to_jiff());
            let times = Times::of(&Occurrence { planned_at: starts_at, starts_at, ends_at }, zone, viewer, now);
            PastLine { key: starts_at.as_microsecond().to_string(), times, report: o.report.0.clone() }
        };
        let until = running.map(|running| running.ends_at + jiff::SignedDuration::from_hours(1));
        ShowPage {
            shell: Shell::default(),
            form: Typed::default(),
            w: WindowLine::of(row, viewer, now),
            reason: row.reason.clone(),
            systems: row.named.iter().map(|s| (s.serial.clone(), s.nickname.clone())).collect(),
            runs: running.is_some(),
            repeats: matches!(row.plan.rule, crate::domain::maintenance::Rule::Repeated(_)),
            until: until.map(|at| wall(at, &row.plan.zone())).unwrap_or_default(),
            until_at: until.map(|at| at.to_string()).unwrap_or_default(),
            next: next.iter().map(|next| Times::of(next, zone, viewer, now)).collect(),
            past: self.past.iter().map(past).collect(),
            alarms: self.alarms.iter().map(|alarm| AlarmLine::of(alarm, zone, now)).collect(),
            shown: self.stretch.map(|(from, _)| view::ahead_at_place(from, zone, now)),
            history: self.history.iter().map(|line| HistoryLine::of(line, zone, now)).collect(),
            may_plan: may_plan(viewer),
        }
    }
}

impl AlarmLine {
    fn of(row: &SuppressedRow, zone: &str, now: Timestamp) -> Self {
        Self {
            at: view::when(row.received_at.to_jiff(), zone, now),
            serial: row.serial.clone(),
            component: row.component.clone(),
            summary: row.summary.clone(),
            severity: row.severity.clone(),
            stands: row.stands,
            number: row.call_number().map(|number| number.to_string()),
        }
    }
}

impl HistoryLine {
    fn of(row: &HistoryRow, zone: &str, now: Timestamp) -> Self {
        let what = match row.kind.as_str() {
            "planned" => "planned it",
            "changed" => "changed it",
            "extended" => "moved the end of the one that ran",
            "ended" => "ended it before its time",
            "skipped" => "called one of them off",
            _ => "cancelled it",
        };
        let who = row.actor.clone().unwrap_or_else(|| format!("the {}", row.party));
        Self { at: view::when(row.at.to_jiff(), zone, now), who, what }
    }
}

pub async fn end(State(app): State<App>, shell: Shell, Path(window): Path<String>) -> Result<Response> {
    let done = actions::end_window(&app, shell.viewer()?, named(&window)?, None).await;
    answer(&app, shell, &window, &[], done).await
}

pub async fn cancel(State(app): State<App>, shell: Shell, Path(window): Path<String>) -> Result<Response> {
    let done = actions::cancel_window(&app, shell.viewer()?, named(&window)?, None).await;
    answer(&app, shell, &window, &[], done).await
}

pub async fn extend(
    State(app): State<App>,
    shell: Shell,
    Path(window): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let id = named(&window)?;
    let fields = typed::fields(&pairs)?;
    let viewer = shell.viewer()?;
    let row = maintenance::find(app.store.reader(), &viewer.scope, id).await?;
    let until = exact(fields.text("to"), fields.text("to_at"), &row.plan.zone());
    let done = actions::extend_window(&app, viewer, id, None, &until).await;
    answer(&app, shell, &window, &pairs, done).await
}

pub async fn skip(
    State(app): State<App>,
    shell: Shell,
    Path(window): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let id = named(&window)?;
    let micros = typed::fields(&pairs)?.text("planned_at").parse().ok();
    let planned_at = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()).unwrap_or(Timestamp::MIN);
    let done = actions::skip_occurrence(&app, shell.viewer()?, id, planned_at).await;
    answer(&app, shell, &window, &pairs, done).await
}

/// Back to the page, which says what is now or why not.
async fn answer(
    app: &App,
    shell: Shell,
    window: &str,
    pairs: &[(String, String)],
    done: Result<()>,
) -> Result<Response> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/maintenance-windows/{window}")).into_response()),
        Err(error) => {
            let form = Typed::from(pairs).with(error)?;
            Ok((form.status, page(app, shell, window, None, form).await?).into_response())
        }
    }
}
