//! The log as a file for a table program.

use axum::{
    extract::{Query, State},
    response::Response,
};

use super::{Wanted, unsealed, words};
use crate::{
    actions,
    app::App,
    error::Result,
    store::audit::lists::Shown,
    web::{
        shell::Shell,
        table::{Kind, file},
    },
};

const COLUMNS: [&str; 12] = [
    "position",
    "at",
    "kind",
    "words",
    "actor",
    "actor_id",
    "account",
    "subject_kind",
    "subject",
    "subject_name",
    "detail",
    "names",
];

/// Whoever takes the log away leaves a line in it.
pub async fn download(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    let viewer = shell.viewer()?;
    let filter = wanted.filter(&app, viewer).await?;
    let rows = actions::export_audit(&app, viewer, &filter).await?;
    let rows: Vec<_> = rows.iter().map(cells).collect();
    file(Kind::Csv, "audit", COLUMNS, &rows)
}

fn cells(row: &Shown) -> [String; 12] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        row.pos.map(|pos| pos.to_string()).unwrap_or_default(),
        format!("{:.6}", row.at.to_jiff()),
        row.kind.clone(),
        words(&row.kind),
        text(&row.actor_name),
        row.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        text(&row.account_name),
        row.subject_kind.clone(),
        row.subject_id.clone(),
        text(&row.subject_name),
        row.detail.to_string(),
        unsealed(row).map(|words| words.to_string()).unwrap_or_default(),
    ]
}
