//! The form that plans a window or changes one, with what would come of it.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    super::{
        shell::Shell,
        systems::plain,
        typed::{self, Typed},
        view::{self, CallRow},
    },
    may_see,
    view::{Times, exact, wall},
};
use crate::{
    actions::{self, WantedWindow},
    app::App,
    domain::{
        access::Viewer,
        calendar::{DAYS, zone},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        calls::{self, Filter},
        maintenance::{self, WindowRow},
        places::{self, SiteRow},
        systems::{self, AtSite},
    },
};

type Pairs = Form<Vec<(String, String)>>;

#[derive(Template, WebTemplate)]
#[template(path = "maintenance/new.html")]
pub struct FormPage {
    shell: Shell,
    form: Typed,
    sites: Vec<SiteRow>,
    chosen: Option<SiteRow>,
    systems: Vec<AtSite>,
    zones: Vec<String>,
    /// What would come of it, where enough was typed to tell.
    preview: Option<Vec<Times>>,
    /// Critical calls that are worked on there now.
    critical: Vec<CallRow>,
    /// The window that is changed; none is a new one.
    window: Option<Uuid>,
    version: String,
    days: [(&'static str, &'static str); 7],
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    site: String,
    #[serde(default)]
    system: String,
}

const MOST: i64 = 2_000;
const SHOWN: usize = 5;

pub async fn new(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<FormPage> {
    may_plan(shell.viewer()?)?;
    let mut pairs = vec![("site".to_owned(), plain(&wanted.site))];
    let system = plain(&wanted.system);
    if !system.is_empty() {
        let scope = &shell.viewer()?.scope;
        if let Ok(found) = systems::find(app.store.reader(), scope, &system, app.clock.now()).await {
            pairs = vec![("site".to_owned(), found.site_code), ("limit".to_owned(), "some".to_owned())];
            pairs.push(("systems".to_owned(), found.serial));
        }
    }
    page(&app, shell, &pairs, Typed::from(pairs.as_slice()), None).await
}

fn may_plan(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::Change, Resource::MaintenanceWindow, Relation::Own)?)
}

