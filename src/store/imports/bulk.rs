//! What an import writes: hundreds of rows in one statement for each table.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        call::{Call, Change, Line},
        number::CallNumber,
    },
    error::Result,
    store::calls::{self, Recorded},
};

/// A call with the lines that fold into it.
#[derive(Debug, Clone)]
pub struct NewCall {
    pub call: Call,
    pub lines: Vec<Line>,
}

/// Oddities that are kept already stay as they are.
pub async fn keep_oddities(
    db: &mut PgConnection,
    import: Uuid,
    lines: &[i64],
    what: &[String],
    texts: &[String],
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO import_oddity (import_id, line, what, row_text)
         SELECT $1, o.line, o.what, o.row_text
         FROM unnest($2::bigint[], $3::text[], $4::text[]) AS o (line, what, row_text)
         ON CONFLICT DO NOTHING",
        import,
        lines,
        what,
        texts
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Which of these numbers the import has brought in already, in a run that was cut short.
pub async fn known(db: &mut PgConnection, customer: Uuid, import: Uuid, numbers: &[String]) -> Result<Vec<String>> {
    let known = sqlx::query_scalar!(
        r#"SELECT external_number AS "external_number!" FROM call
           WHERE customer_id = $1 AND import_id = $2 AND external_number = ANY ($3) ORDER BY 1"#,
        customer,
        import,
        numbers
    )
    .fetch_all(db)
    .await?;
    Ok(known)
}

/// Gives each of these new calls a number of the house.
pub async fn number(db: &mut PgConnection, customer: Uuid, calls: &[Uuid]) -> Result<HashMap<Uuid, CallNumber>> {
    let rows = sqlx::query!(
        "INSERT INTO call_number (number, customer_id, call_id)
         SELECT nextval('call_number_seq'), $1, c.id FROM unnest($2::uuid[]) AS c (id)
         RETURNING call_id, number",
        customer,
        calls
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.call_id, CallNumber::from_serial(row.number))).collect())
}

pub async fn insert_calls(db: &mut PgConnection, import: Uuid, calls: &[NewCall]) -> Result<()> {
    let rows: serde_json::Value = calls.iter().map(|new| row(new, import)).collect();
    sqlx::query!(
        "WITH filed AS (
             INSERT INTO call SELECT c.* FROM jsonb_populate_recordset(NULL::call, $1) c RETURNING customer_id, id)
         INSERT INTO words_due (customer_id, call_id, seq) SELECT customer_id, id, 0 FROM filed",
        rows
    )
    .execute(db)
    .await?;
    Ok(())
}

fn row(new: &NewCall, import: Uuid) -> serde_json::Value {
    let recorded = Recorded {
        call: &new.call,
        pressure: calls::Pressure::default(),
        hours_version: 0,
        lines: &new.lines,
        decisions: &[],
        topics: &[],
        request: None,
        import_id: Some(import),
    };
    calls::row(&recorded)
}

/// The rows of the log as lines of history; everything that is the same on all of them is said once.
pub async fn insert_history(
    db: &mut PgConnection,
    customer: Uuid,
    calls: &[NewCall],
    recorded_at: Timestamp,
) -> Result<()> {
    let lines: Vec<(&Call, &Line)> = calls.iter().flat_map(|c| c.lines.iter().map(|line| (&c.call, line))).collect();
    let call_ids: Vec<Uuid> = lines.iter().map(|(call, _)| call.id).collect();
    let site_ids: Vec<Uuid> = lines.iter().map(|(call, _)| call.site_id).collect();
    let seqs: Vec<i32> = lines.iter().map(|(_, line)| line.seq).collect();
    let times: Vec<jiff_sqlx::Timestamp> = lines.iter().map(|(_, line)| line.occurred_at.to_sqlx()).collect();
    let statuses: Vec<String> = lines.iter().map(|(_, line)| line.status.name().to_owned()).collect();
    let changes: Vec<Json<&Change>> = lines.iter().map(|(_, line)| Json(&line.change)).collect();
    sqlx::query!(
        "INSERT INTO history (customer_id, call_id, site_id, seq, kind, audience, party, occurred_at, recorded_at,
                              change, status, in_review)
         SELECT $1, h.call_id, h.site_id, h.seq, 'imported_change', 'all', 'import', h.occurred_at, $2, h.change,
                h.status, false
         FROM unnest($3::uuid[], $4::uuid[], $5::integer[], $6::timestamptz[], $7::jsonb[], $8::text[])
              AS h (call_id, site_id, seq, occurred_at, change, status)",
        customer,
        recorded_at.to_sqlx() as _,
        &call_ids,
        &site_ids,
        &seqs,
        &times as _,
        &changes as _,
        &statuses
    )
    .execute(db)
    .await?;
    Ok(())
}
