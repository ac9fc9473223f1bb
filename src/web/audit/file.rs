//! The log as a file for a table program.

use axum::{
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::{Wanted, unsealed, words};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
    store::audit::lists::Shown,
    web::shell::Shell,
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
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, table(&rows)?).into_response())
}

fn table(rows: &[Shown]) -> Result<Vec<u8>> {
    let broken = |e: csv::Error| Error::Internal(format!("the log could not be written as a table: {e}"));
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS).map_err(broken)?;
    for row in rows {
        out.write_record(cells(row).map(|cell| guarded(&cell))).map_err(broken)?;
    }
    out.into_inner().map_err(|e| Error::Internal(e.to_string()))
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

/// A table program takes a cell that begins so for a formula, and would carry it out.
fn guarded(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(guarded(cell), format!("'{cell}"));
        }
        assert_eq!(guarded("Claire = Dubois"), "Claire = Dubois");
    }
}
