//! What runs the house: the reports of imports.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    shell::Shell,
    view::{self, When},
};
use crate::{
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::Result,
    store::import_reports::{self, OddityKind, Report},
};

/// What can't be shown has a sign in its place, and nothing moves the text about.
pub fn readable(bytes: &[u8]) -> String {
    let sign = |c: char| match c {
        '\n' | '\t' => c,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    String::from_utf8_lossy(bytes).replace("\r\n", "\n").chars().map(sign).collect()
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/imports.html")]
pub struct ImportsPage {
    shell: Shell,
    imports: Vec<Import>,
}

pub struct Import {
    id: String,
    kind: String,
    file: String,
    started: When,
    took: Option<String>,
    facts: Vec<(String, String)>,
    oddities: Vec<Oddity>,
    odd_rows: String,
}

pub struct Oddity {
    what: String,
    times: String,
    line: i64,
    row: String,
}

pub async fn imports(State(app): State<App>, shell: Shell) -> Result<ImportsPage> {
    shell.viewer()?.may(Action::See, Resource::Store, Relation::Foreign)?;
    let db = app.store.reader();
    let reports = import_reports::reports(db).await?;
    let ids: Vec<_> = reports.iter().map(|report| report.id).collect();
    let odd = import_reports::oddity_kinds(db, &ids).await?;
    let imports = reports.iter().map(|report| Import::of(report, &odd, app.clock.now())).collect();
    Ok(ImportsPage { shell, imports })
}

impl Import {
    fn of(report: &Report, odd: &[OddityKind], now: Timestamp) -> Self {
        let started = report.started_at.to_jiff();
        let own = || odd.iter().filter(|oddity| oddity.import_id == report.id);
        Self {
            id: report.id.to_string(),
            kind: report.kind.clone(),
            file: report.file.clone(),
            started: view::ago(started, now),
            took: report.finished_at.map(|at| view::span(at.to_jiff().duration_since(started))),
            facts: facts(&report.report.0),
            oddities: own().map(Oddity::of).collect(),
            odd_rows: view::count(own().map(|oddity| oddity.times).sum()),
        }
    }
}

impl Oddity {
    fn of(kind: &OddityKind) -> Self {
        let row: String = kind.row_text.chars().take(300).collect();
        let times = view::count(kind.times);
        Self { what: kind.what.clone(), times, line: kind.first_line, row: readable(row.as_bytes()) }
    }
}

/// The report as name and value, whatever the importer counted.
fn facts(report: &Value) -> Vec<(String, String)> {
    let Value::Object(fields) = report else { return Vec::new() };
    fields.iter().map(|(name, value)| (name.replace('_', " "), told(value))).collect()
}

fn told(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_i64().map_or_else(|| number.to_string(), view::count),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => items.iter().map(told).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name} {}", told(value))).collect();
            pairs.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_any_bytes_can_be_looked_at() {
        assert_eq!(readable(b"{\"a\":1}\r\n\xff\x00<b>"), "{\"a\":1}\n\u{fffd}\u{fffd}<b>");
    }

    #[test]
    fn a_report_is_read_whatever_was_counted() {
        let report = serde_json::json!({"rows_read": 141_712, "flags": {"-100": 5}, "zone": "UTC"});
        assert_eq!(told(&report["flags"]), "-100 5");
        assert!(facts(&report).contains(&("rows read".to_owned(), "141,712".to_owned())));
    }
}
