//! What must still be told, and the one order in which it is told.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{domain::call::Call, error::Result};

/// One committed change, numbered.
#[derive(Debug, Clone)]
pub struct Told {
    pub pos: i64,
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub call_id: Uuid,
    pub seq: i32,
    pub kind: String,
    pub audience: String,
    pub topics: Vec<String>,
    pub at: jiff_sqlx::Timestamp,
    /// When the call was opened: who may see it by that may hear of it.
    pub opened_at: jiff_sqlx::Timestamp,
}

/// The kind of a row that says only that people have been told something: no change of a call.
pub const NOTICE: &str = "notice";

/// Wakes the pages of people who have just been told of a change.
pub async fn insert_notice(db: &mut PgConnection, about: &Told, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
         SELECT $1, $2, $3, $4, $5, $6, 'all', array_agg('person:' || person_id), $8, $9
         FROM unnest($7::uuid[]) AS t (person_id) HAVING count(*) > 0",
        Uuid::now_v7(),
        about.customer_id,
        about.site_id,
        about.call_id,
        about.seq,
        NOTICE,
        people,
        about.at as _,
        about.opened_at as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The kind of a row that says only that somebody's rights have changed: open streams look again, or end.
pub const RIGHTS: &str = "rights";

/// Every stream that was opened by one of these (`session:`, `person:`, `membership:`, `account:`) ends.
pub async fn insert_rights(db: &mut PgConnection, topics: &[String], now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
         VALUES ($1, $2, $2, $1, 0, $3, 'staff', $4, $5, $5)",
        Uuid::now_v7(),
        Uuid::nil(),
        RIGHTS,
        topics,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Kinds of rows that say how a system is heard: webhooks tell of them under these names.
pub const SILENT: &str = "system.silent";
pub const HEARD: &str = "system.heard";

/// One for each of these systems, beside the line of the call that has their silence.
pub async fn insert_silence(
    db: &mut PgConnection,
    kind: &str,
    call: &Call,
    systems: &[Uuid],
    now: Timestamp,
) -> Result<()> {
    let ids: Vec<Uuid> = systems.iter().map(|_| Uuid::now_v7()).collect();
    sqlx::query!(
        "INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
         SELECT t.id, $3, $4, $5, $6, $7, 'all', ARRAY['system:' || t.system_id], $8, $9
         FROM unnest($1::uuid[], $2::uuid[]) AS t (id, system_id)",
        &ids,
        systems,
        call.customer_id,
        call.site_id,
        call.id,
        call.version,
        kind,
        now.to_sqlx() as _,
        call.opened_at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Wakes the open pages of a call from which words were taken.
pub async fn insert_redaction(db: &mut PgConnection, call: &Call, seq: i32, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
         VALUES ($1, $2, $3, $4, $5, 'redact', 'all', $6, $7, $8)",
        Uuid::now_v7(),
        call.customer_id,
        call.site_id,
        call.id,
        seq,
        &[format!("call:{}", call.number)],
        now.to_sqlx() as _,
        call.opened_at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Held by the one relay of the house for as long as its session lives.
pub async fn try_lead(db: &mut PgConnection) -> Result<bool> {
    let led = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock(7243392616) AS "led!""#).fetch_one(db).await?;
    Ok(led)
}

/// Moves committed rows into the stream in one statement; answers how many and the last position.
///
/// By age, but a line never before an earlier one of its call: ids carry the clock of the node that made
/// them, which may be behind. So a call that has its turn is taken with all its lines.
pub async fn relay(db: &mut PgConnection, limit: i64) -> Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"WITH waiting AS (
               SELECT DISTINCT customer_id, call_id
               FROM (SELECT customer_id, call_id FROM outbox ORDER BY id LIMIT $1) oldest
           ), taken AS (
               DELETE FROM outbox USING waiting
               WHERE outbox.customer_id = waiting.customer_id AND outbox.call_id = waiting.call_id
               RETURNING outbox.*
           ), turns AS (
               SELECT *, max(id::text) OVER (PARTITION BY customer_id, call_id ORDER BY seq) AS turn FROM taken
           ), numbered AS (
               INSERT INTO stream (pos, id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
               SELECT (SELECT coalesce(max(pos), 0) FROM stream) + row_number() OVER (ORDER BY turn, seq),
                      id, customer_id, site_id, call_id, seq, kind, audience, topics, at,
                      opened_at
               FROM turns
               RETURNING pos
           )
           SELECT count(*) AS "moved!", coalesce(max(pos), 0) AS "last!" FROM numbered"#,
        limit
    )
    .fetch_one(db)
    .await?;
    Ok((row.moved, row.last))
}

/// Only wakes; whoever is woken reads by position.
pub async fn wake(db: impl PgExecutor<'_>, channel: &str, pos: i64) -> Result<()> {
    sqlx::query!("SELECT pg_notify($1, $2::bigint::text)", channel, pos).execute(db).await?;
    Ok(())
}

pub async fn last_position(db: impl PgExecutor<'_>) -> Result<i64> {
    Ok(sqlx::query_scalar!(r#"SELECT coalesce(max(pos), 0) AS "pos!" FROM stream"#).fetch_one(db).await?)
}

/// When the last change was told; none if nothing has happened for as long as the stream is kept.
pub async fn last_told_at(db: impl PgExecutor<'_>) -> Result<Option<Timestamp>> {
    let at = sqlx::query_scalar!("SELECT at FROM stream ORDER BY pos DESC LIMIT 1").fetch_optional(db).await?;
    Ok(at.map(jiff_sqlx::Timestamp::to_jiff))
}

/// What was told after a position, in order.
pub async fn after(db: impl PgExecutor<'_>, pos: i64, limit: i64) -> Result<Vec<Told>> {
    let told = sqlx::query_as!(
        Told,
        "SELECT pos, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at
         FROM stream WHERE pos > $1 ORDER BY pos LIMIT $2",
        pos,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(told)
}

/// How far a reader that must not skip anything has come; locks it, so that one of its kind works.
pub async fn lock_reader(db: &mut PgConnection, name: &str) -> Result<Option<i64>> {
    let pos = sqlx::query_scalar!("SELECT pos FROM stream_reader WHERE name = $1 FOR UPDATE SKIP LOCKED", name)
        .fetch_optional(db)
        .await?;
    Ok(pos)
}

pub async fn add_reader(db: &mut PgConnection, name: &str) -> Result<()> {
    sqlx::query!("INSERT INTO stream_reader (name, pos) VALUES ($1, 0) ON CONFLICT DO NOTHING", name)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn move_reader(db: &mut PgConnection, name: &str, pos: i64) -> Result<()> {
    sqlx::query!("UPDATE stream_reader SET pos = $2 WHERE name = $1", name, pos).execute(db).await?;
    Ok(())
}

/// Old rows that every reader has passed.
pub async fn forget_before(db: &mut PgConnection, at: Timestamp) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM stream
         WHERE at < $1 AND pos < (SELECT max(pos) FROM stream)
           AND pos <= (SELECT coalesce(min(pos), 9223372036854775807) FROM stream_reader)",
        at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