async fn page(
    app: &App,
    shell: Shell,
    pairs: &[(String, String)],
    form: Typed,
    row: Option<&WindowRow>,
) -> Result<FormPage> {
    let (db, now, viewer) = (app.store.reader(), app.clock.now(), shell.viewer()?);
    let sites = if row.is_some() { Vec::new() } else { places::list(db, &viewer.scope, MOST).await? };
    let code = row.map_or_else(|| plain(form.text("site")), |row| row.site_code.clone());
    let chosen = match places::find(db, &viewer.scope, &code).await {
        Ok(site) => Some(site),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let (mut there, mut critical) = (Vec::new(), Vec::new());
    if let Some(site) = &chosen {
        there = systems::of_site(db, &viewer.scope, site.customer_id, site.id, MOST).await?;
        critical = critical_at(app, viewer, site).await?;
    }
    let preview = chosen.as_ref().and_then(|site| preview(&wanted(pairs), site, viewer, now));
    Ok(FormPage {
        window: row.map(|row| row.id),
        version: row.map_or_else(String::new, |row| row.version.to_string()),
        systems: there,
        zones: view::zones(),
        days: DAYS,
        shell,
        form,
        sites,
        chosen,
        preview,
        critical,
    })
}

/// Whoever plans over it should know that somebody works on it now.
async fn critical_at(app: &App, viewer: &Viewer, site: &SiteRow) -> Result<Vec<CallRow>> {
    let worked = ["new", "open", "awaiting_customer", "on_hold"].map(str::to_owned).to_vec();
    let filter = Filter {
        statuses: Some(worked),
        severity: Some(1),
        site_code: Some(site.site_code.clone()),
        ..Filter::default()
    };
    let rows = calls::list(app.store.reader(), &viewer.scope, &filter, None, 5).await?;
    Ok(CallRow::all(&rows, viewer, app.clock.now()))
}

fn preview(wanted: &WantedWindow, site: &SiteRow, viewer: &Viewer, now: Timestamp) -> Option<Vec<Times>> {
    let plan = wanted.plan(&site.time_zone, now).ok()?;
    Some(plan.coming(now).take(SHOWN).map(|next| Times::of(&next, &site.time_zone, viewer, now)).collect())
}

/// What was typed, as the action takes it.
fn wanted(pairs: &[(String, String)]) -> WantedWindow {
    let text = |name: &str| pairs.iter().find(|(own, _)| own == name).map_or_else(String::new, |(_, t)| t.clone());
    let only_some = text("limit") == "some";
    let place = zone(text("zone").trim()).unwrap_or(TimeZone::UTC);
    let instant = |name: &str, shown: &str| exact(&text(name), &text(shown), &place);
    WantedWindow {
        site: text("site"),
        systems: if only_some { typed::all(pairs, "systems") } else { Vec::new() },
        only_some,
        title: text("title"),
        reason: text("reason"),
        zone: text("zone"),
        repeats: text("repeats"),
        from: instant("from", "from_at"),
        to: instant("to", "to_at"),
        weekdays: typed::all(pairs, "weekdays"),
        every: text("every"),
        nth: text("nth"),
        weekday: text("weekday"),
        at: text("at"),
        duration: text("duration"),
        valid_from: text("valid_from"),
        valid_until: text("valid_until"),
    }
}

pub async fn create(State(app): State<App>, shell: Shell, Form(pairs): Pairs) -> Result<Response> {
    may_plan(shell.viewer()?)?;
    let form = Typed::from(pairs.as_slice());
    if form.has("show", "next") {
        return Ok(page(&app, shell, &pairs, form, None).await?.into_response());
    }
    let planned = match typed::fields(&pairs) {
        Ok(_) => actions::plan_window(&app, shell.viewer()?, &wanted(&pairs)).await,
        Err(error) => Err(error),
    };
    match planned {
        Ok(id) => Ok(Redirect::to(&format!("/maintenance-windows/{id}")).into_response()),
        Err(error) => {
            let form = form.with(error)?;
            Ok((form.status, page(&app, shell, &pairs, form, None).await?).into_response())
        }
    }
}

pub async fn edit(State(app): State<App>, shell: Shell, Path(window): Path<String>) -> Result<FormPage> {
    let row = found(&app, &shell, &window).await?;
    may_plan(shell.viewer()?)?;
    let pairs = pairs_of(&row);
    page(&app, shell, &pairs, Typed::from(pairs.as_slice()), Some(&row)).await
}

async fn found(app: &App, shell: &Shell, window: &str) -> Result<WindowRow> {
    let viewer = shell.viewer()?;
    may_see(viewer)?;
    let id: Uuid = window.parse().map_err(|_| Error::NotFound)?;
    maintenance::find(app.store.reader(), &viewer.scope, id).await
}

/// The fields of the form for a window that is there.
fn pairs_of(row: &WindowRow) -> Vec<(String, String)> {
    let own = WantedWindow::of(row);
    let zone = row.plan.zone();
    let shown = |text: &str| text.parse().map_or_else(|_| text.to_owned(), |at| wall(at, &zone));
    let (from, to) = (shown(&own.from), shown(&own.to));
    let limit = if own.only_some { "some" } else { "all" };
    let one = [
        ("site", own.site.as_str()),
        ("limit", limit),
        ("title", &own.title),
        ("reason", &own.reason),
        ("zone", &own.zone),
        ("repeats", &own.repeats),
        ("from", &from),
        ("to", &to),
        ("from_at", &own.from),
        ("to_at", &own.to),
        ("every", &own.every),
        ("nth", &own.nth),
        ("weekday", &own.weekday),
        ("at", &own.at),
        ("duration", &own.duration),
        ("valid_from", &own.valid_from),
        ("valid_until", &own.valid_until),
    ];
    let many = |name: &'static str, texts: &[String]| texts.iter().map(|t| (name.to_owned(), t.clone())).collect();
    let mut pairs: Vec<(String, String)> = one.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    pairs.extend::<Vec<_>>(many("systems", &own.systems));
    pairs.extend::<Vec<_>>(many("weekdays", &own.weekdays));
    pairs
}

pub async fn change(
    State(app): State<App>,
    shell: Shell,
    Path(window): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let row = found(&app, &shell, &window).await?;
    may_plan(shell.viewer()?)?;
    let form = Typed::from(pairs.as_slice());
    if form.has("show", "next") {
        return Ok(page(&app, shell, &pairs, form, Some(&row)).await?.into_response());
    }
    let (viewer, seen) = (shell.viewer()?, form.text("version").parse().ok());
    let changed = match typed::fields(&pairs) {
        Ok(_) => {
            let site = row.site_code.clone();
            let wanted = |_| Ok(WantedWindow { site, ..wanted(&pairs) });
            actions::change_window(&app, viewer, row.id, seen, wanted).await
        }
        Err(error) => Err(error),
    };
    let stale =
        || Error::refused("Somebody has changed this window meanwhile. Look at what it is now, then save again.");
    match changed {
        Ok(()) => Ok(Redirect::to(&format!("/maintenance-windows/{}", row.id)).into_response()),
        Err(error) => {
            let error = if matches!(error, Error::Stale) { stale() } else { error };
            let form = form.with(error)?;
            Ok((form.status, page(&app, shell, &pairs, form, Some(&row)).await?).into_response())
        }
    }
}

impl FormPage {
    fn action(&self) -> String {
        match self.window {
            Some(id) => format!("/maintenance-windows/{id}/plan"),
            None => "/maintenance-windows".to_owned(),
        }
    }

    fn back(&self) -> String {
        self.window.map_or_else(|| "/maintenance-windows".to_owned(), |id| format!("/maintenance-windows/{id}"))
    }

    fn is_chosen(&self, site: &SiteRow) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.id == site.id)
    }
}
