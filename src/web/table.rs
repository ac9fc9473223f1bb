//! Rows as a file that somebody takes away: for table programs, and for programs.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Csv,
    /// One object a line.
    Ndjson,
    Xlsx,
}

impl Kind {
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        self.ending()
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
        }
    }
}

/// What a file of this kind holds; `name` is what it is called, without its ending.
pub fn file<const N: usize>(kind: Kind, name: &str, columns: [&str; N], rows: &[[String; N]]) -> Result<Response> {
    let content = match kind {
        Kind::Csv | Kind::Ndjson => part(kind, columns, rows, true)?,
        Kind::Xlsx => xlsx(columns, rows).map_err(|e| Error::Internal(format!("no table could be written: {e}")))?,
    };
    Ok(answer(kind, name, Body::from(content)))
}

/// A file of this kind and name, whole or as it is made.
pub fn answer(kind: Kind, name: &str, content: Body) -> Response {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let headers = [
        (header::CONTENT_TYPE, kind.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{}\"", kind.ending())),
    ];
    (headers, content).into_response()
}

/// Rows of a file that is sent as it is made; the first part has the names of the columns.
pub fn part<const N: usize>(kind: Kind, columns: [&str; N], rows: &[[String; N]], first: bool) -> Result<Vec<u8>> {
    match kind {
        Kind::Csv => csv(Some(columns).filter(|_| first), rows),
        Kind::Ndjson => Ok(ndjson(columns, rows)),
        Kind::Xlsx => Err(Error::Internal("a workbook is made as a whole".to_owned())),
    }
}

fn csv<const N: usize>(columns: Option<[&str; N]>, rows: &[[String; N]]) -> Result<Vec<u8>> {
    let broken = |e: csv::Error| Error::Internal(format!("no table could be written: {e}"));
    let mut out = csv::Writer::from_writer(Vec::new());
    if let Some(columns) = columns {
        out.write_record(columns).map_err(broken)?;
    }
    for row in rows {
        out.write_record(row.iter().map(|cell| guarded(cell))).map_err(broken)?;
    }
    out.into_inner().map_err(|e| Error::Internal(e.to_string()))
}

fn ndjson<const N: usize>(columns: [&str; N], rows: &[[String; N]]) -> Vec<u8> {
    let mut out = String::new();
    for row in rows {
        let cells = columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        let object: Map<String, Value> =
            cells.map(|(column, cell)| ((*column).to_owned(), cell.clone().into())).collect();
        out.push_str(&Value::from(object).to_string());
        out.push('\n');
    }
    out.into_bytes()
}

/// Every cell is text: there are no formulas in it.
fn xlsx<const N: usize>(columns: [&str; N], rows: &[[String; N]]) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    for (column, name) in (0u16..).zip(columns) {
        sheet.write_string_with_format(0, column, name, &bold)?;
    }
    for (line, row) in (1u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(line, column, cell.as_str())?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
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

    #[test]
    fn a_line_names_what_it_has() {
        let lines =
            ndjson(["at", "what"], &[["now".to_owned(), "\"fan\"".to_owned()], [String::new(), "b".to_owned()]]);
        assert_eq!(String::from_utf8(lines).unwrap(), "{\"at\":\"now\",\"what\":\"\\\"fan\\\"\"}\n{\"what\":\"b\"}\n");
    }
}
