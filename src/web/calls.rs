//! Lists of calls, and the form that files one.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use uuid::Uuid;

use super::{fields::Fields, refused::refused, shell::Shell, systems::plain, view::CallRow};
use crate::{
    actions::{self, NewCall},
    app::App,
    domain::number::CallNumber,
    error::{Error, FieldError, Result},
    store::{
        calls::{self, CallSummary, Cursor, Filter},
        systems::{self, Choice},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "calls/index.html")]
pub struct IndexPage {
    shell: Shell,
    calls: Vec<CallRow>,
    status: String,
    words: String,
    next: Option<String>,
    staff: bool,
    fragment_src: String,
    kept: String,
    chips: Vec<(&'static str, String)>,
}

#[derive(Template, WebTemplate)]
#[template(path = "calls/_list_rows.html")]
pub struct RowsFragment {
    calls: Vec<CallRow>,
    staff: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    status: String,
    #[serde(default)]
    q: String,
    severity: Option<i16>,
    queue: Option<String>,
    system: Option<String>,
    site: Option<String>,
    cursor: Option<String>,
    fragment: Option<String>,
}

const PAGE: i64 = 50;

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    let viewer = shell.viewer()?;
    let cursor = wanted.cursor.as_deref().map(cursor).transpose()?;
    let filter = filter(&wanted);
    let rows = calls::list(app.store.reader(), &viewer.scope, &filter, cursor, PAGE + 1).await?;
    let (rows, next) = page(rows, PAGE);
    let calls = CallRow::all(&rows, viewer, app.clock.now());
    let staff = viewer.sees_all_customers();
    if wanted.fragment.is_some() {
        return Ok(RowsFragment { calls, staff }.into_response());
    }
    let status = if wanted.status.is_empty() { "open".to_owned() } else { wanted.status.clone() };
    let (kept, chips) = (kept(&wanted), chips(&wanted));
    let fragment_src = format!("/calls?status={status}{kept}&fragment=rows");
    Ok(IndexPage { shell, calls, status, words: wanted.q, next, staff, fragment_src, kept, chips }.into_response())
}

/// The same as chips, each of which can be taken off.
fn chips(wanted: &Wanted) -> Vec<(&'static str, String)> {
    let filters = [("system", &wanted.system), ("site", &wanted.site), ("queue", &wanted.queue)];
    let given = filters.into_iter().filter_map(|(name, value)| Some((name, value.clone().filter(|v| !v.is_empty())?)));
    given.collect()
}

/// What narrows the list beside the status, for the addresses of its other pages.
fn kept(wanted: &Wanted) -> String {
    let severity = wanted.severity.map(|n| n.to_string());
    let filters = [
        ("q", Some(&wanted.q)),
        ("severity", severity.as_ref()),
        ("queue", wanted.queue.as_ref()),
        ("system", wanted.system.as_ref()),
        ("site", wanted.site.as_ref()),
    ];
    let given = filters.into_iter().filter_map(|(name, value)| Some((name, value.filter(|v| !v.is_empty())?)));
    let parts: Vec<_> = given.map(|(name, value)| format!("&{name}={}", super::problem::escape(value))).collect();
    parts.concat()
}

fn filter(wanted: &Wanted) -> Filter {
    let some = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect());
    let statuses = match wanted.status.as_str() {
        "" | "open" => some(&["new", "open", "awaiting_customer", "on_hold"]),
        "waiting" => some(&["awaiting_customer", "resolved"]),
        "closed" => some(&["resolved", "closed", "cancelled"]),
        "any" => None,
        other => some(&[other]),
    };
    let text = |value: &Option<String>| value.as_deref().map(plain).filter(|v| !v.is_empty());
    Filter {
        statuses,
        severity: wanted.severity,
        queue: text(&wanted.queue),
        serial: text(&wanted.system),
        site_code: text(&wanted.site),
        text: Some(plain(&wanted.q)).filter(|q| !q.is_empty()),
    }
}

/// One row more than the page was asked for: it is not shown, but says that there is a next page.
pub fn page(mut rows: Vec<CallSummary>, size: i64) -> (Vec<CallSummary>, Option<String>) {
    let size = usize::try_from(size).unwrap_or(0);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| more).map(|last| place_of(last.opened_at.to_jiff(), last.id));
    (rows, next)
}

/// Where one thing stands in a list that begins with the newest.
pub fn place_of(at: jiff::Timestamp, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}/{id}", at.as_microsecond()))
}

/// Where a list stands at an instant: what was opened before it comes next.
pub fn place_at(at: jiff::Timestamp) -> String {
    place_of(at, Uuid::nil())
}

