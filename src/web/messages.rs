//! Messages that could not be used or placed, and whoever knocks without a credential.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    admin::readable,
    devices::may_change,
    knocks::Knock,
    paging,
    shell::Shell,
    typed::{self, Typed},
    view::{self, When},
};
use crate::{
    actions,
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        kept::{self, Kept},
        systems::{self, Narrowed},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "messages/index.html")]
pub struct IndexPage {
    shell: Shell,
    messages: Vec<Line>,
    state: String,
    next: Option<String>,
    later: bool,
    knocks: Vec<Knocking>,
}

/// A message in the list.
pub struct Line {
    kept: Kept,
    state: String,
    at: When,
    size: String,
    /// How it begins, as far as that can be shown.
    head: String,
    cut: bool,
    released: Option<When>,
}

/// An address that sends alarms without a credential that is known here.
pub struct Knocking {
    address: String,
    times: String,
    first: When,
    last: When,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    state: String,
    cursor: Option<String>,
}

const PAGE: i64 = 50;
const KNOCKS: usize = 50;
const STATES: [&str; 3] = ["rejected", "quarantined", "released"];

/// Kept messages are of every customer.
fn may_see(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::Audit, Relation::Foreign)?)
}

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    let (viewer, now) = (shell.viewer()?, app.clock.now());
    may_see(viewer)?;
    let state = STATES.into_iter().find(|state| *state == wanted.state);
    let after = paging::read_time(wanted.cursor.as_deref())?;
    let rows = kept::list(app.store.reader(), &viewer.scope, state, after, PAGE + 1).await?;
    let (rows, next) = paging::cut(rows, PAGE, |row| (row.received_at.to_jiff().as_microsecond().to_string(), row.id));
    let knocks = app.limits.knocks.list();
    Ok(IndexPage {
        shell,
        messages: rows.into_iter().map(|row| Line::of(row, now)).collect(),
        state: state.unwrap_or_default().to_owned(),
        next,
        later: after.is_some(),
        knocks: knocks.iter().take(KNOCKS).map(|knock| Knocking::of(knock, now)).collect(),
    })
}

impl Knocking {
    fn of(knock: &Knock, now: Timestamp) -> Self {
        Self {
            address: knock.address.to_string(),
            times: view::count(knock.times.try_into().unwrap_or(i64::MAX)),
            first: view::ago(knock.first_at, now),
            last: view::ago(knock.last_at, now),
        }
    }
}

impl Line {
    fn of(kept: Kept, now: Timestamp) -> Self {
        Self {
            state: if kept.released_at.is_some() { "released".to_owned() } else { kept.disposition.clone() },
            at: view::ago(kept.received_at.to_jiff(), now),
            size: size(kept.size.into()),
            head: readable(&kept.head),
            cut: usize::try_from(kept.size).is_ok_and(|size| size > kept.head.len()),
            released: kept.released_at.map(|at| view::when(at.to_jiff(), "UTC", now)),
            kept,
        }
    }
}

pub fn size(bytes: i64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        n => format!("{} bytes", view::count(n)),
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "messages/show.html")]
pub struct ShowPage {
    shell: Shell,
    m: Line,
    form: Typed,
    /// Systems of the site, for one that may be received after all.
    systems: Vec<(String, String)>,
}

/// More systems than one site has.
const SYSTEMS: i64 = 1_000;

pub async fn show(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<ShowPage> {
    one(&app, shell, named(&id)?, Typed::default()).await
}

async fn one(app: &App, shell: Shell, id: Uuid, form: Typed) -> Result<ShowPage> {
    let (viewer, now, db) = (shell.viewer()?, app.clock.now(), app.store.reader());
    may_see(viewer)?;
    let kept = kept::find(db, &viewer.scope, id).await?;
    let systems = if kept.waits() && may_change(viewer) {
        let at_site = Narrowed { site_code: Some(&kept.site_code), ..Narrowed::default() };
        let rows = systems::list(db, &viewer.scope, now, &at_site, SYSTEMS).await?;
        let own = rows.into_iter().filter(|system| system.site_id == kept.site_id);
        own.map(|system| (system.serial, system.nickname)).collect()
    } else {
        Vec::new()
    };
    Ok(ShowPage { m: Line::of(kept, now), shell, form, systems })
}

impl ShowPage {
    /// Chosen before anybody chooses: the system whose credential it came with.
    fn is_chosen(&self, serial: &str) -> bool {
        self.form.or("system", self.m.kept.serial.as_deref().unwrap_or_default()) == serial
    }
}

fn named(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::NotFound)
}

/// Never shown in the browser: nobody knows what is in it.
pub async fn download(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Response> {
    let (id, viewer) = (named(&id)?, shell.viewer()?);
    may_see(viewer)?;
    let body = kept::body(app.store.reader(), &viewer.scope, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"message-{id}.bin\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body).into_response())
}

/// It is received after all, as an alarm of the system that was chosen.
pub async fn receive(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let (id, viewer) = (named(&id)?, shell.viewer()?);
    let done = match typed::fields(&pairs) {
        Ok(fields) => actions::release_message(&app, viewer, id, fields.text("system").trim()).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/admin/messages/{id}")).into_response()),
        // Who may not even see it is told that there is nothing, and who may not do it why.
        Err(error @ (Error::Invalid(_) | Error::Refused(_))) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, one(&app, shell, id, form).await?).into_response())
        }
        Err(error) => Err(error),
    }
}
