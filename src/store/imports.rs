//! Imports of other desks' logs: what was read when, what was odd about it, and the bulk writes.
pub mod bulk;
pub mod places;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// One file of another desk; `finished_at` is absent while it is being read, or after the reading was cut short.
#[derive(Debug, Clone)]
pub struct ImportRow {
    pub id: Uuid,
    pub kind: String,
    pub file: String,
    pub started_at: jiff_sqlx::Timestamp,
    pub finished_at: Option<jiff_sqlx::Timestamp>,
    pub report: serde_json::Value,
    pub oddities: i64,
}

/// A row of the file that could not be taken as it stands; `line` counts from the file's first line.
#[derive(Debug, Clone)]
pub struct OddityRow {
    pub line: i64,
    pub what: String,
    pub row_text: String,
}

macro_rules! imports {
    ($rest:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            ImportRow,
            r#"SELECT id, kind, file, started_at, finished_at, report,
                      (SELECT count(*) FROM import_oddity WHERE import_id = import.id) AS "oddities!"
               FROM import "# + $rest
            $(, $arg)*
        )
    };
}

/// All imports, the newest first.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<ImportRow>> {
    Ok(imports!("ORDER BY started_at DESC, id LIMIT 200").fetch_all(db).await?)
}

/// The import of the file with that content, if there was one.
pub async fn find(db: impl PgExecutor<'_>, kind: &str, digest: &[u8]) -> Result<Option<ImportRow>> {
    Ok(imports!("WHERE kind = $1 AND digest = $2", kind, digest).fetch_optional(db).await?)
}

/// What was odd about a file, in the order of its lines.
pub async fn oddities(db: impl PgExecutor<'_>, import: Uuid, limit: i64) -> Result<Vec<OddityRow>> {
    let rows = sqlx::query_as!(
        OddityRow,
        "SELECT line, what, row_text FROM import_oddity WHERE import_id = $1 ORDER BY line, what LIMIT $2",
        import,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    pub kind: &'a str,
    pub file: &'a str,
    pub digest: &'a [u8],
    pub report: &'a serde_json::Value,
}

/// Begins an import; one that was begun before goes on under its own name and time.
pub async fn begin(db: &mut PgConnection, new: &NewImport<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO import (id, kind, file, digest, started_at, report) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (kind, digest) DO NOTHING",
        Uuid::now_v7(),
        new.kind,
        new.file,
        new.digest,
        now.to_sqlx() as _,
        new.report
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Two runs of the same import write in turns, so that the second sees what the first has written.
pub async fn lock(db: &mut PgConnection, import: Uuid) -> Result<()> {
    sqlx::query!("SELECT id FROM import WHERE id = $1 FOR UPDATE", import).fetch_one(db).await?;
    Ok(())
}

pub async fn finish(db: &mut PgConnection, import: Uuid, report: &serde_json::Value, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE import SET finished_at = $2, report = $3 WHERE id = $1 AND finished_at IS NULL",
        import,
        now.to_sqlx() as _,
        report
    )
    .execute(db)
    .await?;
    Ok(())
}
