//! The page of one system: is it healthy and since when; everything that ever happened to it.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{
    super::{
        calls::{cursor, page},
        fleet::{self, Health, SystemLine},
        maintenance::Notice,
        problem::escape,
        shell::Shell,
        typed::Typed,
        view::{self, CallRow, When},
    },
    expectation::in_units,
    path::PathView,
    plain,
    remote::Remote,
    strip::{self, Strip},
    tests::sees_devices,
    year::Year,
};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::Result,
    reference::Reference,
    store::{
        alarms::{
            self, AlarmRow,
            searched::{self, Sought},
        },
        calls,
        ledger::{self, Holder, Sum},
        paths::{self, PathRow},
        systems::{self, SystemRow},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "systems/show.html")]
pub struct ShowPage {
    shell: Shell,
    s: SystemView,
    strip: Strip,
    year: Year,
    incidents: Incidents,
    alarms: Vec<AlarmLine>,
    may_file: bool,
    may_expect: bool,
    form: Typed,
    remote: Option<Remote>,
    planned: Notice,
}

#[derive(Template, WebTemplate)]
#[template(path = "systems/_incidents.html")]
pub struct IncidentsFragment {
    incidents: Incidents,
}

#[derive(Template, WebTemplate)]
#[template(path = "fleet/_health.html")]
pub struct HealthFragment {
    health: Health,
}

#[derive(Template, WebTemplate)]
#[template(path = "systems/_side.html")]
pub struct SideFragment {
    s: SystemView,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    cursor: Option<String>,
    fragment: Option<String>,
}

const PAGE: i64 = 25;
const ALARMS: i64 = 50;

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(serial): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let viewer = shell.viewer()?;
    let row = systems::find(app.store.reader(), &viewer.scope, &plain(&serial), app.clock.now()).await?;
    match wanted.fragment.as_deref() {
        Some("health") => Ok(HealthFragment { health: Health::in_full(&row, app.clock.now()) }.into_response()),
        Some("side") => Ok(SideFragment { s: SystemView::read(&app, viewer, &row).await? }.into_response()),
        Some(_) => Ok(IncidentsFragment { incidents: incidents(&app, viewer, &row, None).await? }.into_response()),
        None => {
            let page = whole(&app, viewer, &row, wanted.cursor.as_deref()).await?;
            Ok(ShowPage { shell, ..page }.into_response())
        }
    }
}

/// The page once more, with what could not be used.
pub async fn again(app: &App, shell: Shell, serial: &str, form: Typed) -> Result<Response> {
    let row = systems::find(app.store.reader(), &shell.viewer()?.scope, serial, app.clock.now()).await?;
    let page = whole(app, shell.viewer()?, &row, None).await?;
    Ok((form.status, ShowPage { shell, form, ..page }).into_response())
}

async fn whole(app: &App, viewer: &Viewer, row: &SystemRow, from: Option<&str>) -> Result<ShowPage> {
    let (db, now, scope) = (app.store.reader(), app.clock.now(), &viewer.scope);
    let since = now - SignedDuration::from_hours(24 * (strip::DAYS + 1));
    let grave = calls::grave_of_system(db, scope, row.customer_id, row.id, since).await?;
    let days = alarms::year(db, scope, row.customer_id, row.id, &row.time_zone, now).await?;
    let of = Holder::System { customer: row.customer_id, id: row.id };
    let alarms = searched::list(db, scope, of, &Sought::default(), (None, ALARMS)).await?;
    let form = format!("/maintenance-windows/new?system={}", escape(&row.serial));
    let place = (row.customer_id, row.site_id);
    Ok(ShowPage {
        planned: Notice::of(app, viewer, place, Some(row.id), (&row.time_zone, form)).await?,
        shell: Shell::default(),
        s: SystemView::read(app, viewer, row).await?,
        strip: Strip::of(row, &grave, scope, now),
        year: Year::of(&days, row, now),
        incidents: incidents(app, viewer, row, from).await?,
        alarms: alarms.iter().map(|alarm| AlarmLine::of(alarm, &row.time_zone, now)).collect(),
        remote: Remote::read(app, viewer, row).await?,
        may_file: viewer.actor().party.is_person(),
        may_expect: viewer.may(Action::Change, Resource::Device, Relation::Own).is_ok(),
        form: Typed::default(),
    })
}

