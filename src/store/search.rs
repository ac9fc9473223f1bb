//! What a few typed words name exactly, and the calls that have them somewhere.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::calls::{CallSummary, Cursor, summaries};
use crate::{domain::access::Scope, error::Result};

/// A thing that has exactly that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    System(String),
    Site(String),
}

/// A serial or a site code, as it is written or in capitals; a serial wins.
pub async fn named(db: impl PgExecutor<'_>, scope: &Scope, words: &str) -> Result<Option<Named>> {
    let row = sqlx::query!(
        r#"SELECT is_system AS "is_system!", name AS "name!"
           FROM (SELECT true AS is_system, serial AS name FROM system
                 WHERE serial IN ($1, upper($1)) AND in_scope(customer_id, site_id, 'infinity', $2)
                 UNION ALL
                 SELECT false, site_code FROM site
                 WHERE site_code IN ($1, upper($1)) AND in_scope(customer_id, id, 'infinity', $2)) named
           ORDER BY is_system DESC, name LIMIT 1"#,
        words,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| if r.is_system { Named::System(r.name) } else { Named::Site(r.name) }))
}

/// What is looked for, in the words of Postgres; beside the words, nothing narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Question<'a> {
    pub tsquery: &'a str,
    /// The words alone: how well a call fits is not a matter of its customer and its week.
    pub words: &'a str,
    /// Names and titles first; else the newest.
    pub ranked: bool,
    pub statuses: Option<Vec<String>>,
    pub severity: Option<i16>,
    pub queue: Option<&'a str>,
    pub site_code: Option<&'a str>,
    pub serial: Option<&'a str>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Of the newest, those after this one.
    pub after: Option<Cursor>,
}

impl Question<'_> {
    /// Whether it asks for more than words can say.
    fn is_narrowed(&self) -> bool {
        self.statuses.is_some()
            || self.severity.is_some()
            || self.queue.is_some()
            || self.site_code.is_some()
            || self.serial.is_some()
    }
}

/// Of so many that have the words, the newest, those are shown that say the most.
const RANKED: i64 = 100;

/// The words are asked for first and by themselves: with an order and a limit beside them Postgres would rather walk
/// along all calls until it has met enough that fit. Nothing else stands in the question, as it is planned anew for
/// each: how many calls have a word decides how they are found.
macro_rules! met {
    ($narrowed:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Met,
            r#"WITH met AS MATERIALIZED (
                   SELECT w.customer_id, w.call_id, w.opened_at FROM call_words w
                   WHERE w.words @@ $2::text::tsquery AND in_scope(w.customer_id, w.site_id, w.opened_at, $1)
               ), newest AS (
                   SELECT customer_id, call_id, opened_at FROM met
                   WHERE ($3::timestamptz IS NULL OR opened_at >= $3) AND ($4::timestamptz IS NULL OR opened_at < $4)
                     AND ($5::timestamptz IS NULL OR (opened_at, call_id) < ($5, $6)) "#
                + $narrowed
                + r#" ORDER BY opened_at DESC, call_id DESC
                   LIMIT CASE WHEN $7::boolean THEN $9::bigint ELSE $8::bigint END
               )
               SELECT customer_id AS "customer_id!", call_id AS "call_id!"
               FROM (SELECT newest.*, CASE WHEN $7 THEN (
                         SELECT width_bucket(ts_rank('{0.05, 0.2, 0.6, 1.0}', w.words, $10::text::tsquery), 0, 1, 100)
                         FROM call_words w WHERE w.customer_id = newest.customer_id AND w.call_id = newest.call_id)
                         ELSE 0 END AS rank
                     FROM newest) ranked
               ORDER BY rank DESC, opened_at DESC, call_id DESC LIMIT $8"#
            $(, $arg)*
        )
    };
}

/// A call that has the words.
struct Met {
    customer_id: Uuid,
    call_id: Uuid,
}

