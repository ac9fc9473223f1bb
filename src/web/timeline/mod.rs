//! Everything that ever happened to a system or at a site, in one order, as it is known now or was at any moment.

mod lines;
mod wanted;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

pub use self::wanted::Wanted;
use self::{
    lines::Line,
    wanted::{CHOICES, local},
};
use super::{
    alarms::Place,
    calls::place_of,
    shell::Shell,
    table::{self, Kind},
    view::{self, When},
};
use crate::{
    app::App,
    domain::access::Viewer,
    error::{Error, Result},
    store::{
        calls::Cursor,
        timeline::{self, Happening},
    },
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
/// Rows of a file: more than a place has in years, and not more than a server holds for somebody.
const FILE: usize = 20_000;

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
        return download(app, viewer, &place, asked, kind).await;
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

const COLUMNS: [&str; 10] = ["at", "kind", "system", "call", "severity", "state", "what", "until", "outcome", "alarms"];

async fn download(app: &App, viewer: &Viewer, place: &Place, asked: timeline::Wanted, kind: Kind) -> Result<Response> {
    let rows = all(app, viewer, place, asked).await?;
    let rows: Vec<_> = rows.iter().map(cells).collect();
    table::file(kind, &format!("history-{}", place.name()), COLUMNS, &rows)
}

/// As many pages as a file holds.
async fn all(app: &App, viewer: &Viewer, place: &Place, asked: timeline::Wanted) -> Result<Vec<Happening>> {
    const AT_ONCE: i64 = 1_000;
    let (mut rows, mut asked, now) = (Vec::new(), asked, app.clock.now());
    loop {
        let some = timeline::of(app.store.reader(), &viewer.scope, place.holder(), &asked, (now, AT_ONCE)).await?;
        let (read, last) = (some.len(), some.last().map(|row| Cursor { opened_at: row.at.to_jiff(), id: row.id }));
        rows.extend(some);
        if i64::try_from(read) != Ok(AT_ONCE) || rows.len() >= FILE {
            return Ok(rows);
        }
        asked.after = last;
    }
}

fn cells(row: &Happening) -> [String; 10] {
    let instant = |at: Timestamp| format!("{at:.6}");
    [
        instant(row.at.to_jiff()),
        row.kind.clone(),
        row.serial.clone().unwrap_or_default(),
        row.call_number().map(|number| number.to_string()).unwrap_or_default(),
        row.severity.map(|severity| severity.to_string()).unwrap_or_default(),
        row.state.clone().unwrap_or_default(),
        row.words.clone(),
        row.over_at.map(|at| instant(at.to_jiff())).unwrap_or_default(),
        row.outcome.clone().unwrap_or_default(),
        row.alarms.filter(|n| *n > 0).map(|n| n.to_string()).unwrap_or_default(),
    ]
}

impl IndexPage {
    fn choices() -> &'static [(&'static str, &'static str)] {
        &CHOICES
    }
}