/// One page of the entire incident history.
pub struct Incidents {
    rows: Vec<CallRow>,
    next: Option<String>,
    later: bool,
    total: String,
    installed: String,
}

async fn incidents(app: &App, viewer: &Viewer, row: &SystemRow, from: Option<&str>) -> Result<Incidents> {
    let (db, scope) = (app.store.reader(), &viewer.scope);
    let after = from.map(cursor).transpose()?;
    let rows = calls::of_system(db, scope, row.customer_id, row.id, after, PAGE + 1).await?;
    let total = calls::count_of_system(db, scope, row.customer_id, row.id).await?;
    let (rows, next) = page(rows, PAGE);
    Ok(Incidents {
        rows: CallRow::all(&rows, viewer, app.clock.now()),
        next,
        later: after.is_some(),
        total: view::count(total),
        installed: view::day(row.installed_at.to_jiff(), &row.time_zone),
    })
}

/// Everything that the page says of the system, beside what happened to it.
pub struct SystemView {
    line: SystemLine,
    site_code: String,
    zone: String,
    time_there: String,
    installed: String,
    redundancy: String,
    partner: Option<String>,
    home_cac: Option<String>,
    path: PathView,
    /// How often it should call home, as a number and a unit.
    every: (String, &'static str),
    sent: String,
    ledger: Vec<(String, String)>,
    sees_devices: bool,
}

impl SystemView {
    async fn read(app: &App, viewer: &Viewer, row: &SystemRow) -> Result<Self> {
        let (db, scope) = (app.store.reader(), &viewer.scope);
        let of = Holder::System { customer: row.customer_id, id: row.id };
        let ledger = ledger::dispositions(db, scope, of).await?;
        let paths = paths::of_place(db, scope, row.customer_id, row.site_id, Some(row.id)).await?;
        let view = Self::of(row, (&ledger, &paths), &app.reference.now(), app.clock.now());
        Ok(Self { sees_devices: sees_devices(viewer), ..view })
    }

    fn of(row: &SystemRow, (ledger, paths): (&[Sum], &[PathRow]), reference: &Reference, now: Timestamp) -> Self {
        let first_line = if row.first_line == Some(true) { ", first line" } else { "" };
        Self {
            line: SystemLine { health: Health::in_full(row, now), ..SystemLine::of(row, now) },
            site_code: row.site_code.clone(),
            zone: row.time_zone.clone(),
            time_there: view::at_place(now, &row.time_zone, now),
            installed: view::day(row.installed_at.to_jiff(), &row.time_zone),
            redundancy: row.redundancy.clone(),
            partner: row.partner_name.as_ref().map(|name| format!("{name}{first_line}")),
            home_cac: fleet::home_cac(reference, &row.region, now),
            path: PathView::of_system(row, paths, now),
            every: in_units(row.heartbeat_minutes),
            sent: view::count(ledger.iter().map(|sum| sum.count).sum()),
            ledger: ledger.iter().map(|sum| (view::count(sum.count), sum.disposition.clone())).collect(),
            sees_devices: false,
        }
    }
}

/// A message of the system, as it is listed.
pub struct AlarmLine {
    at: When,
    kind: String,
    severity: String,
    summary: String,
    component: String,
    code: String,
    disposition: String,
    number: Option<String>,
}

impl AlarmLine {
    fn of(alarm: &AlarmRow, zone: &str, now: Timestamp) -> Self {
        Self {
            at: view::when(alarm.received_at.to_jiff(), zone, now),
            kind: alarm.kind.clone(),
            severity: alarm.severity.clone(),
            summary: alarm.summary.clone(),
            component: alarm.component.clone(),
            code: alarm.code.clone(),
            disposition: alarm.disposition.clone(),
            number: alarm.call_number().map(|number| number.to_string()),
        }
    }
}
