//! The log of sensitive deeds, as those read it who may.
mod file;
pub mod wanted;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde_json::Value;

pub use self::{file::download, wanted::Wanted};
use super::{
    shell::Shell,
    view::{self, When},
};
use crate::{
    actions,
    app::App,
    domain::{audit::Kind, names::named_as},
    error::Result,
    store::audit::lists::{self, Shown},
};

#[derive(Template, WebTemplate)]
#[template(path = "admin/audit.html")]
pub struct IndexPage {
    shell: Shell,
    lines: Vec<Line>,
    wanted: Wanted,
    kinds: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
    next: Option<String>,
    kept: String,
    whole: bool,
}

/// One deed in words: who, what, to what.
pub struct Line {
    pub at: When,
    pub who: Option<(String, String)>,
    pub words: String,
    pub what: Option<(String, Option<String>)>,
    pub account: Option<String>,
    pub facts: Vec<(String, String)>,
    pub pos: Option<i64>,
}

const PAGE: i64 = 50;

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    let viewer = shell.viewer()?;
    let (db, now) = (app.store.reader(), app.clock.now());
    let filter = wanted.filter(&app, viewer).await?;
    let whole = filter.within.is_none();
    let rows = lists::list(db, &filter, wanted.before()?, PAGE + 1).await?;
    let (rows, next) = wanted::page(rows, PAGE);
    let accounts = if whole { lists::accounts(db).await? } else { Vec::new() };
    let accounts = accounts.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let kinds = Kind::ALL.iter().map(|kind| (kind.name(), kind.words().to_owned())).collect();
    let (lines, kept) = (rows.iter().map(|row| Line::of(row, now)).collect(), wanted.kept());
    Ok(IndexPage { shell, lines, wanted, kinds, accounts, next, kept, whole })
}

impl Line {
    fn of(row: &Shown, now: Timestamp) -> Self {
        let at = row.at.to_jiff();
        let who = row.actor_id.zip(row.actor_name.clone());
        Self {
            at: view::when(at, "UTC", now),
            who: who.map(|(id, name)| (name, id.to_string())),
            words: words(&row.kind),
            what: what(row),
            account: row.account_name.clone(),
            facts: facts(row),
            pos: row.pos,
        }
    }
}

pub fn words(kind: &str) -> String {
    named_as::<Kind>(kind).map_or_else(|| kind.replace('_', " "), |kind| kind.words().to_owned())
}

/// The thing as people call it, and where it is shown.
fn what(row: &Shown) -> Option<(String, Option<String>)> {
    let id = row.subject_id.as_str();
    match row.subject_kind.as_str() {
        "person" if row.actor_id.map(|id| id.to_string()).as_deref() == Some(id) => None,
        "person" => Some((row.subject_name.clone()?, Some(format!("/admin/people/{id}")))),
        "call" => Some((id.to_owned(), Some(format!("/calls/{id}")))),
        "entry" => {
            let (number, seq) = id.split_once('/')?;
            Some((format!("{number}, line {seq}"), Some(format!("/calls/{number}#e-{seq}"))))
        }
        "site" => Some((id.to_owned(), Some(format!("/sites/{id}")))),
        "device" | "system" => Some((id.to_owned(), Some(format!("/systems/{id}")))),
        "unknown" => Some((format!("an address that nobody has ({})", id.get(..8).unwrap_or(id)), None)),
        "audit" => None,
        _ => row.about_name.clone().filter(|_| row.about_id != row.actor_id).map(|name| {
            let page = row.about_id.map(|id| format!("/admin/people/{id}"));
            (name, page)
        }),
    }
}

/// What else is known, also what was sealed, while it can be opened.
fn facts(row: &Shown) -> Vec<(String, String)> {
    let mut facts = fields(&row.detail);
    match (&row.sealed, unsealed(row)) {
        (Some(_), Some(words)) => facts.extend(fields(&words)),
        (Some(_), None) => facts.push(("names".to_owned(), "sealed".to_owned())),
        (None, _) => {}
    }
    facts
}

pub fn unsealed(row: &Shown) -> Option<Value> {
    actions::audit::unsealed(row.key.as_deref()?, row.id, row.sealed.as_deref()?)
}

fn fields(value: &Value) -> Vec<(String, String)> {
    let told = |name: &str, value: &Value| match value {
        Value::String(text) if name == "agent" => browser(text),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|i| i.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let fields = value.as_object().into_iter().flatten();
    fields
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.replace('_', " "), told(name, value)))
        .collect()
}

/// The browser as people call it; what else it says of itself stands in the file and the API.
fn browser(agent: &str) -> String {
    let names =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let found = names.iter().find_map(|(sign, name)| {
        let version = agent.split_once(sign)?.1;
        Some(format!("{name} {}", version.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default()))
    });
    found.unwrap_or_else(|| agent.chars().take(40).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_by_its_name() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome 156");
        assert_eq!(browser("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"), "Firefox 143");
        assert_eq!(browser("curl/8.9"), "curl/8.9");
        assert_eq!(browser(&"x".repeat(99)).len(), 40);
    }
}