/// Calls that have the words, those first that say the most, or the newest.
pub async fn calls<'e>(
    db: impl PgExecutor<'e> + Copy,
    scope: &Scope,
    question: &Question<'_>,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    macro_rules! asked {
        ($narrowed:literal $(, $arg:expr)* $(,)?) => {
            met!(
                $narrowed,
                scope.json() as _,
                question.tsquery,
                question.from.map(ToSqlx::to_sqlx) as _,
                question.until.map(ToSqlx::to_sqlx) as _,
                question.after.map(|c| c.opened_at.to_sqlx()) as _,
                question.after.map(|c| c.id),
                question.ranked,
                limit,
                RANKED.max(limit),
                question.words
                $(, $arg)*
            )
            .fetch_all(db)
            .await?
        };
    }
    let met = if question.is_narrowed() {
        asked!(
            "AND (SELECT ($11::text[] IS NULL OR c.status = ANY ($11)) AND ($12::smallint IS NULL OR c.severity = $12)
                     AND ($13::text IS NULL OR c.queue = $13)
                     AND ($14::text IS NULL OR $14 = (
                         SELECT s.site_code FROM site s WHERE s.customer_id = c.customer_id AND s.id = c.site_id))
                     AND ($15::text IS NULL OR $15 = (
                         SELECT s.serial FROM system s WHERE s.customer_id = c.customer_id AND s.id = c.system_id))
                  FROM call c WHERE c.customer_id = met.customer_id AND c.id = met.call_id)",
            question.statuses.as_deref(),
            question.severity,
            question.queue,
            question.site_code,
            question.serial,
        )
    } else {
        asked!("")
    };
    if met.is_empty() {
        return Ok(Vec::new());
    }
    in_order(db, scope, &met).await
}

async fn in_order(db: impl PgExecutor<'_>, scope: &Scope, met: &[Met]) -> Result<Vec<CallSummary>> {
    let (customers, ids): (Vec<Uuid>, Vec<Uuid>) = met.iter().map(|met| (met.customer_id, met.call_id)).unzip();
    let calls = summaries!(
        "JOIN unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS met (customer_id, call_id, n)
              ON met.customer_id = call.customer_id AND met.call_id = call.id
         WHERE in_scope(call.customer_id, call.site_id, call.opened_at, $1)
         ORDER BY met.n",
        scope.json() as _,
        &customers,
        &ids
    );
    Ok(calls.fetch_all(db).await?)
}

/// What people wrote on calls, a line each, for whoever may read it.
#[derive(Debug, Clone)]
pub struct Said {
    pub call_id: Uuid,
    pub body: String,
}

/// Of these calls, the lines with words, in their order; of a long talk the beginning.
pub async fn said(db: impl PgExecutor<'_>, scope: &Scope, customers: &[Uuid], calls: &[Uuid]) -> Result<Vec<Said>> {
    let said = sqlx::query_as!(
        Said,
        r#"SELECT h.call_id, h.body AS "body!"
           FROM unnest($1::uuid[], $2::uuid[]) AS asked (customer_id, call_id)
           JOIN call ON call.customer_id = asked.customer_id AND call.id = asked.call_id
           CROSS JOIN LATERAL (
               SELECT history.call_id, history.seq, left(history.body, 20000) AS body FROM history
               WHERE history.customer_id = asked.customer_id AND history.call_id = asked.call_id
                 AND history.body IS NOT NULL AND (history.audience = 'all' OR $4)
                 AND (history.kind <> 'remote_access' OR $5)
               ORDER BY history.seq LIMIT 100) h
           WHERE in_scope(call.customer_id, call.site_id, call.opened_at, $3)
           ORDER BY h.call_id, h.seq LIMIT 5000"#,
        customers,
        calls,
        scope.json() as _,
        scope.internal(),
        scope.remote() && scope.internal()
    )
    .fetch_all(db)
    .await?;
    Ok(said)
}

/// How many calls a week has, about, as Postgres counted them last.
pub async fn calls_a_week(db: impl PgExecutor<'_>) -> Result<i64> {
    let calls = sqlx::query_scalar!(
        r#"SELECT (greatest(reltuples, 0) / greatest(1, extract(epoch FROM (
                      SELECT max(opened_at) - min(opened_at) FROM call WHERE in_scope(customer_id, site_id, opened_at, NULL)
                  )) / 604800))::bigint AS "calls"
           FROM pg_class WHERE oid = 'call_words'::regclass"#
    )
    .fetch_one(db)
    .await?;
    Ok(calls.unwrap_or(0))
}
