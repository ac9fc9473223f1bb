//! What other rules would do to the calls of the past, to a made-up year, and to one call.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    super::{
        shell::Shell,
        typed::{self, Typed},
        view,
    },
    desk_only,
    draft::{Pairs, field, zones},
    load::LoadView,
    other::{self, Calls, Other, Simulated},
};
use crate::{
    app::App,
    domain::{calendar::zone, severity::Severity},
    error::{Error, Result},
    router::{Decision, Facts, Move, Router},
    store::rule_sets,
};

#[derive(Template, WebTemplate)]
#[template(path = "routing/simulator.html")]
pub struct SimulatorPage {
    shell: Shell,
    wanted: Wanted,
    versions: Vec<i32>,
    has_draft: bool,
    report: Option<ReportView>,
    regions: Vec<String>,
    zones: Vec<String>,
    explained: Option<Explained>,
    form: Typed,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Wanted {
    /// `draft`, or the number of a version.
    #[serde(default)]
    other: String,
    /// `past` or `year`.
    #[serde(default)]
    on: String,
    #[serde(skip)]
    text: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    site_zone: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    at: String,
}

pub async fn show(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    answer(&app, shell, wanted).await
}

/// Rules that were typed are too long for an address.
pub async fn typed(State(app): State<App>, shell: Shell, Form(pairs): Pairs) -> Result<Response> {
    desk_only(&shell)?;
    typed::fields(&pairs)?;
    let [other, on, text] = ["other", "on", "text"].map(|name| field(&pairs, name));
    answer(&app, shell, Wanted { other, on, text, ..Wanted::default() }).await
}

async fn answer(app: &App, shell: Shell, wanted: Wanted) -> Result<Response> {
    desk_only(&shell)?;
    match looked_at(app, &shell, &wanted).await {
        Ok((report, explained)) => {
            Ok(page(app, shell, wanted, report, explained, Typed::default()).await?.into_response())
        }
        Err(error) => {
            let form = Typed::default().with(error)?;
            Ok((form.status, page(app, shell, wanted, None, None, form).await?).into_response())
        }
    }
}

async fn looked_at(app: &App, shell: &Shell, wanted: &Wanted) -> Result<(Option<ReportView>, Option<Explained>)> {
    let viewer = shell.viewer()?;
    let other =
        if wanted.text.trim().is_empty() { Other::named(&wanted.other)? } else { Other::Text(wanted.text.clone()) };
    let calls = if wanted.on == "year" { Calls::Year } else { Calls::Past };
    let report = if matches!(other, Other::InForce) {
        None
    } else {
        let found = other::simulated(app, viewer, &other, calls).await?;
        Some(ReportView::of(&found, calls, app.clock.now()))
    };
    let explained = match facts(wanted, app.clock.now())? {
        Some(facts) => Some(Explained::of(app, &other.router(app, viewer).await?, &facts, &other)),
        None => None,
    };
    Ok((report, explained))
}

async fn page(
    app: &App,
    shell: Shell,
    mut wanted: Wanted,
    report: Option<ReportView>,
    explained: Option<Explained>,
    form: Typed,
) -> Result<SimulatorPage> {
    let db = app.store.reader();
    let versions = rule_sets::list(db, i32::MAX, 20).await?;
    let draft = rule_sets::draft(db, shell.viewer()?.person_id).await?;
    if wanted.at.is_empty() {
        wanted.at = view::iso(app.clock.now());
    }
    Ok(SimulatorPage {
        wanted,
        versions: versions.iter().skip(1).map(|row| row.version).collect(),
        has_draft: draft.is_some(),
        report,
        regions: app.reference.now().router.rules().regions.clone(),
        zones: zones(),
        explained,
        form,
        shell,
    })
}

/// One call, if somebody asks about one.
fn facts(wanted: &Wanted, now: Timestamp) -> Result<Option<Facts>> {
    if wanted.region.is_empty() {
        return Ok(None);
    }
    zone(&wanted.site_zone).map_err(|e| Error::invalid("site_zone", e.to_string()))?;
    let severity: Severity =
        wanted.severity.parse().map_err(|_| Error::invalid("severity", "The severity is 1 to 4."))?;
    let at = match wanted.at.trim() {
        "" => now,
        text => text.parse().map_err(|_| Error::invalid("at", "Write the instant as in 2026-12-25T09:30:00Z."))?,
    };
    let subject = Some(wanted.subject.trim().to_owned()).filter(|subject| !subject.is_empty());
    Ok(Some(Facts { subject, ..Facts::plain(&wanted.region, &wanted.site_zone, severity, at) }))
}

/// Why one call would go where it goes, under both.
pub struct Explained {
    pub in_force: Answer,
    pub other: Option<Answer>,
}

pub struct Answer {
    pub queue: String,
    pub chip: String,
    pub why: Vec<String>,
}

impl Answer {
    fn of(decision: &Decision, app: &App) -> Self {
        Self {
            queue: app.reference.now().queue_name(&decision.queue),
            chip: decision.chip().to_owned(),
            why: decision.why.clone(),
        }
    }
}

impl Explained {
    fn of(app: &App, router: &Router, facts: &Facts, other: &Other) -> Self {
        let in_force = Answer::of(&app.reference.now().router.route(facts), app);
        let is_other = !matches!(other, Other::InForce);
        Self { in_force, other: is_other.then(|| Answer::of(&router.route(facts), app)) }
    }
}

/// What a simulation has found, as a page shows it.
pub struct ReportView {
    pub calls: u64,
    pub moved: u64,
    pub waits: u64,
    pub duty: (u64, u64),
    pub gained: u64,
    pub lost: u64,
    pub possible: (u64, u64),
    pub lines: Vec<MoveLine>,
    pub loads: Vec<LoadView>,
    pub same: bool,
    /// Of which calls nothing is said, and by which promises the others were judged.
    pub notes: Vec<String>,
}

pub struct MoveLine {
    pub name: String,
    pub is_call: bool,
    pub sev: view::Sev,
    pub at: view::When,
    pub from: String,
    pub to: String,
    pub before: String,
    pub after: String,
}

const SHOWN: usize = 100;

impl ReportView {
    fn of(found: &Simulated, calls: Calls, now: Timestamp) -> Self {
        let report = &found.report;
        Self {
            notes: notes(found, calls, now),
            calls: report.calls,
            moved: report.moved_count,
            waits: report.waits_changed,
            duty: (report.duty_pages.before, report.duty_pages.after),
            gained: report.promises.gained,
            lost: report.promises.lost,
            possible: (report.promises.possible.before, report.promises.possible.after),
            lines: report.moved.iter().take(SHOWN).map(|one| MoveLine::of(one, now)).collect(),
            loads: report.queues.iter().map(|(queue, load)| LoadView::of(queue, load)).collect(),
            same: report.is_unchanged(),
        }
    }
}

fn notes(found: &Simulated, calls: Calls, now: Timestamp) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(found.only_since.map(|since| {
        format!(
            "Only the newest {} calls, since {} UTC: the older ones of the 90 days were not looked at.",
            other::MOST,
            view::when(since, "UTC", now).words
        )
    }));
    notes.extend(
        (found.unreadable > 0).then(|| {
            format!("{} left out: what the router was asked can't be read any more.", counted(found.unreadable))
        }),
    );
    notes.push(match calls {
        Calls::Past => "First answers are due by each call's own service level, in the hours of its site.",
        Calls::Year => "First answers are due by the standard level, 08:00-20:00 Monday to Friday at the site, without holidays.",
    }.to_owned());
    notes
}

fn counted(calls: usize) -> String {
    if calls == 1 { "1 call was".to_owned() } else { format!("{calls} calls were") }
}

impl MoveLine {
    fn of(one: &Move, now: Timestamp) -> Self {
        Self {
            is_call: !one.name.starts_with('#'),
            name: one.name.clone(),
            sev: one.severity.into(),
            at: view::when(one.at, "UTC", now),
            from: one.from_queue.clone(),
            to: one.to_queue.clone(),
            before: one.why_before.clone(),
            after: one.why_after.clone(),
        }
    }
}
