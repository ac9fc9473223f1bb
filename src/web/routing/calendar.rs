//! One calendar of the draft: hours, zone, holidays, and when it opens next.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use jiff::Timestamp;

use super::{
    super::{
        problem::escape,
        shell::Shell,
        systems::plain,
        typed::{self, Typed},
        view::{self, When},
    },
    changers_only,
    draft::{self, Pairs, field, zones},
    file,
    view::CalendarView,
};
use crate::{
    actions::{self, Edit},
    app::App,
    domain::{calendar::DAYS, ical},
    error::{Error, Result},
    store::rule_sets::{self, CalendarVersionRow},
};

#[derive(Template, WebTemplate)]
#[template(path = "routing/calendar.html")]
pub struct CalendarPage {
    shell: Shell,
    calendar: CalendarView,
    versions: Vec<(i32, When, String)>,
    zones: Vec<String>,
    today: String,
    taken: Option<Taken>,
    form: Typed,
}

/// What of a file of holidays could be used.
struct Taken {
    days: usize,
    faults: Vec<ical::Fault>,
}

const VERSIONS: i64 = 20;

pub async fn show(State(app): State<App>, shell: Shell, Path(name): Path<String>) -> Result<CalendarPage> {
    page(&app, shell, &plain(&name), Typed::default()).await
}

async fn page(app: &App, shell: Shell, name: &str, form: Typed) -> Result<CalendarPage> {
    let (rules, now) = (draft::rules_of(app, &shell).await?, app.clock.now());
    let named = rules.calendars.iter().find(|named| named.name == name).ok_or(Error::NotFound)?;
    let versions = rule_sets::versions_of_calendar(app.store.reader(), name, VERSIONS).await?;
    Ok(CalendarPage {
        calendar: CalendarView::of(named, &rules, now),
        versions: versions.into_iter().map(|row| version(row, now)).collect(),
        zones: zones(),
        today: now.to_zoned(named.calendar.zone().clone()).date().to_string(),
        taken: None,
        form,
        shell,
    })
}

fn version(row: CalendarVersionRow, now: Timestamp) -> (i32, When, String) {
    let by = row.published_by.unwrap_or_else(|| "the house".to_owned());
    (row.version, view::when(row.published_at.to_jiff(), "UTC", now), by)
}

async fn edited(app: &App, shell: Shell, name: &str, pairs: &[(String, String)], edit: &Edit) -> Result<Response> {
    let done = match typed::fields(pairs) {
        Ok(_) => actions::edit_draft(app, shell.viewer()?, edit).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/routing/draft/calendars/{}", escape(name))).into_response()),
        Err(error) => {
            let form = Typed::from(pairs).with(error)?;
            Ok((form.status, page(app, shell, name, form).await?).into_response())
        }
    }
}

pub async fn hours(
    State(app): State<App>,
    shell: Shell,
    Path(name): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let name = plain(&name);
    let days = DAYS.map(|(day, _)| field(&pairs, day));
    let edit = Edit::Hours { calendar: name.clone(), time_zone: field(&pairs, "time_zone"), days };
    edited(&app, shell, &name, &pairs, &edit).await
}

pub async fn add_days(
    State(app): State<App>,
    shell: Shell,
    Path(name): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let name = plain(&name);
    let [from, to, called] = ["from", "to", "name"].map(|own| field(&pairs, own));
    let edit = Edit::AddDays { calendar: name.clone(), from, to, name: called };
    edited(&app, shell, &name, &pairs, &edit).await
}

pub async fn remove_days(
    State(app): State<App>,
    shell: Shell,
    Path(name): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let name = plain(&name);
    let edit = Edit::RemoveDays { calendar: name.clone(), days: typed::all(&pairs, "day") };
    edited(&app, shell, &name, &pairs, &edit).await
}

/// A file, or what was pasted; the page then says what of it could not be used.
pub async fn import(
    State(app): State<App>,
    shell: Shell,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response> {
    changers_only(&shell)?;
    let name = plain(&name);
    let sent = file::sent(request).await?;
    let today = app.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let found = ical::read(&sent, today);
    let days = found.days.len();
    if days > 0 {
        let edit = Edit::ImportDays { calendar: name.clone(), days: found.days };
        actions::edit_draft(&app, shell.viewer()?, &edit).await?;
    }
    let status = if days > 0 { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = page(&app, shell, &name, Typed::default()).await?;
    Ok((status, CalendarPage { taken: Some(Taken { days, faults: found.faults }), ..page }).into_response())
}

pub async fn add_calendar(State(app): State<App>, shell: Shell, Form(pairs): Pairs) -> Result<Response> {
    let (name, time_zone) = (field(&pairs, "name"), field(&pairs, "new_zone"));
    let done = match typed::fields(&pairs) {
        Ok(_) => actions::edit_draft(&app, shell.viewer()?, &Edit::AddCalendar { name: name.clone(), time_zone }).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/routing/draft/calendars/{}", escape(name.trim()))).into_response()),
        Err(error) => draft::refused(&app, shell, &pairs, error).await,
    }
}

pub async fn remove_calendar(State(app): State<App>, shell: Shell, Path(name): Path<String>) -> Result<Redirect> {
    actions::edit_draft(&app, shell.viewer()?, &Edit::RemoveCalendar { name: plain(&name) }).await?;
    Ok(Redirect::to("/routing/draft#calendars"))
}
