//! Everything that ever happened to a system or at a site, in one order, as it is known now or was at any moment.

mod file;
mod lines;
mod wanted;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};

pub use self::wanted::{Wanted, local, moment};
use self::{lines::Line, wanted::CHOICES};
use super::{
    alarms::Place,
    calls::place_of,
    shell::Shell,
    table::Kind,
    view::{self, When},
};
use crate::{
    app::App,
    error::{Error, Result},
    store::timeline,
};

#[derive(Template, WebTemplate)]
#[template(path = "timeline/index.html")]
pub struct IndexPage {
    shell: Shell,
    place: Place,
    lines: Vec<Line>,
    wanted: Wanted,
    kept: String,
    next: Option<String>,
    as_of: Option<When>,
    /// The same moment, as a field for it takes it.
    moment: String,
}

const PAGE: i64 = 50;

pub async fn of_system(
    State(app): State<App>,
    shell: Shell,
    Path(serial): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let place = Place::system(&app, shell.viewer()?, &serial).await?;
    index(&app, shell, place, wanted).await
}

pub async fn of_site(
    State(app): State<App>,
    shell: Shell,
    Path(code): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let place = Place::site(&app, shell.viewer()?, &code).await?;
    index(&app, shell, place, wanted).await
}

async fn index(app: &App, shell: Shell, place: Place, wanted: Wanted) -> Result<Response> {
    let (viewer, now) = (shell.viewer()?, app.clock.now());
    let asked = wanted.asked(place.zone())?;
    if !wanted.format.is_empty() {
        let kind = Kind::from_name(&wanted.format);
        let kind = kind.ok_or_else(|| Error::invalid("format", "A file is csv, ndjson or xlsx."))?;
        return file::download(app, viewer, &place, asked, kind).await;
    }
    let mut rows = timeline::of(app.store.reader(), &viewer.scope, place.holder(), &asked, (now, PAGE + 1)).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|n| n > PAGE);
    rows.truncate(usize::try_from(PAGE).unwrap_or(0));
    let next = rows.last().filter(|_| more).map(|last| place_of(last.at.to_jiff(), last.id));
    let page = IndexPage {
        lines: rows.iter().map(|row| Line::of(row, place.zone(), asked.as_of.unwrap_or(now))).collect(),
        as_of: asked.as_of.map(|at| view::when(at, place.zone(), now)),
        moment: asked.as_of.map(|at| local(at, place.zone())).unwrap_or_default(),
        kept: wanted.kept(),
        shell,
        place,
        wanted,
        next,
    };
    Ok(page.into_response())
}

impl IndexPage {
    fn choices() -> &'static [(&'static str, &'static str)] {
        &CHOICES
    }
}
