//! The words by which calls are found.

use serde::Deserialize;
use serde_json::Value;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::error::Result;

/// What people wrote on a call and what it is called.
#[derive(Debug, Clone)]
pub struct Texts {
    pub customer_id: Uuid,
    pub call_id: Uuid,
    pub site_id: Uuid,
    pub opened_at: jiff_sqlx::Timestamp,
    pub number: i64,
    pub external_number: Option<String>,
    pub title: String,
    pub status: String,
    pub serial: Option<String>,
    pub site_code: String,
    pub language: Option<String>,
    pub lines: Option<Json<Vec<LineText>>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct LineText {
    pub words: String,
    /// Who is not staff does not read it.
    pub staff: bool,
}

/// Calls whose words have changed, each once; held until the end of the transaction, and then done.
pub async fn take_due(db: &mut PgConnection, limit: i64) -> Result<(Vec<Uuid>, Vec<Uuid>)> {
    let due = sqlx::query!(
        "DELETE FROM words_due
         WHERE (customer_id, call_id, seq) IN (
             SELECT customer_id, call_id, seq FROM words_due ORDER BY customer_id, call_id, seq LIMIT $1)
         RETURNING customer_id, call_id",
        limit
    )
    .fetch_all(db)
    .await?;
    let mut calls: Vec<(Uuid, Uuid)> = due.into_iter().map(|row| (row.customer_id, row.call_id)).collect();
    calls.sort_unstable();
    calls.dedup();
    Ok(calls.into_iter().unzip())
}

/// Only one gathers at a time: of two who read the same call, the one who read it earlier could write it later.
pub async fn try_lead(db: &mut PgConnection) -> Result<bool> {
    let led = sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock(7243392617) AS "led!""#).fetch_one(db).await?;
    Ok(led)
}

/// Everything that is read on these calls, for whoever may read it.
pub async fn texts(db: &mut PgConnection, customers: &[Uuid], calls: &[Uuid]) -> Result<Vec<Texts>> {
    let texts = sqlx::query_as!(
        Texts,
        r#"SELECT call.customer_id, call.id AS call_id, call.site_id, call.opened_at, call.number, call.external_number,
                  call.title, call.status, system.serial AS "serial?", site.site_code, site.language,
                  lines.lines AS "lines: Json<Vec<LineText>>"
           FROM unnest($1::uuid[], $2::uuid[]) AS asked (customer_id, call_id)
           JOIN call ON call.customer_id = asked.customer_id AND call.id = asked.call_id
           JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           LEFT JOIN system ON system.customer_id = call.customer_id AND system.id = call.system_id
           CROSS JOIN LATERAL (
               SELECT jsonb_agg(jsonb_build_object(
                          'words', concat_ws(' ', h.body, CASE WHEN h.kind = 'resolve' THEN h.change ->> 'cause' END),
                          'staff', h.audience <> 'all' OR h.kind = 'remote_access') ORDER BY h.seq) AS lines
               FROM history h
               WHERE h.customer_id = call.customer_id AND h.call_id = call.id
                 AND (h.body IS NOT NULL OR h.kind = 'resolve')) lines"#,
        customers,
        calls
    )
    .fetch_all(db)
    .await?;
    Ok(texts)
}

/// The words of calls as rows of JSON, by the names of the columns. What says the same as before is not written.
pub async fn keep(db: &mut PgConnection, rows: &Value) -> Result<()> {
    sqlx::query!(
        "INSERT INTO call_words (customer_id, call_id, site_id, opened_at, words)
         SELECT customer_id, call_id, site_id, opened_at, words::tsvector
         FROM jsonb_to_recordset($1) AS r (customer_id uuid, call_id uuid, site_id uuid, opened_at timestamptz,
                                           words text)
         ON CONFLICT (customer_id, call_id) DO UPDATE SET words = EXCLUDED.words
         WHERE call_words.words <> EXCLUDED.words",
        rows
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A call from which words were taken is not found by them for another moment.
pub async fn forget(db: &mut PgConnection, customer: Uuid, call: Uuid) -> Result<()> {
    sqlx::query!(
        "WITH gone AS (DELETE FROM call_words WHERE customer_id = $1 AND call_id = $2)
         INSERT INTO words_due (customer_id, call_id, seq) VALUES ($1, $2, -1) ON CONFLICT DO NOTHING",
        customer,
        call
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The same for every call that a person wrote on.
pub async fn forget_of_person(db: &mut PgConnection, person: Uuid) -> Result<()> {
    sqlx::query!(
        "WITH theirs AS (SELECT DISTINCT customer_id, call_id FROM history WHERE actor_id = $1),
              gone AS (DELETE FROM call_words USING theirs
                       WHERE call_words.customer_id = theirs.customer_id AND call_words.call_id = theirs.call_id)
         INSERT INTO words_due (customer_id, call_id, seq) SELECT customer_id, call_id, -1 FROM theirs
         ON CONFLICT DO NOTHING",
        person
    )
    .execute(db)
    .await?;
    Ok(())
}
