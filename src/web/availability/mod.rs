//! How available a system was in a month, and a site with all its systems: figures, their exclusions, and the evidence
//! of every minute.

mod dispute;
mod lines;
mod month;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, Query, State};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use utoipa::IntoParams;

pub use self::dispute::{answer, create};
use self::{
    dispute::DisputeView,
    lines::{Bar, FiguresView, Line, dated},
    month::Month,
};
use super::{shell::Shell, systems::plain, timeline::moment, view::When};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        availability::{Figures, Observed, Period, Report, total},
        policy::{Action, Relation, Resource},
    },
    error::Result,
    store::{
        availability::{self, Asked},
        disputes,
        places::{self, SiteRow},
        systems::{self, Narrowed, SystemRow},
    },
};

/// Systems of a site that are named one by one.
const MOST: i64 = 2_000;

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// A month on the clock of the site; the running one where none is named.
    #[serde(default)]
    #[param(pattern = "^([0-9]{4}-[0-9]{2})?$")]
    pub month: String,
    /// The report as it was made at this instant; a time without a zone is the site's.
    #[serde(default)]
    pub as_of: String,
}

/// A month of a place, and the instant as of which it is told.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    pub month: Month,
    pub period: Period,
    pub as_of: Timestamp,
    /// Somebody has asked for an older report.
    pub is_old: bool,
}

impl Wanted {
    pub fn read(&self, zone: &str, now: Timestamp) -> Result<Asking> {
        let place = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let month = Month::read(&self.month, &place, now)?;
        let asked = moment(&self.as_of, zone)?.filter(|at| *at < now);
        Ok(Asking { month, period: month.period(&place)?, as_of: asked.unwrap_or(now), is_old: asked.is_some() })
    }
}

/// A report of each system, in the order in which they came; all of one site.
pub async fn reports(app: &App, viewer: &Viewer, rows: &[SystemRow], when: Asking) -> Result<Vec<Report>> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let (customer_id, site_id) = (first.customer_id, first.site_id);
    let asked = Asked { customer_id, site_id, systems: &ids, during: when.period };
    let mut known = availability::evidence(app.store.reader(), &viewer.scope, asked).await?;
    let seen = viewer.scope.since(customer_id, site_id);
    let report = |row: &SystemRow| {
        let installed = row.installed_at.to_jiff();
        let evidence = known.remove(&row.id).unwrap_or_default();
        // What was before a reader may look is not told, however it was.
        let installed_at = seen.map_or(installed, |seen| seen.max(installed));
        Observed { installed_at, evidence: &evidence }.report(when.period, when.as_of)
    };
    Ok(rows.iter().map(report).collect())
}

/// The systems of a site, by name.
pub async fn systems_of(app: &App, viewer: &Viewer, site: &SiteRow) -> Result<Vec<SystemRow>> {
    let narrowed = Narrowed { site_code: Some(&site.site_code), ..Narrowed::default() };
    let mut rows = systems::list(app.store.reader(), &viewer.scope, app.clock.now(), &narrowed, MOST).await?;
    rows.retain(|row| row.site_id == site.id);
    rows.sort_by(|a, b| a.serial.cmp(&b.serial));
    Ok(rows)
}

/// What both pages have at their head.
pub struct Head {
    month: Month,
    before: String,
    after: Option<String>,
    zone: String,
    as_of: Option<When>,
    made: When,
    /// As a field for it takes it.
    moment: String,
    kept: String,
}

