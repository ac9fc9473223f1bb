//! Credentials with which systems and gateways phone home: who has which, and what becomes of them.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    fields::Fields,
    paging::{self, link},
    shell::Shell,
    systems::plain,
    typed::{self, Typed},
    view::{self, When},
};
use crate::{
    actions::{self, By, MadeDevice, Named, WantedDevice},
    app::App,
    domain::{
        access::Viewer,
        device::Standing,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        calls,
        devices::{self, DeviceRow},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "devices/index.html")]
pub struct IndexPage {
    shell: Shell,
    devices: Vec<Line>,
    words: String,
    next: Option<String>,
    form: Typed,
    may_change: bool,
}

/// One credential in words.
pub struct Line {
    row: DeviceRow,
    opens: bool,
    state: &'static str,
    /// Since when or until when it stands so.
    at: Option<When>,
    made: When,
    used: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
    /// For whom a new one is wanted.
    #[serde(default)]
    system: String,
    #[serde(default)]
    site: String,
}

const PAGE: i64 = 100;

pub fn may_change(viewer: &Viewer) -> bool {
    viewer.may(Action::Change, Resource::Device, Relation::Foreign).is_ok()
}

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    let named = [("system", &wanted.system), ("site", &wanted.site)];
    let prefilled: Vec<_> = named.iter().map(|(name, text)| ((*name).to_owned(), plain(text))).collect();
    page(&app, shell, &wanted, Typed::from(prefilled.as_slice())).await
}

async fn page(app: &App, shell: Shell, wanted: &Wanted, form: Typed) -> Result<IndexPage> {
    let (viewer, now) = (shell.viewer()?, app.clock.now());
    viewer.may(Action::See, Resource::Device, Relation::Foreign)?;
    let words = plain(&wanted.q);
    let like = Some(calls::like(&words)).filter(|words| !words.is_empty());
    let after = paging::read_time(wanted.cursor.as_deref())?;
    let rows = devices::list(app.store.reader(), &viewer.scope, like.as_deref(), after, PAGE + 1).await?;
    let (rows, next) = paging::cut(rows, PAGE, |row| (row.created_at.to_jiff().as_microsecond().to_string(), row.id));
    let may_change = may_change(viewer);
    let devices = rows.into_iter().map(|row| Line::of(row, now)).collect();
    Ok(IndexPage { shell, devices, words, next, form, may_change })
}

impl IndexPage {
    /// The form stands open for whoever came to make one.
    fn makes(&self) -> bool {
        self.form.status != StatusCode::OK || !self.form.text("system").is_empty() || !self.form.text("site").is_empty()
    }
}

impl Line {
    fn of(row: DeviceRow, now: Timestamp) -> Self {
        let standing = row.standing(now);
        let when = |at| view::when(at, "UTC", now);
        let (state, at) = match standing {
            Standing::InUse => ("in use", None),
            Standing::Ending(at) => ("replaced, ends", Some(when(at))),
            Standing::Ended(at) => ("ended", Some(when(at))),
            Standing::Revoked(at) => ("revoked", Some(when(at))),
        };
        let ago = |at: jiff_sqlx::Timestamp| view::ago(at.to_jiff(), now);
        let (made, used) = (ago(row.created_at), row.last_used_at.map(ago));
        Self { opens: standing.opens(), state, at, made, used, row }
    }

    fn may_be_replaced(&self) -> bool {
        self.opens && self.row.replaced_by.is_none()
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "devices/show.html")]
pub struct ShowPage {
    shell: Shell,
    d: Line,
    form: Typed,
    may_change: bool,
}

pub async fn show(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<ShowPage> {
    one(&app, shell, named(&id)?, Typed::default()).await
}

async fn one(app: &App, shell: Shell, id: Uuid, form: Typed) -> Result<ShowPage> {
    let viewer = shell.viewer()?;
    viewer.may(Action::See, Resource::Device, Relation::Foreign)?;
    let row = devices::find(app.store.reader(), &viewer.scope, id).await?;
    let may_change = may_change(viewer);
    Ok(ShowPage { d: Line::of(row, app.clock.now()), shell, form, may_change })
}

fn named(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::NotFound)
}

/// The one time that a credential is shown, ready to be pasted.
#[derive(Template, WebTemplate)]
#[template(path = "devices/made.html")]
pub struct MadePage {
    shell: Shell,
    row: DeviceRow,
    secret: String,
    url: String,
    /// Of one that was replaced: until when it still opens.
    until: Option<When>,
}

async fn made(app: &App, headers: &HeaderMap, shell: Shell, made: MadeDevice, old: Option<Uuid>) -> Result<Response> {
    let (db, now) = (app.store.reader(), app.clock.now());
    let scope = shell.viewer()?.scope.clone();
    let row = devices::find(db, &scope, made.id).await?;
    let until = match old {
        Some(old) => match devices::find(db, &scope, old).await?.standing(now) {
            Standing::Ending(at) => Some(view::when(at, "UTC", now)),
            _ => None,
        },
        None => None,
    };
    let page = MadePage { shell, row, secret: made.secret, url: link(app, headers, ""), until };
    Ok((StatusCode::CREATED, page).into_response())
}

type Pairs = Vec<(String, String)>;

pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    shell: Shell,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let viewer = shell.viewer()?;
    viewer.may(Action::Change, Resource::Device, Relation::Foreign)?;
    let wanted = typed::fields(&pairs).and_then(|fields| wanted(&fields));
    let done = match wanted {
        Ok(wanted) => actions::make_device(&app.store, By::Person(viewer), &wanted, app.clock.now()).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(device) => made(&app, &headers, shell, device, None).await,
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, page(&app, shell, &Wanted::default(), form).await?).into_response())
        }
    }
}

/// A system or a site, and not both.
pub fn wanted(fields: &Fields) -> Result<WantedDevice> {
    let named = match (fields.given("system"), fields.given("site")) {
        (Some(serial), None) => Named::System(serial.trim().to_owned()),
        (None, Some(code)) => Named::Site(code.trim().to_owned()),
        _ => return Err(Error::invalid("system", "Name either a system by its serial or a site by its code.")),
    };
    Ok(WantedDevice { named, name: fields.text("name").to_owned() })
}

pub async fn rotate(
    State(app): State<App>,
    headers: HeaderMap,
    shell: Shell,
    Path(id): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let (id, viewer) = (named(&id)?, shell.viewer()?);
    viewer.may(Action::Change, Resource::Device, Relation::Foreign)?;
    let done = match typed::fields(&pairs).map(|fields| overlap(&fields)) {
        Ok(overlap) => actions::rotate_device(&app.store, By::Person(viewer), id, overlap, app.clock.now()).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(device) => made(&app, &headers, shell, device, Some(id)).await,
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, one(&app, shell, id, form).await?).into_response())
        }
    }
}

/// Nothing said is a day: time to change it in all its places.
pub fn overlap(fields: &Fields) -> SignedDuration {
    let hours = fields.given("overlap_hours").unwrap_or("24").trim().parse::<i32>();
    // What is no number is out of every range.
    SignedDuration::from_hours(hours.unwrap_or(-1).into())
}

pub async fn revoke(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Redirect> {
    let id = named(&id)?;
    actions::revoke_device(&app.store, By::Person(shell.viewer()?), id, app.clock.now()).await?;
    Ok(Redirect::to(&format!("/admin/devices/{id}")))
}
