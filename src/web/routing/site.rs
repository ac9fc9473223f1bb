//! Which hours a site keeps, and what another choice would do to its open calls.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    super::{
        problem::escape,
        shell::Shell,
        systems::plain,
        typed::{self, Typed},
    },
    desk_only,
    draft::{Pairs, field},
    effects::Moved,
    view::{CalendarView, House},
};
use crate::{
    actions,
    app::App,
    error::Result,
    store::places::{self, SiteRow},
};

#[derive(Template, WebTemplate)]
#[template(path = "routing/site.html")]
pub struct SitePage {
    shell: Shell,
    site: SiteRow,
    hours: String,
    calendars: Vec<CalendarView>,
    /// The name of what is looked at; empty is none of its own.
    chosen: String,
    moved: Option<Moved>,
    form: Typed,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    calendar: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(code): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<SitePage> {
    page(&app, shell, &plain(&code), wanted.calendar, Typed::default()).await
}

async fn page(app: &App, shell: Shell, code: &str, wanted: Option<String>, form: Typed) -> Result<SitePage> {
    desk_only(&shell)?;
    let viewer = shell.viewer()?;
    let (reference, now) = (app.reference.now(), app.clock.now());
    let site = places::find(app.store.reader(), &viewer.scope, code).await?;
    let own = site.calendar.clone().unwrap_or_default();
    let moved = match &wanted {
        Some(name) if *name != own => {
            let chosen = Some(name.as_str()).filter(|name| !name.is_empty());
            Some(Moved::of_site(app, viewer, &site, chosen).await?)
        }
        _ => None,
    };
    Ok(SitePage {
        hours: reference.site_hours_words(site.calendar.as_deref(), &site.country),
        calendars: House::of(reference.router.rules(), now).calendars,
        chosen: wanted.unwrap_or(own),
        site,
        moved,
        form,
        shell,
    })
}

pub async fn give(
    State(app): State<App>,
    shell: Shell,
    Path(code): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    desk_only(&shell)?;
    typed::fields(&pairs)?;
    let (code, name) = (plain(&code), field(&pairs, "calendar"));
    let chosen = Some(name.as_str()).filter(|name| !name.is_empty());
    match actions::give_site_calendar(&app, shell.viewer()?, &code, chosen).await {
        Ok(()) => Ok(Redirect::to(&format!("/sites/{}", escape(&code))).into_response()),
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, page(&app, shell, &code, Some(name), form).await?).into_response())
        }
    }
}

/// What the people there speak, which moves no promise: only where later calls go.
pub async fn set_language(
    State(app): State<App>,
    shell: Shell,
    Path(code): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    desk_only(&shell)?;
    typed::fields(&pairs)?;
    let (code, language) = (plain(&code), field(&pairs, "language").trim().to_lowercase());
    let said = Some(language.as_str()).filter(|language| !language.is_empty());
    match actions::set_site_language(&app, shell.viewer()?, &code, said).await {
        Ok(()) => Ok(Redirect::to(&format!("/sites/{}/calendar", escape(&code))).into_response()),
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, page(&app, shell, &code, None, form).await?).into_response())
        }
    }
}