impl Head {
    fn new(wanted: &Wanted, when: Asking, zone: &str, now: Timestamp) -> Self {
        let place = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let running = Month::of(&place, now);
        let kept =
            if when.is_old { format!("&as_of={}", super::problem::escape(&wanted.as_of)) } else { String::new() };
        Self {
            before: when.month.before().name(),
            after: Some(when.month.after()).filter(|after| *after <= running).map(Month::name),
            month: when.month,
            as_of: when.is_old.then(|| dated(when.as_of, zone)),
            made: dated(when.as_of, zone),
            moment: if when.is_old { super::timeline::local(when.as_of, zone) } else { String::new() },
            zone: zone.to_owned(),
            kept,
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "availability/system.html")]
pub struct SystemPage {
    shell: Shell,
    serial: String,
    nickname: String,
    site_code: String,
    head: Head,
    figures: FiguresView,
    bars: Vec<Bar>,
    lines: Vec<Line>,
    /// None of the month has passed with the system there.
    is_empty: bool,
    disputes: Vec<DisputeView>,
    may_dispute: bool,
    may_answer: bool,
}

pub async fn of_system(
    State(app): State<App>,
    shell: Shell,
    Path(serial): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<SystemPage> {
    let (viewer, now) = (shell.viewer()?, app.clock.now());
    let row = systems::find(app.store.reader(), &viewer.scope, &plain(&serial), now).await?;
    let when = wanted.read(&row.time_zone, now)?;
    let rows = [row];
    let mut made = reports(&app, viewer, &rows, when).await?;
    let ([row], Some(report)) = (rows, made.pop()) else { return Err(crate::error::Error::NotFound) };
    let own = [row.id];
    let said = disputes::of_systems(app.store.reader(), &viewer.scope, row.customer_id, &own, when.period).await?;
    let known = said.into_iter().filter(|one| one.raised_at.to_jiff() <= when.as_of);
    let looks = !when.is_old && viewer.may_change().is_ok();
    Ok(SystemPage {
        figures: FiguresView::from(&report.figures),
        bars: Bar::all(&report, when.period, &row.time_zone),
        lines: Line::all(&report, &row.time_zone),
        is_empty: report.covered.is_empty(),
        disputes: known.map(|one| DisputeView::of(one, &row.time_zone, when.as_of)).collect(),
        head: Head::new(&wanted, when, &row.time_zone, now),
        may_dispute: looks && viewer.may(Action::File, Resource::System, Relation::Own).is_ok(),
        may_answer: looks && viewer.may(Action::AssignOthers, Resource::Call, Relation::Own).is_ok(),
        serial: row.serial,
        nickname: row.nickname,
        site_code: row.site_code,
        shell,
    })
}

/// A system among those of its site.
pub struct Row {
    serial: String,
    nickname: String,
    figures: FiguresView,
    worst: bool,
    bars: Vec<Bar>,
}

#[derive(Template, WebTemplate)]
#[template(path = "availability/site.html")]
pub struct SitePage {
    shell: Shell,
    code: String,
    name: String,
    head: Head,
    figures: FiguresView,
    rows: Vec<Row>,
    cut: bool,
}

pub async fn of_site(
    State(app): State<App>,
    shell: Shell,
    Path(code): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<SitePage> {
    let (viewer, now) = (shell.viewer()?, app.clock.now());
    let site = places::find(app.store.reader(), &viewer.scope, &plain(&code)).await?;
    let when = wanted.read(&site.time_zone, now)?;
    let systems = systems_of(&app, viewer, &site).await?;
    let made = reports(&app, viewer, &systems, when).await?;
    let all = total(named(&systems, &made));
    let row = |(system, report): (&SystemRow, &Report)| Row {
        serial: system.serial.clone(),
        nickname: system.nickname.clone(),
        figures: FiguresView::from(&report.figures),
        worst: all.worst.as_deref() == Some(system.serial.as_str()),
        bars: Bar::all(report, when.period, &site.time_zone),
    };
    Ok(SitePage {
        rows: systems.iter().zip(&made).map(row).collect(),
        figures: FiguresView::from(&all.figures),
        cut: i64::try_from(systems.len()).is_ok_and(|n| n >= MOST),
        head: Head::new(&wanted, when, &site.time_zone, now),
        code: site.site_code,
        name: site.name,
        shell,
    })
}

/// Each with its figures, for adding them up.
pub fn named<'a>(systems: &'a [SystemRow], made: &'a [Report]) -> impl Iterator<Item = (String, Figures)> + 'a {
    systems.iter().zip(made).map(|(system, report)| (system.serial.clone(), report.figures))
}