pub fn cursor(text: &str) -> Result<Cursor> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = String::from_utf8(bytes).ok()?;
        let (at, id) = plain.split_once('/')?;
        let opened_at = jiff::Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some(Cursor { opened_at, id: id.parse().ok()? })
    };
    read().ok_or_else(|| Error::invalid("cursor", "That is not a place in this list; begin at its first page."))
}

#[derive(Template, WebTemplate)]
#[template(path = "calls/new.html")]
pub struct NewPage {
    shell: Shell,
    sites: Vec<SiteChoices>,
    form: Typed,
    errors: Vec<FieldError>,
    key: Uuid,
    already_open: Vec<CallRow>,
}

/// The systems of one site, for the menu.
struct SiteChoices {
    label: String,
    systems: Vec<Choice>,
}

/// What stands in the form, typed or not yet.
#[derive(Default)]
struct Typed {
    system: String,
    severity: String,
    title: String,
    body: String,
    contact: String,
    available_24x7: bool,
}

impl NewPage {
    fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|e| e.field == field).map(|e| e.message.as_str())
    }
}

#[derive(Deserialize)]
pub struct Prefill {
    #[serde(default)]
    system: String,
}

const DRAFT: &str = "call.new";
const CHOICES: i64 = 2_000;

pub async fn new(State(app): State<App>, shell: Shell, Query(prefill): Query<Prefill>) -> Result<NewPage> {
    let viewer = shell.viewer()?;
    let body = super::drafts::kept(&app, viewer, DRAFT).await?.unwrap_or_default();
    let contact = if viewer.role.works_calls() { String::new() } else { viewer.name.clone() };
    let form = Typed { system: prefill.system, body, contact, ..Typed::default() };
    form_page(&app, shell, form, Vec::new()).await
}

async fn form_page(app: &App, shell: Shell, form: Typed, errors: Vec<FieldError>) -> Result<NewPage> {
    let viewer = shell.viewer()?;
    let scope = &viewer.scope;
    let choices = systems::choices(app.store.reader(), scope, CHOICES).await?;
    let open = match form.system.as_str() {
        "" => Vec::new(),
        serial => calls::open_on_system(app.store.reader(), scope, serial).await?,
    };
    let already_open = CallRow::all(&open, viewer, app.clock.now());
    Ok(NewPage { shell, sites: by_site(choices), form, errors, key: Uuid::now_v7(), already_open })
}

fn by_site(choices: Vec<Choice>) -> Vec<SiteChoices> {
    let mut sites: Vec<SiteChoices> = Vec::new();
    for choice in choices {
        let label = format!("{} · {}", choice.customer_name, choice.site_name);
        match sites.last_mut() {
            Some(site) if site.label == label => site.systems.push(choice),
            _ => sites.push(SiteChoices { label, systems: vec![choice] }),
        }
    }
    sites
}

pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let fields = Fields::from(pairs);
    match file(&app, &headers, &fields).await {
        Ok(number) => Ok(Redirect::to(&format!("/calls/{number}")).into_response()),
        Err(Error::Invalid(errors)) => {
            let shell = Shell::of(&app, &headers, "/calls").await?;
            let page = form_page(&app, shell, typed(&fields), errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Ok(refused(&app, &headers, "/calls/new".to_owned(), error, &fields).await),
    }
}

async fn file(app: &App, headers: &HeaderMap, fields: &Fields) -> Result<CallNumber> {
    let shell = Shell::of(app, headers, "/calls").await?;
    let viewer = shell.viewer()?;
    viewer.may_change()?;
    let fields = fields.clone().judged()?;
    let key = fields.form_key(viewer.person_id, "file");
    let call = actions::file_call(app, viewer, &new_call(&fields)?, key.as_ref()).await?;
    actions::keep_draft(app, viewer, DRAFT, "").await?;
    Ok(call.number)
}

/// Every fault at once: a missing severity does not hide a missing title.
pub fn new_call(fields: &Fields) -> Result<NewCall> {
    let severity = fields.severity();
    let new = NewCall {
        serial: fields.text("system").trim().to_owned(),
        severity: *severity.as_ref().unwrap_or(&crate::domain::severity::Severity::Minor),
        title: fields.text("title").to_owned(),
        body: fields.text("body").to_owned(),
        contact: fields.text("contact").to_owned(),
        available_24x7: fields.is_set("available_24x7"),
    };
    let mut faults = new.faults();
    if let Err(Error::Invalid(fault)) = severity {
        faults.splice(0..0, fault);
    }
    if faults.is_empty() { Ok(new) } else { Err(Error::Invalid(faults)) }
}

fn typed(fields: &Fields) -> Typed {
    let text = |name: &str| fields.text(name).replace('\0', "");
    Typed {
        system: text("system"),
        severity: text("severity"),
        title: text("title"),
        body: text("body"),
        contact: text("contact"),
        available_24x7: fields.is_set("available_24x7"),
    }
}
