//! What became of each imported log, for the people who read its report.

use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use crate::error::Result;

#[derive(Debug, Clone)]
pub struct Report {
    pub id: Uuid,
    pub kind: String,
    pub file: String,
    pub started_at: jiff_sqlx::Timestamp,
    pub finished_at: Option<jiff_sqlx::Timestamp>,
    pub report: Json<serde_json::Value>,
}

/// The newest import first.
pub async fn reports(db: impl PgExecutor<'_>) -> Result<Vec<Report>> {
    let reports = sqlx::query_as!(
        Report,
        r#"SELECT id, kind, file, started_at, finished_at, report AS "report: Json<serde_json::Value>"
           FROM import ORDER BY started_at DESC, id LIMIT 100"#
    )
    .fetch_all(db)
    .await?;
    Ok(reports)
}

/// One kind of oddity in an import: how often it came, and the first line that has it.
#[derive(Debug, Clone)]
pub struct OddityKind {
    pub import_id: Uuid,
    pub what: String,
    pub times: i64,
    pub first_line: i64,
    pub row_text: String,
}

pub async fn oddity_kinds(db: impl PgExecutor<'_>, imports: &[Uuid]) -> Result<Vec<OddityKind>> {
    let kinds = sqlx::query_as!(
        OddityKind,
        r#"SELECT import_id, what, count(*) AS "times!", min(line) AS "first_line!",
                  (array_agg(row_text ORDER BY line))[1] AS "row_text!"
           FROM import_oddity WHERE import_id = ANY ($1)
           GROUP BY import_id, what ORDER BY import_id, count(*) DESC, what LIMIT 2000"#,
        imports
    )
    .fetch_all(db)
    .await?;
    Ok(kinds)
}
